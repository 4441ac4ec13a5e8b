"""PostHog's batches, as its capture service reads them: an event without an id fails the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from tests.vendors.stand_in import Call, StandIn, Wrong

KEY: Final = "phc_the-key"
_ROW: Final = frozenset({"event", "distinct_id", "uuid", "timestamp", "properties"})


class PostHog(StandIn):
    """Takes what fits into 20 MB, as a whole."""

    tag: ClassVar[str] = "posthog"
    most_rows: ClassVar[int] = 1000

    def settings(self) -> Mapping[str, Any]:
        return {"api_key": KEY, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        body = call.json()
        if call.path != "/batch/" or body.keys() != {"api_key", "historical_migration", "batch"}:
            raise Wrong(f"{sorted(body)} for {call.path}")
        if body["api_key"] != KEY:
            return self.bad_token()
        rows = body["batch"]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        orders = [_order(row) for row in rows]
        if any(self.refuses(order) for order in orders):
            return 400, "event submitted without a distinct_id"
        self.take(orders)
        return 200, {"status": "Ok"}

    def bad_token(self) -> tuple[int, Any]:
        return 401, "API key is not valid: invalid"

    def throttled(self) -> tuple[int, Any]:
        return 429, "rate limited"


def _order(row: Mapping[str, Any]) -> str:
    if row.keys() != _ROW or row["event"] != "purchase" or not row["distinct_id"]:
        raise Wrong(f"a row with {sorted(row)}")
    if str(UUID(row["uuid"])) != row["uuid"]:
        raise Wrong(f"{row['uuid']} is no UUID")
    properties = row["properties"]
    if "$session_id" in properties and UUID(properties["$session_id"]).version != 7:
        raise Wrong("a session without a time")
    if properties["$process_person_profile"] is not False or properties["$lib"] != "tagyard":
        raise Wrong("a profile of a visitor whom nobody knows")
    return str(properties["transaction_id"])
