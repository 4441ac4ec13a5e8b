"""Claims Universal Analytics hits: ``/collect`` and ``/batch`` with ``v=1``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Self

from pydantic import Field

from core.component import Client, ClientExample, ClientSettings, Doubt, Setup, Shape, WholeFile
from core.fields import Many
from core.types import Claim, Declined, Finding, Reply, Request
from wire.activation import ActivationPaths, PathAndIdSettings
from wire.cookies.ids import settle
from wire.ga4.findings import Findings
from wire.ga4.streams import EXAMPLE_ID, STREAM, of_clients_and_tags, open_to_all
from wire.limits import OversizedError
from wire.replies import PREFLIGHT, hit_reply, not_among, other_method, other_path, oversized
from wire.universal_analytics.decode import decode, read_hits

_PATHS = ["/collect", "/batch", "/r/collect", "/j/collect"]
_OLD_ID: Final = "UA-"
_ID: Final = Shape(
    rf"{STREAM.pattern}|UA-[0-9]+-[0-9]+", f"the id of a property or of a GA4 stream, such as UA-12345-1 or {EXAMPLE_ID}"
)
"""A property of Universal Analytics: the account's number, and which of its properties."""
_COME_BY: Final = "hits come by GET or POST"
_OTHER_VERSION: Final = Declined("neither the query nor the first line of the body has v=1", "version")
_OPEN: Final = open_to_all(": no `ga4` client or tag names one, so anybody can send to any property through it")
_SOME_ARE_OTHERS: Final = Finding("tid", "The batch has hits for ids that are not listed; they are left out.", "OTHER_ID")


class UniversalAnalyticsSettings(PathAndIdSettings):
    """Claims Universal Analytics hits (Measurement Protocol version 1), one or a batch."""

    activation_paths: ActivationPaths = Field(_PATHS, description="The paths whose hits are claimed.")
    measurement_ids: Many[str] = Field(
        [],
        description="The ids (`tid`) whose hits are claimed; empty: the ids of the `ga4` clients and tags. Hits for Universal "
        "Analytics' own ids (`UA-…`), by which nothing reaches GA4, are claimed too, unless one of those is listed.",
    )

    shapes: ClassVar[Mapping[str, Shape]] = {"measurement_ids": _ID}

    def claimed_ids(self) -> Sequence[str]:
        return self.measurement_ids

    def derived(self, file: WholeFile) -> Self:
        return self if self.measurement_ids else self.model_copy(update={"measurement_ids": of_clients_and_tags(file)})

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        return [] if self.measurement_ids else [_OPEN]


