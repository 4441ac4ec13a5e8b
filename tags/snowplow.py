"""Sends events to a Snowplow collector."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, StringConstraints

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.product import VERSION
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Skip
from wire.conversions import commerce, judging, packing, visitor
from wire.conversions.moment import micros, named
from wire.conversions.settings import Place
from wire.conversions.vendor import VendorTag
from wire.hashing import sha256
from wire.own_data import own_parameters
from wire.snowplow import Entity, action, contexts, unstructured

_PATH: Final = "/com.snowplowanalytics.snowplow/tp2"
_SCHEMA: Final = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
_HEADERS: Final = (("content-type", "application/json; charset=utf-8"),)
_PAGE_VIEW: Final = "page_view"
_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TRACKER: Final = f"tagyard-{VERSION}"


class SnowplowSettings(TagSettings):
    """Sends events to a Snowplow collector."""

    endpoint: Place = Field(description="Where the collector is, such as https://collector.example.com.")
    app_id: str = Field(min_length=1, max_length=255, description="What Snowplow calls the site or the app: its `app_id`.")
    platform: str = Field("web", pattern="^(web|mob|pc|srv|app|tv|cnsl|iot|headset)$", description="In Snowplow's words.")
    event_category: str = Field(
        "Website", min_length=1, description="The category of structured events that have no `event_category` of their own."
    )
    schemas: dict[str, Annotated[str, StringConstraints(pattern=r"^iglu:[^/]+/[^/]+/jsonschema/\d+-\d+-\d+$")]] = Field(
        {},
        description="Events that have a schema of yours, by name: `{quiz_done: iglu:com.example/quiz_done/jsonschema/1-0-0}`. "
        "They leave as self-describing ones with their own parameters.",
    )

    needs: ClassVar[Sequence[str]] = ("event_name",)


class Snowplow(VendorTag[SnowplowSettings]):
    """Sends events to a Snowplow collector, up to 200 with one request.

    ``page_view`` is a page view. What GA4 has names for in a shop is an action of Snowplow's e-commerce, with its products, the
    transaction or the refund as entities, as far as they have all that their schemas demand. Events with a schema of your own
    (``schemas``) are self-describing ones; every other event is a structured one, with the name as its action, ``event_label``
    as its label and ``value`` as its value. A name that ``event_name`` gives decides what it is.

    Snowplow gets each event's id: its ``event_id`` where that is a UUID, else one that is made of it, so that what arrives
    twice can be told. The collector takes whatever comes: what does not fit a schema is in Snowplow's failed events.
    """

    Settings: ClassVar[type[TagSettings]] = SnowplowSettings
    _most = 200
    _most_bytes = 900_000
    """A collector takes twice that, and loses what is more than a megabyte with what it adds."""
    _rows_at = ("data",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A page view",
            settings={"endpoint": "https://collector.example.com", "app_id": "shop"},
            event={
                "event_name": "page_view",
                "event_id": "0f0e0d0c-0000-4000-8000-000000000051",
                "client_id": "77.1767000000",
                "user_id": "u-7",
                "x-mp-timestamp_micros": 1767312000000000,
                "page_location": "https://shop.example.com/done",
                "page_title": "Done",
                "ip_override": "203.0.113.9",
                "user_agent": "Mozilla/5.0",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url="https://collector.example.com/com.snowplowanalytics.snowplow/tp2",
                    headers=(("content-type", "application/json; charset=utf-8"),),
                    body=b'{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{"e":"pv",'
                    b'"aid":"shop","p":"web","tv":"' + _TRACKER.encode() + b'","eid":"0f0e0d0c-0000-4000-8000-000000000051",'
                    b'"dtm":"1767312000000","url":"https://shop.example.com/done","page":"Done","uid":"u-7",'
                    b'"duid":"77.1767000000","ip":"203.0.113.9","ua":"Mozilla/5.0","stm":"0"}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: SnowplowSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = settings.endpoint + _PATH
        self._headers = _HEADERS

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as a tracker would send it: all of it is text."""
        if isinstance(name := named(event), Skip):
            return name
        session = commerce.text(event.get("ga_session_id"))
        row = {
            **self._kind(name, event),
            **commerce.present(
                aid=self._settings.app_id,
                p=self._settings.platform,
                tv=_TRACKER,
                eid=_event_id(name, event, context),
                dtm=str(micros(event, context) // 1000),
                **_page(event),
                uid=visitor.user_id(event),
                duid=visitor.client_id(event),
                sid=_uuid("session", commerce.text(event.get("client_id")), session) if session else None,
                vid=_whole(event.get("ga_session_number")),
                ip=visitor.address(event),
                ua=visitor.agent(event),
            ),
        }
        return context.payload({"row": row}, self._origin)

    def _kind(self, name: str, event: Event) -> dict[str, str]:
        if name == _PAGE_VIEW:
            return {"e": "pv"}
        if schema := self._settings.schemas.get(name):
            return {"e": "ue", "ue_pr": unstructured(Entity(schema, own_parameters(event)))}
        if found := action(name, event):
            said, entities = found
            return {"e": "ue", "ue_pr": unstructured(said), **commerce.present(co=contexts(entities))}
        return commerce.present(
            e="se",
            se_ca=commerce.text(event.get("event_category")) or self._settings.event_category,
            se_ac=name,
            se_la=commerce.text(event.get("event_label")),
            se_va=commerce.decimal(commerce.number(event.get("value"))),
        )

    def _request(self, payloads: Sequence[Payload], part: Sequence[int], now: int) -> OutboundRequest:
        """Each row has the time at which it leaves: Snowplow corrects clocks by it."""
        rows = [{**row, "stm": str(now // 1000)} for row in packing.rows(payloads, part)]
        return self._post(self._body(rows), part)

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"schema": _SCHEMA, "data": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """By the status alone: the collector doesn't look at what it takes."""
        if judging.ok(response):
            return judging.taken(response, "a Snowplow collector", told=not judging.is_page(response))
        return judging.refusal(response, refused=judging.REFUSED_OR_UNKNOWN)


def _page(event: Event) -> Mapping[str, str | None]:
    return {
        "url": commerce.text(event.get("page_location")),
        "page": commerce.text(event.get("page_title")),
        "refr": commerce.text(event.get("page_referrer")),
        "lang": commerce.text(event.get("language")),
        "res": commerce.text(event.get("screen_resolution")),
    }


def _event_id(name: str, event: Event, context: Context) -> str:
    """The same however often the event is sent; without an id of its own it is that of its place in its request."""
    said = commerce.text(event.get("event_id"))
    if said is None:
        return _uuid("request", context.request.id, str(context.position))
    return said.lower() if _UUID.fullmatch(said) else _uuid(name, said)


def _uuid(*words: str | None) -> str:
    """Made of words, as RFC 9562 leaves to everybody's own way in its version 8."""
    hexadecimal = sha256("\n".join(filter(None, words)))
    parts = (hexadecimal[:8], hexadecimal[8:12], f"8{hexadecimal[12:15]}", f"a{hexadecimal[15:18]}", hexadecimal[18:30])
    return "-".join(parts)


def _whole(value: object) -> str | None:
    number = commerce.number(value)
    return str(int(number)) if number is not None else None
