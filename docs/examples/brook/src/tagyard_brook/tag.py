"""Sends events to Brook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from pydantic import Field
from tagyard import (
    Batch,
    ConsentType,
    Context,
    Delivered,
    Doubt,
    Duration,
    Event,
    EventPart,
    HeldBack,
    Many,
    OpenTemplate,
    Origin,
    Outbound,
    OutboundRequest,
    Outcome,
    Payload,
    Rejected,
    Response,
    Retry,
    Secret,
    Setup,
    Skip,
    Tag,
    TagExample,
    TagSettings,
    WholeFile,
    as_json,
    judge_by_status,
    micros,
    own_parameters,
)

ENDPOINT: Final = "https://api.brook.example"
MOST: Final = 100
OLDEST_MS: Final = 3 * 86_400_000


class BrookSettings(TagSettings):
    """Sends events to Brook."""

    site: str = Field(
        pattern=r"^[a-z0-9-]+$", description="The site's name in Brook, such as `shop-1`."
    )
    key: Secret = Field(description="The site's key for sending; give it as ${NAME}.")
    properties: dict[str, OpenTemplate] | None = Field(
        None,
        description="What Brook keeps of an event besides its name; default: the event's own parameters.",
    )
    linger: Duration = Field(1.0, description="How long an event waits for others to go with.")
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")
    consent: Many[ConsentType] = Field(
        ["analytics_storage"],
        description="It fires only when each of these is granted; unset holds it back too.",
    )

    needs: ClassVar[Sequence[str]] = ("event_name", "client_id")

    def doubts(self, file: WholeFile) -> Iterable[Doubt]:
        """Two tags for one site."""
        same = [
            name
            for name, tag in file.tags.items()
            if isinstance(tag.settings, BrookSettings) and tag.settings.site == self.site
        ]
        if len(same) > 1:
            told = f"{' and '.join(same)} send to the same site: each event counts twice"
            yield Doubt(("site",), told, at_value=True)


class Brook(Tag):
    """Sends events to Brook, up to a hundred in one request.

    Brook knows a visitor by `client_id`: an event without one is not sent. It refuses single
    events of a request, which are given up, and takes none that is older than three days.
    """

    Settings: ClassVar[type[TagSettings]] = BrookSettings
    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase",
            settings={"site": "shop-1", "key": "k-1"},
            event={
                "event_name": "purchase",
                "client_id": "77.17",
                "value": 48.5,
                "currency": "EUR",
            },
            sends=(
                OutboundRequest(
                    method="POST",
                    url="https://api.brook.example/v1/sites/shop-1/events",
                    headers=(("authorization", "Bearer k-1"), ("content-type", "application/json")),
                    body=b'{"events":[{"name":"purchase","at":1700000000000,"visitor":"77.17",'
                    b'"properties":{"value":48.5,"currency":"EUR"}}]}',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: BrookSettings, setup: Setup) -> None:
        super().__init__(settings, setup)
        self._settings = settings
        self._url = f"{settings.endpoint}/v1/sites/{settings.site}/events"
        key = settings.key.reveal()
        self._headers = (("authorization", f"Bearer {key}"), ("content-type", "application/json"))

    @property
    def batch(self) -> Batch:
        """As many as Brook takes at once."""
        return Batch(MOST, linger=self._settings.linger)

    @property
    def literal_origins(self) -> frozenset[str]:
        """An endpoint that the file spells out may be a private address."""
        return frozenset({self._settings.endpoint} - {ENDPOINT})

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event as Brook has it."""
        name, visitor = event.get("event_name"), event.get("client_id")
        if not isinstance(name, str):
            return Skip("Brook needs a name, and the event has no event_name")
        if not isinstance(visitor, str):
            return Skip(
                "Brook needs a visitor, and the event has no client_id", HeldBack.NO_IDENTITY
            )
        row = {
            "name": name,
            "at": micros(event, context) // 1000,
            "visitor": visitor,
            "properties": self._properties(event, context),
        }
        return context.payload(row, self._settings.endpoint, self._settings.site)

    def _properties(self, event: Event, context: Context) -> dict[str, Any]:
        if self._settings.properties is None:
            return own_parameters(event)
        scope = context.on(event)
        values = {name: value.evaluate(scope) for name, value in self._settings.properties.items()}
        return {
            name: value for name, value in values.items() if isinstance(value, str | int | float)
        }

    def expired(self, payload: Payload, now: int) -> str | None:
        """Brook takes nothing older than three days."""
        age = now // 1000 - payload.body["at"]
        return "Brook takes nothing older than 3 days" if age > OLDEST_MS else None

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        """One request for all."""
        if not payloads:
            return []
        body = as_json({"events": [payload.body for payload in payloads]})
        return [
            OutboundRequest("POST", self._url, self._headers, body, tuple(range(len(payloads))))
        ]

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """By the status; a 200 may refuse single events: `{"refused": [{"index": 1, "why": "no price"}]}`."""
        outcome = judge_by_status(response)
        if not isinstance(outcome, Delivered):
            return outcome
        answer = _object(response.body)
        if answer is None:
            return Retry("this is no answer of Brook's")
        refused = {
            each.get("index"): str(each.get("why")) for each in _objects(answer.get("refused"))
        }
        return [
            Rejected(refused[at]) if at in refused else outcome
            for at in range(len(request.payloads))
        ]

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Each event by itself."""
        assert isinstance(request, OutboundRequest)
        return [EventPart(body=as_json(row)) for row in json.loads(request.body)["events"]]


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