class UniversalAnalytics(Client):
    """Claims Universal Analytics hits (Measurement Protocol version 1): an image, a POST, or a batch of up to 20 lines.

    Each hit is an event, unless it is for an id that is not listed; an ``item`` hit is part of its transaction's event where
    that is in the same batch. Names of the event data are those of GA4 where there is one, and ``x-ga-mp1-NAME`` for every
    other parameter. A request with more hits, parameters or text than any real one is answered with 413.
    """

    Settings: ClassVar[type[ClientSettings]] = UniversalAnalyticsSettings

    examples: ClassVar[Sequence[ClientExample]] = (
        ClientExample(
            title="A screen view of an app, as an image",
            request=Request(
                id="r1",
                received_at=1_764_340_311_502_000,
                method="GET",
                path="/collect",
                query_string="v=1&tid=UA-1-1&cid=555&t=screenview&an=myApp&version=1.6.2&aid=com.foo.myapp&cd=home&z=42",
                headers=(("user-agent", "Mozilla/5.0"), ("accept", "image/avif,image/webp,*/*")),
                ip="203.0.113.7",
            ),
            events=(
                {
                    "x-ga-protocol_version": "1",
                    "x-ga-measurement_id": "UA-1-1",
                    "client_id": "555",
                    "event_name": "screen_view",
                    "app_name": "myApp",
                    "x-ga-mp1-version": "1.6.2",
                    "app_id": "com.foo.myapp",
                    "screen_name": "home",
                    "ip_override": "203.0.113.7",
                    "user_agent": "Mozilla/5.0",
                },
            ),
            reply=Reply(
                200,
                (("content-type", "image/gif"), ("cache-control", "no-cache")),
                bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"),
            ),
        ),
        ClientExample(
            title="A batch from a till: the item is part of its transaction, the visitor's address is masked",
            settings={"activation_paths": "/app"},
            request=Request(
                id="r2",
                received_at=1_764_340_324_410_000,
                method="POST",
                path="/app",
                body=b"v=1&tid=UA-1-1&cid=555&t=transaction&ti=T12&tr=11.90&tt=1.9&cu=EUR&uip=203.0.113.7&aip=1\n"
                b"v=1&tid=UA-1-1&cid=555&t=item&ti=T12&in=Runner&ip=5&iq=2&ic=SKU1&iv=Shoes\n"
                b"v=1&tid=UA-1-1&cid=555&t=event&ec=Video&ea=Play+now&ev=300\n",
            ),
            events=(
                {
                    "x-ga-protocol_version": "1",
                    "x-ga-measurement_id": "UA-1-1",
                    "client_id": "555",
                    "event_name": "purchase",
                    "transaction_id": "T12",
                    "currency": "EUR",
                    "value": 11.9,
                    "x-ga-mp1-tr": "11.90",
                    "tax": 1.9,
                    "x-ga-mp1-tt": "1.9",
                    "ip_override": "203.0.113.0",
                    "items": [
                        {"item_name": "Runner", "price": 5, "quantity": 2, "item_id": "SKU1", "item_category": "Shoes"},
                    ],
                },
                {
                    "x-ga-protocol_version": "1",
                    "x-ga-measurement_id": "UA-1-1",
                    "client_id": "555",
                    "event_name": "play_now",
                    "event_category": "Video",
                    "event_action": "Play now",
                    "value": 300,
                    "x-ga-mp1-ev": "300",
                },
            ),
            reply=Reply(204, (("cache-control", "no-cache"),)),
        ),
    )

    def __init__(self, settings: UniversalAnalyticsSettings, setup: Setup) -> None:  # noqa: ARG002  its name makes no difference
        self._paths = frozenset(settings.activation_paths)
        self._other_path = other_path(settings.activation_paths)
        self._ids = frozenset(settings.measurement_ids)
        self._names_old_ids = any(id.startswith(_OLD_ID) for id in self._ids)

    def claim(self, request: Request) -> Claim | Declined:
        """The hits' events. A request with more hits or parameters than are allowed is answered with 413."""
        if request.path not in self._paths:
            return self._other_path
        if request.method == "OPTIONS":
            return Claim((), PREFLIGHT)
        if request.method not in ("GET", "POST"):
            return other_method(request.method, _COME_BY)
        findings = Findings()
        try:
            hits = read_hits(request.query_string, request.body, findings)
        except OversizedError as error:
            return oversized(error)
        if hits is None:
            return _OTHER_VERSION
        ours = [hit for hit in hits if self._is_ours(hit.get("tid", ""))]
        if not ours:
            return not_among("measurement id", hits[0].get("tid", ""), self._ids)
        decoded = decode(ours, _known(request), request.received_at, findings)
        others = [_SOME_ARE_OTHERS] if len(ours) < len(hits) else []
        told = (*decoded.findings, *settle(decoded.events), *others)
        return Claim(decoded.events, hit_reply(request), len(hits) - len(ours), told)

    def _is_ours(self, id: str) -> bool:
        """Nothing leaves for GA4 by an old id, or by none: only by the id that a tag has of its own."""
        return not self._ids or id in self._ids or not id or (id.startswith(_OLD_ID) and not self._names_old_ids)


def _known(request: Request) -> dict[str, str]:
    """What the request itself says of the visitor, under the parameters by which a hit overrides it."""
    known = {"uip": request.ip, "ua": request.header("user-agent")}
    return {name: text for name, text in known.items() if text is not None}
