"""Sends events to GA4: as hits (``/g/collect``) what came in goes out, and late events keep their time by ``/mp/collect``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, field_validator

from core.component import Doubt, EventPart, ParameterSettings, Setup, Tag, TagExample, TagSettings, WholeFile, judge_by_status
from core.context import Context
from core.fields import Duration, Template
from core.product import USER_AGENT
from core.secret import SealedText, Secret
from core.settings import Shape
from core.types import Event, HeldBack, Outbound, OutboundRequest, Outcome, Payload, Response, Skip
from wire import user_data
from wire.ga4 import hits
from wire.ga4.adjustments import adjustments
from wire.ga4.query import escape
from wire.ga4.recipient import DEFAULT_ENDPOINT, EUROPE, as_endpoint, is_tag_id, origin_of, refusal
from wire.ga4.streams import REPEATS, STREAM, unclear_stream
from wire.ga4.table import REPEAT
from wire.measurement_protocol import late
from wire.measurement_protocol.assemble import alone
from wire.measurement_protocol.encode import ONLY_HERE
from wire.measurement_protocol.fields import FIREBASE_APP_ID
from wire.measurement_protocol.late import Route

_TEXT: Final = (str, SealedText)
_REPEATED: Final = Skip("gtag has sent this event before, and repeats it after a consent update", HeldBack.CONSENT_UPDATE)


class Ga4TagSettings(TagSettings):
    """Sends events to GA4.

    ``parameters`` and ``user_properties`` work on what a page sets itself: named parameters such as the page's title
    stay, unless ``set`` gives them another value or a transformation removes them.
    """

    measurement_id: Template | None = Field(None, description="Where the events go; default: the event's own id.")
    user_properties: ParameterSettings = Field(
        ParameterSettings.model_validate({}), description="Which user properties leave, and which are set on the way out."
    )
    redact_visitor_ip: bool = Field(False, description="The visitor's address does not leave.")
    user_data: Literal["drop", "hashed"] = Field(
        "drop",
        description="What becomes of personal data. `hashed` sends e-mail, phone and names in SHA-256; clear text never leaves.",
    )
    endpoint: Annotated[str, AfterValidator(as_endpoint)] = Field(
        DEFAULT_ENDPOINT,
        description="Scheme and host. At its default, hits that gtag marks for collection in the EU go to Google's host there.",
    )
    api_secret: Secret | None = Field(
        None,
        description="Of this `measurement_id`, made in GA4 under Admin, Data streams; give it as ${NAME}. With it, backdated "
        "and late events keep their own time: they go through /mp/collect, as events of apps always do.",
    )
    consent_updates: Literal["skip", "send"] = Field(
        "skip",
        description="What becomes of the events that gtag repeats after a consent update, for other tags. GA4 has had them "
        "before; `send` counts them twice, unless `consent` had held the tag back.",
    )
    late_after: Duration = Field(
        600.0, description="An event that happened longer ago than this goes through /mp/collect, if there is an `api_secret`."
    )

    shown_first: ClassVar[bool] = True
    needs: ClassVar[Sequence[str]] = ("client_id", "event_name", "x-ga-*")
    sent_to: ClassVar[Sequence[str]] = ("measurement_id", "endpoint")
    shapes: ClassVar[Mapping[str, Shape]] = {"measurement_id": STREAM}

    def site_ids(self) -> Sequence[str]:
        id = self.measurement_id.literal if self.measurement_id else None
        return [id] if isinstance(id, str) else []

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        held_back = self.consent and "consent_updates" not in self.model_fields_set
        return [*(unclear_stream(file) if self.api_secret and not self.measurement_id else ()), *([REPEATS] if held_back else ())]

    @field_validator("measurement_id", mode="before")
    @classmethod
    def _is_an_id(cls, value: Any) -> Any:
        if isinstance(value, str) and "{{" not in value and not is_tag_id(value):
            raise ValueError("must be the id of a Google tag, such as G-ABC1234567")
        return value


class Ga4(Tag):
    """Sends events to GA4.

    The outgoing hit is the inverse of the incoming one: what nobody changes leaves as it was written, to the byte. Left out
    are ``richsstsse``, ``_fplc``, ``sst.*`` and personal data; ``_uip`` carries the visitor's address, and the header
    User-Agent the visitor's browser. Events of one request that share what a batch shares leave as one.

    When a visitor grants ``ad_storage`` or ``ad_user_data``, gtag sends ``page_view`` and every key event of the page to a
    server a second time, so that tags may fire which consent had held back. GA4 has had these events: with
    ``consent_updates: skip`` they are left out. In event data they have ``consent_update_repeat: true``.

    A hit has the time of its arrival. With an ``api_secret``, an event that says its own time (``timestamp_micros``) and
    one that has waited for longer than ``late_after``, here or by its ``ht`` or ``qt`` on the way, leave by ``/mp/collect``
    instead, with that time, up to 25 events of one visitor at once. That route cannot carry:

    * the consent strings ``gcs``, ``gcd``, ``dma`` and ``tcfd``: of ``gcd`` (and ``npa``) only what is said about
      ``ad_user_data`` and ``ad_personalization`` goes along; nothing is said about ``ad_storage``
    * ``gtm``, the client hints, the counters of gtag, the campaign that gtag has read from the URL, and every parameter
      without a name of its own (the fallback keys ``x-ga-mp2-…``)
    * the request as Google would see it: browser, system and place come from the user agent and the address in the JSON
    * more than 25 parameters of an event, and texts of more than 100 characters: Google ignores them there

    It makes an ordinary, identified event of everything, so these never take it: an event for which analytics consent
    is denied, a session start (``_ss``), a first visit (``_fv``); nor does an event whose name Google reserves there
    (``user_engagement``), or whose id is none of a GA4 stream (``AW-``). They, and all without an ``api_secret``, leave late
    as hits, and their time is lost. Events of apps have no hit: without an ``api_secret`` they are skipped.
    """

    Settings: ClassVar[type[TagSettings]] = Ga4TagSettings
    filters_parameters: ClassVar[bool] = True

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A page view",
            settings={},
            event={
                "x-ga-measurement_id": "G-ABC123XYZ0",
                "client_id": "1307714608.1760043792",
                "ga_session_id": "1764340309",
                "page_location": "https://shop.example/shoes",
                "event_name": "page_view",
                "stock": 14,
                "ip_override": "203.0.113.7",
                "user_agent": "Mozilla/5.0",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{DEFAULT_ENDPOINT}/g/collect?v=2&tid=G-ABC123XYZ0&cid=1307714608.1760043792&_uip=203.0.113.7"
                    "&sid=1764340309&dl=https%3A%2F%2Fshop.example%2Fshoes&en=page_view&epn.stock=14",
                    headers=(("user-agent", "Mozilla/5.0"),),
                    body=b"",
                    payloads=(0,),
                ),
            ),
        ),
        TagExample(
            title="Another property, fewer parameters, hashed personal data, no address",
            settings={
                "measurement_id": "G-ANOTHER001",
                "parameters": {"exclude": "internal_*", "set": {"shop": "{{ event.page_title | lower }}"}},
                "user_properties": {"include": "none", "set": {"tier": "gold"}},
                "redact_visitor_ip": True,
                "user_data": "hashed",
                "endpoint": "https://region1.google-analytics.com",
            },
            event={
                "x-ga-measurement_id": "G-ABC123XYZ0",
                "client_id": "1.2",
                "event_name": "sign_up",
                "page_title": "Berlin",
                "internal_note": "x",
                "x-ga-mp2-user_properties": {"age": 31},
                "user_data": {"email": "A.B@gmail.com", "address": {"city": "Oslo"}},
                "ip_override": "203.0.113.7",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{EUROPE}/g/collect?v=2&tid=G-ANOTHER001&cid=1.2&dt=Berlin&en=sign_up&up.tier=gold&ep.shop=berlin"
                    "&ep.user_data.sha256_email_address=86ca2ad27318696b41cfc650acfad97bb32194c43e119e465a16359ea74c7105",
                    headers=(("user-agent", USER_AGENT),),
                    body=b"",
                    payloads=(0,),
                ),
            ),
        ),
        TagExample(
            title="A refund that a backend reports a day later",
            settings={"api_secret": "s3cret"},
            event={
                "x-ga-measurement_id": "G-ABC123XYZ0",
                "client_id": "1307714608.1760043792",
                "x-mp-timestamp_micros": 1764340309000000,
                "event_name": "refund",
                "ga_session_id": "1764340309",
                "value": 9.5,
                "partial": True,
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{DEFAULT_ENDPOINT}/mp/collect?measurement_id=G-ABC123XYZ0&api_secret=s3cret",
                    headers=(("user-agent", USER_AGENT), ("content-type", "application/json")),
                    body=b'{"client_id":"1307714608.1760043792","events":[{"name":"refund","params":'
                    b'{"value":9.5,"partial":true,"session_id":"1764340309"},"timestamp_micros":1764340309000000}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: Ga4TagSettings, setup: Setup) -> None:
        self._settings = settings
        self._endpoint, self._hashed = settings.endpoint, settings.user_data == "hashed"
        self._secrets = setup.secrets
        self._escaped = {name: escape(value) for name, value in setup.secrets.items()}
        self._api_secret = settings.api_secret.reveal() if settings.api_secret else ""
        self._late_after = int(settings.late_after * 1_000_000)
        own_id, without_ip = settings.measurement_id, settings.redact_visitor_ip
        self._adjustments = adjustments(settings.parameters, settings.user_properties, own_id, without_ip=without_ip)

    @property
    def literal_origins(self) -> frozenset[str]:
        """An ``endpoint`` that is not Google's own."""
        return frozenset({self._endpoint} - {DEFAULT_ENDPOINT})

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The hit as it will leave: in one text, or in the parts that a batch puts in different places."""
        if context.original.get(REPEAT) is True and self._settings.consent_updates == "skip":
            return _REPEATED
        for step in self._adjustments:
            event = step(event, context)
        refused = refusal(event)
        if refused:
            return self._map_app(event, context) if late.is_of_an_app(event) else refused
        origin, hashes = origin_of(event, self._endpoint), self._hashes(event) if self._hashed else {}
        hit = hits.shared(event, context, origin, hashes)
        body: dict[str, Any] = {"origin": origin, "user_agent": _user_agent(event), hits.HIT: hit}
        if not event.keys().isdisjoint(ONLY_HERE) or (self._api_secret and hits.is_long(hit)):
            body |= late.late_fields(event, hashes, as_json=bool(self._api_secret))
        if self._api_secret and late.denies(event, context.consent):
            body["denied"] = True
        return context.payload(body, origin, str(event["x-ga-measurement_id"]))

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        """Hits: one request for the events of one group that share what a batch shares, else one for each.

        Late events: one request for up to 25 with the same visitor, consent and device, whatever their groups.
        """
        if len(payloads) == 1 and not self._api_secret:
            return hits.requests([(0, payloads[0])], self._filled)
        members = list(enumerate(payloads))
        late_ones = [at for at, each in members if self._route(each, now) is Route.LATE] if self._api_secret else []
        if not late_ones:
            return hits.requests(members, self._filled)
        others = sorted({*range(len(payloads))} - {*late_ones})
        return [
            *hits.requests([(at, payloads[at]) for at in others], self._filled),
            *late.requests([(at, payloads[at]) for at in late_ones], self._filled, self._api_secret),
        ]

    def _route(self, payload: Payload, now: int) -> Route:
        """Where this payload goes if it is packed at this time."""
        may = self._api_secret and self._is_late(payload, now) and not late.barrier(payload.body)
        return Route.LATE if may else Route.HIT

    def note(self, payload: Payload, now: int) -> str | None:
        """Why this payload loses its time if it is packed now, to be counted by: one of a few texts, or None."""
        if not self._is_late(payload, now):
            return None
        why = late.barrier(payload.body) if self._api_secret else "the tag has no api_secret"
        return f"late by /g/collect: {why}" if why else None

    def companions(self, payload: Payload, now: int) -> str | None:
        """Payloads of one destination with the same text may be packed together, whatever their groups; None: by group only."""
        return f"mp|{late.addressee(payload.body)}" if self._route(payload, now) is Route.LATE else None

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Of hits the lines, and of ``/mp/collect`` the document with one event."""
        if not isinstance(request, OutboundRequest) or not request.body:
            return super().parts(request)
        if request.body.startswith(b"{"):
            return [EventPart(body=each) for each in alone(request.body)]
        return [EventPart(query=line) for line in hits.lines(request.body)]

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """By the status: GA4 says no more."""
        return judge_by_status(response)

    def _map_app(self, event: Event, context: Context) -> Payload | Skip:
        if not self._api_secret:
            return Skip("an event of an app needs the tag's api_secret: it can only leave by /mp/collect")
        if late.denies(event, context.consent):
            return Skip("analytics consent is denied, and an event of an app can only leave by /mp/collect, as an identified one")
        origin = origin_of(event, self._endpoint)
        stored = late.stored_app(event, self._hashes(event), context.request.received_at)
        return context.payload({"origin": origin, **stored}, origin, str(event[FIREBASE_APP_ID]))

    def _hashes(self, event: Event) -> Mapping[str, Any]:
        return user_data.hashed(event.get("user_data")) if self._hashed else {}

    def _is_late(self, payload: Payload, now: int) -> bool:
        return late.is_late(payload, now, self._late_after)

    def _filled(self, payload: Payload) -> Any:
        return hits.filled(payload, self._secrets, self._escaped) if payload.secrets else payload.body


def _user_agent(event: Event) -> str | SealedText:
    agent = event.get("user_agent")
    return agent if isinstance(agent, _TEXT) and agent else USER_AGENT
