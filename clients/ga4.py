"""Claims the hits that gtag.js and Google Tag Manager send for GA4: ``/g/collect`` with ``v=2``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final, Self

from pydantic import Field

from core.component import Client, ClientExample, ClientSettings, Doubt, Setup, Shape, WholeFile
from core.fields import Many
from core.pairs import first_values
from core.types import Claim, Declined, Event, Finding, Headers, Reply, Request
from wire.client_hints import read_brands
from wire.cookies.browser import fill_in
from wire.cookies.gate import Gate
from wire.cookies.ids import are_ids, settle
from wire.cookies.server import ServerCookies
from wire.cookies.settings import CookieSettings
from wire.ga4.decode import MOST_PAIRS, decode_events
from wire.ga4.query import escape, remember, split, text_in
from wire.ga4.repeats import mark_repeat
from wire.ga4.streams import EXAMPLE_ID, STREAM, are_among, open_to_all
from wire.ga4.table import HINTS, SERVER
from wire.ga4.written import Written
from wire.limits import OversizedError
from wire.nobody import is_nobodys
from wire.remember.keeper import Keeper
from wire.remember.table import Vendor
from wire.replies import PREFLIGHT, hit_reply, not_among, other_method, other_path, oversized, refusal
from wire.scripts.paths import is_of_worker

_PATH: Final = "/g/collect"
_NO_CACHE: Final = ("cache-control", "no-cache")

_PREFLIGHT: Final = Claim((), PREFLIGHT)
_OTHER_PATH: Final = other_path([_PATH])
_NO_WORKER: Final = Declined(
    "the path is that of gtag's service worker", "path", Claim((), refusal("no service worker is served here", 404))
)
"""gtag asks for it wherever its hits go. Without it gtag sends its hits by itself."""
_COME_BY: Final = "hits come by GET or POST"
_OTHER_VERSION: Final = Declined("the query has no v=2", "version")
_NO_ID: Final = Declined("the query has no tid, the measurement id", "no_measurement_id")
_NO_CLIENT_ID: Final = Finding(
    "cid", "The hit names no visitor, and no cookie that may be read does. GA4 takes no such event.", "NO_CLIENT_ID"
)
_OTHER_ID: Final = Finding("tid", "The batch has hits for ids that are not listed; they are left out.", "OTHER_ID")
_FLAG: Final = "richsstsse"
"""gtag in server mode says with it that it reads the reply."""
_STREAM: Final = Reply(200, (("content-type", "text/event-stream"), _NO_CACHE))
"""An empty stream of records: gtag in server mode reads the reply only with this status."""


class Ga4ClientSettings(ClientSettings):
    """Claims the hits that gtag.js and Google Tag Manager send for GA4."""

    measurement_ids: Many[str] = Field([], description="The ids whose hits are claimed; empty: any.")
    cookies: CookieSettings = Field({}, validate_default=True, description="How visitors are recognised.")
    remember: Many[Vendor] = Field(
        [], description="Platforms whose ids of browsers and clicks are kept in their cookies, where ad_storage is granted."
    )

    shown_first: ClassVar[bool] = True
    shapes: ClassVar[Mapping[str, Shape]] = {"measurement_ids": STREAM}

    def overshadows(self, other: Self) -> bool:
        return are_among(other.measurement_ids, self.measurement_ids)

    def claimed_ids(self) -> Sequence[str]:
        return self.measurement_ids

    def site_ids(self) -> Sequence[str]:
        return self.measurement_ids

    def cookie_domain(self) -> str:
        return self.cookies.named_domain

    def first_request(self) -> str:
        return f"{_PATH}?v=2&tid={(*self.measurement_ids, EXAMPLE_ID)[0]}&cid=1.2&en=page_view"

    def doubts(self, file: WholeFile) -> Iterator[Doubt]:
        yield from [] if self.measurement_ids else [open_to_all()]
        yield from (doubt.below("cookies") for doubt in self.cookies.doubts(file))


class Ga4(Client):
    """Claims the hits that gtag.js and Google Tag Manager send for GA4.

    A batch gives one event per line. Every parameter of the hit is in the event data, and ``ip_override``,
    ``user_agent`` and ``client_hints.brands`` besides, which come from the request itself. A hit without a client id, such
    as an image's, gets that of gtag's cookie ``_ga``, and the session of ``_ga_ID``, unless consent or ``cookies.when`` forbids
    it. With ``cookies: {mode: server}`` the ``client_id`` is that of the server's own cookie, and ``x-ga-js_client_id`` what
    the hit says. An event that gtag repeats after a consent update has ``consent_update_repeat: true``.

    When a delayed hit happened, by its ``ht`` or ``qt``, is ``x-mp-timestamp_micros``. ``x-ga-custom_parameters`` lists custom
    parameters that have come under the name of another (``ep.currency``) or as numbers that they are not (``epn.value=4,2``):
    they have their keys in the event data, and leave for GA4 by these names. A value that is no number, an address that is
    none, a line that is no hit and the like are told as findings, by name. A request with more events, parameters or text
    than any real one is answered with 413.
    """

    Settings: ClassVar[type[ClientSettings]] = Ga4ClientSettings

    examples: ClassVar[Sequence[ClientExample]] = (
        ClientExample(
            title="A page view as the only event of a GET",
            request=Request(
                id="r1",
                received_at=1_764_340_311_502_000,
                method="GET",
                path=_PATH,
                query_string="v=2&tid=G-ABC123XYZ0&cid=1307714608.1760043792&_p=1764340309313&sid=1764340309&sct=5"
                "&dl=https%3A%2F%2Fshop.example%2Fshoes&en=page_view&ep.sku=007&epn.stock=14",
                headers=(("user-agent", "Mozilla/5.0"),),
                ip="203.0.113.7",
            ),
            events=(
                {
                    "x-ga-protocol_version": "2",
                    "x-ga-measurement_id": "G-ABC123XYZ0",
                    "client_id": "1307714608.1760043792",
                    "x-ga-page_id": 1764340309313,
                    "ga_session_id": "1764340309",
                    "ga_session_number": 5,
                    "page_location": "https://shop.example/shoes",
                    "event_name": "page_view",
                    "sku": "007",
                    "stock": 14,
                    "ip_override": "203.0.113.7",
                    "user_agent": "Mozilla/5.0",
                },
            ),
            reply=Reply(204, (_NO_CACHE,)),
        ),
        ClientExample(
            title="A batch from gtag in server mode: a line's parameters override the URL's",
            settings={"measurement_ids": "G-ABC123XYZ0"},
            request=Request(
                id="r2",
                received_at=1_764_340_324_410_000,
                method="POST",
                path=_PATH,
                query_string="v=2&tid=G-ABC123XYZ0&cid=1.2&sst.navt=n&_s=3&dt=Shoes&richsstsse",
                body=b"en=scroll&_et=1510\r\nen=add_to_cart&pr1=idSKU%201~pr59.5~qt2&dt=Cart",
            ),
            events=(
                {
                    "x-ga-protocol_version": "2",
                    "x-ga-measurement_id": "G-ABC123XYZ0",
                    "client_id": "1.2",
                    "x-ga-request_count": 3,
                    "page_title": "Shoes",
                    "x-ga-mp2-richsstsse": "",
                    "event_name": "scroll",
                    "engagement_time_msec": 1510,
                    "x-sst-system_properties": {"navt": "n", "request_start_time_ms": 1764340324410},
                },
                {
                    "x-ga-protocol_version": "2",
                    "x-ga-measurement_id": "G-ABC123XYZ0",
                    "client_id": "1.2",
                    "x-ga-request_count": 3,
                    "page_title": "Cart",
                    "x-ga-mp2-richsstsse": "",
                    "event_name": "add_to_cart",
                    "x-sst-system_properties": {"navt": "n", "request_start_time_ms": 1764340324410},
                    "items": [{"item_id": "SKU 1", "price": 59.5, "quantity": 2}],
                },
            ),
            reply=_STREAM,
        ),
        ClientExample(
            title="A visitor whom the server knows by its own cookie, which every hit refreshes",
            settings={"cookies": {"mode": "server"}},
            request=Request(
                id="r3",
                received_at=1_764_340_324_410_000,
                method="GET",
                path=_PATH,
                query_string="v=2&tid=G-ABC123XYZ0&cid=1307714608.1764340324&en=scroll",
                headers=(
                    ("host", "data.shop.example.co.uk"),
                    ("cookie", "FPID=FPID2.3.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792"),
                ),
            ),
            events=(
                {
                    "x-ga-protocol_version": "2",
                    "x-ga-measurement_id": "G-ABC123XYZ0",
                    "client_id": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=.1760043792",
                    "event_name": "scroll",
                    "x-ga-js_client_id": "1307714608.1764340324",
                },
            ),
            reply=Reply(
                204,
                (
                    _NO_CACHE,
                    (
                        "set-cookie",
                        "FPID=FPID2.3.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8%3D.1760043792; Max-Age=63072000; "
                        "Domain=example.co.uk; Path=/; Secure; SameSite=Lax; HttpOnly",
                    ),
                ),
            ),
        ),
    )

    def __init__(self, settings: Ga4ClientSettings, setup: Setup) -> None:
        self._ids = frozenset(settings.measurement_ids)
        self._id_pieces = frozenset(f"tid={escape(id)}" for id in self._ids)
        self._gate = Gate(settings.cookies, setup)
        self._cookies = ServerCookies(settings.cookies, setup, self._gate) if settings.cookies.mode == "server" else None
        self._keeper = Keeper(settings.remember, settings.cookies, setup, self._gate) if settings.remember else None

    def claim(self, request: Request) -> Claim | Declined:
        """The hit's events. A hit with more parameters or lines than any real one is answered with 413."""
        if request.path != _PATH:
            return _NO_WORKER if is_of_worker(request.path) else _OTHER_PATH
        if request.method == "OPTIONS":
            return _PREFLIGHT
        if request.method not in ("GET", "POST"):
            return other_method(request.method, _COME_BY)
        try:
            url = split(request.query_string, MOST_PAIRS)
            return self._declined(url) or self._claim(request, url)
        except OversizedError as error:
            return oversized(error)

    def _declined(self, url: Sequence[str]) -> Declined | None:
        if url[0] == "v=2" and len(url) > 1 and url[1] in self._id_pieces:
            return None  # as gtag begins each of its hits
        if url[0] != "v=2" and text_in(url, "v") != "2":
            return _OTHER_VERSION
        id = text_in(url, "tid")
        if self._is_ours(id):
            return None
        return not_among("measurement id", id, self._ids) if id else _NO_ID

    def _is_ours(self, measurement_id: object) -> bool:
        return measurement_id is not None and (not self._ids or measurement_id in self._ids)

    def _claim(self, request: Request, url: Sequence[str]) -> Claim:
        decoded = decode_events(request.query_string, url, request.body, request.received_at)
        events, written, skipped = decoded.events, decoded.written, decoded.skipped
        if request.body and self._ids:
            ours = [at for at, event in enumerate(events) if self._is_ours(event.get("x-ga-measurement_id"))]
            events, written = [events[at] for at in ours], [written[at] for at in ours]
            skipped += len(decoded.events) - len(events)
        others = () if len(events) == len(decoded.events) else (_OTHER_ID,)
        headers = first_values(request.headers)
        in_server_mode = _FLAG in request.query_string and (_FLAG in url or text_in(url, _FLAG) is not None)
        for event, each in zip(events, written, strict=True):
            _complete(event, each, request, headers)
            if in_server_mode or SERVER in event:
                event.setdefault(SERVER, {})["request_start_time_ms"] = request.received_at // 1000
                each.note(SERVER, event[SERVER])
                mark_repeat(event)
        cookies, findings = self._identify(request, events)
        reply = _STREAM if in_server_mode else hit_reply(request)
        reply = Reply(reply.status, (*reply.headers, *cookies), reply.body) if cookies else reply
        claim = Claim(events, reply, skipped, (*decoded.findings, *others, *findings), written=written)
        return claim if self._keeper is None else self._keeper.beside(claim, request)

    def _identify(self, request: Request, events: Sequence[Event]) -> tuple[Headers, Sequence[Finding]]:
        """Says in the events who the visitor is; the cookies to set, and what is odd about their ids."""
        odd = [event for event in events if not are_ids(event)]
        findings = settle(odd) if odd else ()
        nameless = [event for event in odd if _is_nameless(event)]
        for event in nameless:
            if self._gate.opens(request, event) and self._gate.name(request, event):
                fill_in(event, request)
        if nameless:
            findings = tuple(dict.fromkeys([*findings, *settle(nameless)]))
        cookies = self._cookies.identify(request, events) if self._cookies else ()
        if nameless and not all(event.get("client_id") for event in nameless):
            findings = (*findings, _NO_CLIENT_ID)
        return cookies, findings


def _is_nameless(event: Event) -> bool:
    id = event.get("client_id")
    return not id or is_nobodys(id)


def _complete(event: Event, written: Written, request: Request, headers: Mapping[str, str]) -> None:
    """Adds what only the request knows."""
    if request.ip is not None and "ip_override" not in event:
        event["ip_override"] = request.ip
        written.put("ip_override", request.ip, f"_uip={escape(request.ip)}")
    if "user-agent" in headers:
        event["user_agent"] = headers["user-agent"]
        written.note("user_agent", headers["user-agent"])
    if "sec-ch-ua" in headers and (brands := _brands(headers["sec-ch-ua"])):
        event.setdefault(HINTS, {})["brands"] = brands
        written.note_entry(HINTS, "brands", brands)


_brands = remember(read_brands)
