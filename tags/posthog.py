"""Sends events to PostHog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import Field

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.expressions.urls import url_host, url_path
from core.secret import Secret
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Retry, Skip
from wire.bodies import as_json
from wire.conversions import commerce, judging, packing
from wire.conversions.moment import event_id, iso, micros, named, own_id
from wire.conversions.names import name_at
from wire.conversions.properties import properties, user_properties
from wire.conversions.settings import Origin
from wire.conversions.uuids import uuid_at, uuid_of
from wire.conversions.vendor import VendorTag
from wire.conversions.visitor import client_id, user_id

ENDPOINT: Final = "https://us.i.posthog.com"
PATH: Final = "/batch/"
LARGEST: Final = 1_000_000
"""PostHog takes a larger event, says nothing, and drops it."""

_IDENTIFY: Final = "$identify"
_ELSEWHERE: Final = ("page_location", "page_referrer", "page_title", "language")
_LATEST_SESSION: Final = 10**11
"""Seconds since 1970; what is more is no time."""


class PostHogSettings(TagSettings):
    """Sends events to PostHog."""

    api_key: Secret = Field(description="The project's API key (`phc_…`); give it as ${NAME}.")
    person_profiles: Literal["identified_only", "always", "never"] = Field(
        "identified_only", description="Of whom PostHog makes a profile: of visitors with a `user_id`, of all, or of nobody."
    )
    ip: bool = Field(True, description="Whether the visitor's IP address leaves, by which PostHog knows the place.")
    historical_migration: bool = Field(False, description="PostHog asks for this where most events are older than two days.")
    endpoint: Origin = Field(
        ENDPOINT, description="Scheme and host: in the EU https://eu.i.posthog.com, or that of a PostHog of one's own."
    )

    needs: ClassVar[Sequence[str]] = ("event_name",)


class PostHog(VendorTag[PostHogSettings]):
    """Sends events to PostHog, up to a thousand with one request.

    ``page_view`` becomes ``$pageview``, ``identify`` becomes ``$identify`` (it tells PostHog that the ``client_id`` and the
    ``user_id`` are one person), and other events leave under their own names. The ``distinct_id`` is the ``user_id``, else the
    ``client_id``; an event with neither is not sent. User properties are set on the person. No personal data (``user_data``)
    leaves.

    PostHog refuses a request as a whole: then it is sent again in halves, until only what is wrong is given up. An event
    that comes twice has the same ``uuid``, and counts once.
    """

    Settings: ClassVar[type[TagSettings]] = PostHogSettings
    _own_origins = (ENDPOINT,)
    _most = 1000
    _most_bytes = 4 << 20
    _rows_at = ("batch",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"api_key": "phc_EXAMPLE", "endpoint": "https://eu.i.posthog.com"},
            event={
                "event_name": "purchase",
                "client_id": "77.1767000000",
                "user_id": "u-7",
                "event_id": "0f0e0d0c-0000-4000-8000-000000000051",
                "x-mp-timestamp_micros": 1767312000000000,
                "transaction_id": "A-2040",
                "value": 48.5,
                "page_location": "https://shop.example.com/done?x=1",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"https://eu.i.posthog.com{PATH}",
                    headers=packing.JSON,
                    body=b'{"api_key":"phc_EXAMPLE","historical_migration":false,"batch":[{"event":"purchase",'
                    b'"distinct_id":"u-7","uuid":"0f0e0d0c-0000-4000-8000-000000000051",'
                    b'"timestamp":"2026-01-02T00:00:00.000Z","properties":{"transaction_id":"A-2040","value":48.5,'
                    b'"$current_url":"https://shop.example.com/done?x=1","$host":"shop.example.com","$pathname":"/done",'
                    b'"$insert_id":"0f0e0d0c-0000-4000-8000-000000000051","$lib":"tagyard"}}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: PostHogSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._url = f"{settings.endpoint}{PATH}"

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as PostHog has it."""
        if isinstance(skip := named(event), Skip):
            return skip
        user, visitor = user_id(event), client_id(event)
        name, known = name_at("posthog", event, context, self._settings), user or visitor
        if not known:
            return Skip("PostHog needs a user_id or a client_id")
        if name == _IDENTIFY and not user:
            return Skip("PostHog needs a user_id to identify somebody by")
        said = self._properties(event)
        if name == _IDENTIFY and visitor:
            said["$anon_distinct_id"] = visitor
        row = {
            "event": name,
            "distinct_id": known,
            "uuid": uuid_of(own_id(event, context)),
            "timestamp": iso(micros(event, context)),
            "properties": said,
        }
        return context.payload({"row": row}, self._settings.endpoint)

    def _properties(self, event: Event) -> dict[str, Any]:
        location, settings = str(event.get("page_location") or ""), self._settings
        profiles, about = settings.person_profiles, user_properties(event)
        known = profiles == "always" or (profiles == "identified_only" and user_id(event) is not None)
        return properties(event, *_ELSEWHERE) | commerce.present(**{
            "$current_url": location,
            "$host": url_host(location),
            "$pathname": url_path(location) if location else None,
            "$referrer": commerce.text(event.get("page_referrer")),
            "$title": commerce.text(event.get("page_title")),
            "$browser_language": commerce.text(event.get("language")),
            "$ip": commerce.text(event.get("ip_override")) if settings.ip else None,
            "$geoip_disable": None if settings.ip else True,
            "$raw_user_agent": commerce.text(event.get("user_agent")),
            "$session_id": _session(event),
            "$insert_id": event_id(event),
            "$lib": "tagyard",
            "$process_person_profile": None if known else False,
            "$set": about if known else None,
        })  # fmt: skip

    def expired(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        """Where it is larger than PostHog takes."""
        size = len(as_json(payload.body["row"]))
        return f"PostHog takes no event of more than 1 MB, and this has {size} bytes" if size > LARGEST else None

    def _body(self, rows: Sequence[Any]) -> Any:
        settings = self._settings
        key, historical = settings.api_key.reveal(), settings.historical_migration
        return {"api_key": key, "historical_migration": historical, "batch": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:  # noqa: ARG002
        """All or nothing. A 200 may say that nothing was kept, since more was sent than is paid for."""
        answer = judging.answer(response)
        limited = judging.at(answer, "quota_limited")
        if judging.ok(response):
            over = isinstance(limited, list) and "events" in limited
            if over:
                return Retry(judging.words(response, "quota_limited: events"), credential=True)
            told = "status" in answer and (limited is None or isinstance(limited, list))
            return judging.taken(response, "PostHog", told=told)
        said = str(judging.at(answer, "detail") or judging.text(response))
        if response.status == 429 and "billing" in said:
            return Retry(judging.words(response, said), credential=True)
        return judging.refusal(response, said)


def _session(event: Event) -> str | None:
    """PostHog takes none but one that begins with the time at which the session has, as Google's number of it is."""
    began = commerce.number(event.get("ga_session_id"))
    if began is None or not 0 < began < _LATEST_SESSION:
        return None
    return uuid_at(int(began) * 1000, f"{event.get('client_id')}.{int(began)}")
