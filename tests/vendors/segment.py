"""Segment's HTTP API, as a strict host of it has it: Segment itself would say yes to a wrong key as well."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong

KEY: Final = "the-write-key"
_CALL: Final = frozenset({"type", "event", "userId", "anonymousId", "messageId", "timestamp", "properties", "context"})


class Segment(StandIn):
    """Takes up to 2,500 calls in 500 KB, each of 32 KB, as a whole."""

    tag: ClassVar[str] = "segment"
    most_rows: ClassVar[int] = 2500

    def settings(self) -> Mapping[str, Any]:
        return {"write_key": KEY, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.headers.get("authorization") != f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}":
            return self.bad_token()
        if call.path != "/v1/batch" or len(call.body) > 500_000:
            raise Wrong(f"{len(call.body)} bytes for {call.path}")
        body = call.json()
        calls = body["batch"]
        if body.keys() != {"batch", "sentAt"} or not 0 < len(calls) <= self.most_rows:
            raise Wrong(f"{len(calls)} calls in {sorted(body)}")
        orders = [_order(each) for each in calls]
        if any(self.refuses(order) for order in orders):
            return 400, {"success": False, "code": "invalid_request", "message": "no"}
        self.take(orders)
        return 200, {"success": True}

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"success": False, "code": "invalid_write_key", "message": "no"}

    def throttled(self) -> tuple[int, Any]:
        return 429, {"success": False, "code": "rate_limited", "message": "no"}


def _order(call: Mapping[str, Any]) -> str:
    if more := call.keys() - _CALL:
        raise Wrong(f"a call with {sorted(more)}")
    if call["type"] != "track" or call["event"] != "purchase" or not 0 < len(call["messageId"]) < 100:
        raise Wrong("no purchase")
    if not call.keys() & {"userId", "anonymousId"}:
        raise Wrong("a call of nobody")
    properties = call["properties"]
    if properties["products"] != [{"product_id": "P1", "name": "Lamp", "price": 24.25, "quantity": 2}]:
        raise Wrong(f"other goods: {properties['products']}")
    if (properties["revenue"], properties["currency"]) != (48.5, "EUR"):
        raise Wrong("another amount")
    return str(properties["order_id"])
