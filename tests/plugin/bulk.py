"""Sends what many requests bring as one list, to a vendor who answers for each entry."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tagyard import (
    Batch,
    Context,
    Delivered,
    Duration,
    Event,
    EventPart,
    Outbound,
    OutboundRequest,
    Outcome,
    Payload,
    Rejected,
    Response,
    Setup,
    Skip,
    Tag,
    TagExample,
    TagSettings,
    Url,
    judge_by_status,
)


class BulkSettings(TagSettings):
    """Where the list goes, and how long it may become."""

    url: str = Field(description="Where to.")
    most: int = Field(100, ge=1, description="Events in one request.")
    linger: Duration = Field(1.0, description="How long an event waits for others.")


class Bulk(Tag):
    """Sends a JSON list. The answer ``{"refused": {"0": "why"}}`` refuses single entries, by their place in the list."""

    Settings: ClassVar[type[TagSettings]] = BulkSettings
    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="An event",
            settings={"url": "https://bulk.example/v1/events"},
            event={"event_name": "purchase", "value": 2.5},
            sends=(
                OutboundRequest(
                    method="POST",
                    url="https://bulk.example/v1/events",
                    headers=(("content-type", "application/json"),),
                    body=b'[{"event_name":"purchase","value":2.5}]',
                    payloads=(0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: BulkSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._url = settings.url
        self._batch = Batch(settings.most, linger=settings.linger)

    @property
    def literal_origins(self) -> frozenset[str]:
        """That of the url."""
        return frozenset({Url(self._url).origin})

    @property
    def batch(self) -> Batch:
        """As the settings say."""
        return self._batch

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The event itself."""
        entry = json.dumps(event, default=str, separators=(",", ":"))
        return context.payload(json.loads(entry), Url(self._url).origin)

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002
        """One list of all."""
        if not payloads:
            return ()
        body = json.dumps([payload.body for payload in payloads], separators=(",", ":")).encode()
        headers = (("content-type", "application/json"),)
        return [OutboundRequest("POST", self._url, headers, body, tuple(range(len(payloads))))]

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """Each entry's own outcome, where the vendor took the list."""
        outcome = judge_by_status(response)
        refused = _refused(response.body) if isinstance(outcome, Delivered) else {}
        return [Rejected(refused[str(at)]) if str(at) in refused else outcome for at in range(len(request.payloads))]

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """The list's entries."""
        assert isinstance(request, OutboundRequest)
        return [EventPart(body=json.dumps(entry, separators=(",", ":")).encode()) for entry in json.loads(request.body)]


def _refused(body: bytes) -> dict[str, str]:
    try:
        refused = json.loads(body)["refused"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    return {str(at): str(why) for at, why in refused.items()} if isinstance(refused, dict) else {}
