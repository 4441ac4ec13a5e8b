"""Sends events to GA4 as ``/g/collect`` hits: what came in goes out, unless the file says otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, field_validator

from core.component import ParameterSettings, Setup, Tag, TagExample, TagSettings, judge_by_status
from core.context import Context
from core.fields import Template
from core.product import USER_AGENT
from core.secret import SealedText, fill
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Skip
from core.undefined import UNDEFINED
from core.url import Url
from wire import user_data
from wire.ga4.assemble import Batch, Ready, assemble
from wire.ga4.encode import Encoded, encode, write_user_data
from wire.ga4.filters import Filter, parameter_filter, user_property_filter
from wire.ga4.table import SERVER

DEFAULT_ENDPOINT: Final = "https://www.google-analytics.com"
_EUROPE: Final = "https://region1.google-analytics.com"
_ID: Final = re.compile(r"(?:G|GT|AW|DC)-[A-Za-z0-9_-]{1,64}", re.ASCII)
_CONTENT_TYPE: Final = ("content-type", "text/plain;charset=UTF-8")
_CONTROL: Final = dict.fromkeys((*range(32), 127))


def _origin(text: str) -> str:
    origin = Url(text).origin
    if text.rstrip("/").lower() != origin:
        raise ValueError(f"must be scheme and host alone, such as {DEFAULT_ENDPOINT}")
    return origin


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
    endpoint: Annotated[str, AfterValidator(_origin)] = Field(
        DEFAULT_ENDPOINT,
        description="Scheme and host. At its default, hits that gtag marks for collection in the EU go to Google's host there.",
    )

    @field_validator("measurement_id", mode="before")
    @classmethod
    def _is_an_id(cls, value: Any) -> Any:
        if isinstance(value, str) and "{{" not in value and not _ID.fullmatch(value):
            raise ValueError("must be the id of a Google tag, such as G-ABC1234567")
        return value


class Ga4:
    """Sends events to GA4.

    The outgoing hit is the inverse of the incoming one. Left out are ``richsstsse``, ``_fplc``, ``sst.*`` and personal
    data; ``_uip`` carries the visitor's address, and the header User-Agent the visitor's browser. Events of one request
    that share what a batch shares leave as one.
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
                    url=f"{_EUROPE}/g/collect?v=2&tid=G-ANOTHER001&cid=1.2&dt=Berlin&en=sign_up&up.tier=gold&ep.shop=berlin"
                    "&ep.user_data.sha256_email_address=86ca2ad27318696b41cfc650acfad97bb32194c43e119e465a16359ea74c7105",
                    headers=(("user-agent", USER_AGENT),),
                    body=b"",
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: Ga4TagSettings, setup: Setup) -> None:
        self._settings = settings
        self._secrets = setup.secrets
        self._steps = _steps(settings)
        self.literal_origins = frozenset({settings.endpoint} - {DEFAULT_ENDPOINT})

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The hit's parameters by the place they travel in, not yet percent-encoded."""
        for step in self._steps:
            event = step(event, context)
        refusal = _refusal(event)
        if refusal:
            return Skip(refusal)
        encoded = encode(event)
        if self._settings.user_data == "hashed":
            write_user_data(encoded, user_data.hashed(event.get("user_data")))
        origin = self._origin(event)
        body = {"origin": origin, "user_agent": _user_agent(event), **_stored(encoded)}
        return context.payload(body, origin)

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002  hits carry no time
        """One request for the events of one group that share what a batch shares, else one for each."""
        sent: list[Outbound] = []
        for (_group, origin, agent), members in self._alike(payloads).items():
            batches = assemble(f"{origin}/g/collect", [event for _, event in members])
            sent += [_request(agent, batch, [at for at, _ in members]) for batch in batches]
        return sent

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """By the status: GA4 says no more."""
        return judge_by_status(response)

    def _origin(self, event: Event) -> str:
        endpoint = self._settings.endpoint
        server = event.get(SERVER)
        if endpoint == DEFAULT_ENDPOINT and isinstance(server, dict) and server.get("gcsub") == "region1":
            return _EUROPE
        return endpoint

    def _alike(self, payloads: Sequence[Payload]) -> dict[tuple[str, str, str], list[tuple[int, Ready]]]:
        """The events, each with its index, by group, origin and user agent."""
        alike: dict[tuple[str, str, str], list[tuple[int, Ready]]] = {}
        for at, payload in enumerate(payloads):
            body = fill(payload.body, payload.secrets, self._secrets) if payload.secrets else payload.body
            event = Ready(body["shared"], body["hoistable"], body["own"], body["request"])
            alike.setdefault((payload.group, body["origin"], body["user_agent"]), []).append((at, event))
        return alike


_Step = Callable[[Event, Context], Event]


def _steps(settings: Ga4TagSettings) -> list[_Step]:
    """What the settings change in an event before it is encoded; a setting at its default costs nothing."""
    filters = (parameter_filter(settings.parameters), user_property_filter(settings.user_properties))
    steps = [_on_scope(each) for each in filters if each is not None]
    if settings.measurement_id is not None:
        steps.append(_measurement_id_step(settings.measurement_id))
    if settings.redact_visitor_ip:
        steps.append(_without_ip)
    return steps


def _on_scope(change: Filter) -> _Step:
    return lambda event, context: change(event, context.on(event))


def _without_ip(event: Event, context: Context) -> Event:  # noqa: ARG001  one of many steps
    return {key: value for key, value in event.items() if key != "ip_override"}


def _measurement_id_step(template: Template) -> _Step:
    def with_id(event: Event, context: Context) -> Event:
        value = template.evaluate(context.on(event))
        return event if value is UNDEFINED else {**event, "x-ga-measurement_id": value}

    return with_id


def _refusal(event: Event) -> str:
    """Why GA4 could not use this event; empty where it can."""
    for key in ("client_id", "event_name", "x-ga-measurement_id"):
        if not event.get(key):
            return f"the event has no {key}"
    given = event["x-ga-measurement_id"]
    if not _ID.fullmatch(given.reveal() if isinstance(given, SealedText) else str(given)):
        return "the measurement id is none of a Google tag (G-, GT-, AW- or DC-)"
    return ""


def _user_agent(event: Event) -> str | SealedText:
    agent = event.get("user_agent")
    return agent if isinstance(agent, str | SealedText) and agent else USER_AGENT


def _stored(encoded: Encoded) -> dict[str, Any]:
    return {"shared": encoded.shared, "hoistable": encoded.hoistable, "own": encoded.own, "request": encoded.request}


def _request(agent: str, batch: Batch, indices: Sequence[int]) -> OutboundRequest:
    headers = (("user-agent", _header_text(agent)),)
    return OutboundRequest(
        method="POST",
        url=batch.url,
        headers=(*headers, _CONTENT_TYPE) if batch.body else headers,
        body=batch.body.encode(),
        payloads=tuple([indices[member] for member in batch.members]),
    )


def _header_text(text: str) -> str:
    """One line of latin-1, as it came where it can be; other text as the bytes of its UTF-8."""
    if not text.isascii() and max(text) > "\xff":
        text = text.encode("utf-8", "replace").decode("latin-1")
    return text if text.isprintable() else text.translate(_CONTROL)


_: type[Tag] = Ga4
