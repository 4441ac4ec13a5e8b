"""Amplitude's HTTP interface, as its documentation has it: it names the rows for which it refuses a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong

KEY: Final = "the-key"
_ROW: Final = frozenset({
    *("event_type", "user_id", "device_id", "time", "insert_id", "session_id", "event_properties", "user_properties", "ip"),
    *("platform", "language", "os_name", "user_agent", "price", "quantity", "revenue", "productId", "revenueType", "currency"),
})  # fmt: skip


class Amplitude(StandIn):
    """Takes up to 2,000 events in 1 MB, as a whole."""

    tag: ClassVar[str] = "amplitude"
    most_rows: ClassVar[int] = 2000

    def settings(self) -> Mapping[str, Any]:
        return {"api_key": KEY, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        body = call.json()
        if call.path != "/2/httpapi" or len(call.body) > 1_000_000 or body.keys() != {"api_key", "events"}:
            raise Wrong(f"{len(call.body)} bytes for {call.path}")
        if body["api_key"] != KEY:
            return self.bad_token()
        events = body["events"]
        if not 0 < len(events) <= self.most_rows:
            raise Wrong(f"{len(events)} events")
        orders = [_order(event) for event in events]
        bad = [index for index, order in enumerate(orders) if self.refuses(order)]
        if bad:
            return 400, {"code": 400, "error": "Invalid field", "events_with_invalid_fields": {"time": bad}}
        self.take(orders)
        return 200, {"code": 200, "events_ingested": len(events), "payload_size_bytes": len(call.body)}

    def bad_token(self) -> tuple[int, Any]:
        return 400, {"code": 400, "error": "Invalid API key: the-other"}

    def throttled(self) -> tuple[int, Any]:
        return 503, {"code": 503, "error": "Service Unavailable"}


def _order(event: Mapping[str, Any]) -> str:
    if more := event.keys() - _ROW:
        raise Wrong(f"an event with {sorted(more)}")
    if event["event_type"] != "purchase" or len(event["device_id"]) < 5 or not event["insert_id"]:
        raise Wrong("an event of nobody")
    if not 10**12 < event["time"] < 10**13 or event.get("session_id", 0) % 1000:
        raise Wrong("a time that is not in milliseconds")
    if (event["revenue"], event["quantity"], event["productId"]) != (48.5, 2, "P1"):
        raise Wrong("another purchase")
    return str(event["event_properties"]["transaction_id"])
