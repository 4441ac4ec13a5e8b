"""Mixpanel's import, as its reference has it: what a 400 does not name is there."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong

TOKEN: Final = "the-token"
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,36}")


class Mixpanel(StandIn):
    """Takes up to 2,000 events, and names those that it does not."""

    tag: ClassVar[str] = "mixpanel"
    most_rows: ClassVar[int] = 2000

    def settings(self) -> Mapping[str, Any]:
        return {"project_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.headers.get("authorization") != f"Basic {base64.b64encode(f'{TOKEN}:'.encode()).decode()}":
            return self.bad_token()
        if call.path != "/import" or call.query != {"strict": "1"} or len(call.body) > 2_000_000:
            raise Wrong(f"{len(call.body)} bytes for {call.path} {call.query}")
        events = call.json()
        if not 0 < len(events) <= self.most_rows:
            raise Wrong(f"{len(events)} events")
        orders = [_order(event) for event in events]
        self.take([order for order in orders if not self.refuses(order)])
        records = [
            {"index": index, "insert_id": event["properties"]["$insert_id"], "field": "properties.time", "message": "no"}
            for index, event in enumerate(events)
            if self.refuses(orders[index])
        ]
        taken = len(events) - len(records)
        if not records:
            return 200, {"code": 200, "num_records_imported": taken, "status": "OK"}
        said = "some data points in the request failed validation"
        answer = {"code": 400, "error": said, "failed_records": records, "num_records_imported": taken, "status": "Bad Request"}
        return 400, answer

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"code": 401, "error": "Invalid credentials", "status": "Unauthorized"}

    def throttled(self) -> tuple[int, Any]:
        return 429, {"code": 429, "error": "Too Many Requests", "status": "Too Many Requests"}


def _order(event: Mapping[str, Any]) -> str:
    properties = event["properties"]
    if event.keys() != {"event", "properties"} or event["event"] != "purchase":
        raise Wrong(f"an event with {sorted(event)}")
    if not _ID.fullmatch(properties["$insert_id"]) or not isinstance(properties["time"], int):
        raise Wrong("no id, or no time")
    if not isinstance(properties["distinct_id"], str) or properties["distinct_id"] != properties["$device_id"]:
        raise Wrong("nobody")
    return str(properties["transaction_id"])
