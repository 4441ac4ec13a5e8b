"""Reddit's Conversions API, as its documentation has it: bad rows fail the request, and are repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

PIXEL: Final = "a2_example"
TOKEN: Final = "eyJ-the-token"
_TYPES: Final = frozenset({
    *("PAGE_VISIT", "VIEW_CONTENT", "SEARCH", "ADD_TO_CART", "ADD_TO_WISHLIST", "PURCHASE", "LEAD", "SIGN_UP", "CUSTOM"),
})  # fmt: skip
_HASHED: Final = frozenset({"email", "phone_number", "external_id"})


class Reddit(StandIn):
    """Takes up to 1,000 rows."""

    tag: ClassVar[str] = "reddit"
    most_rows: ClassVar[int] = 1000

    def settings(self) -> Mapping[str, Any]:
        return {"pixel_id": PIXEL, "access_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != f"/api/v3/pixels/{PIXEL}/conversion_events" or call.query:
            return 404, {"error": {"code": 404, "message": "not found"}}
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.bad_token()
        if "tagyard" not in call.headers.get("user-agent", ""):
            raise Wrong("a program that does not say its name")
        rows = call.json()["data"]["events"]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        for row in rows:
            _check(row)
        bad = [row for row in rows if self.refuses(row["metadata"]["conversion_id"])]
        if bad:
            message = f"There were {len(bad)} invalid conversion events. None were processed."
            return 400, {"message": message, "invalid_events": [{"error_message": "no", "event": row} for row in bad]}
        self.take([row["metadata"]["conversion_id"] for row in rows])
        return 200, {"data": {"message": f"Successfully processed {len(rows)} conversion events."}}

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"success": False, "error": {"reason": "UNAUTHORIZED", "explanation": "This server could not verify it."}}

    def throttled(self) -> tuple[int, Any]:
        return 429, None


def _check(row: Mapping[str, Any]) -> None:
    person, bought = row["user"], row["metadata"]
    if row["type"]["tracking_type"] not in _TYPES or row["action_source"] != "WEBSITE" or "event_source_url" not in row:
        raise Wrong(f"{row['type']} of {row['action_source']}")
    if not isinstance(row["event_at"], int) or row["event_at"] < 10**12:
        raise Wrong("a time that is not in milliseconds")
    for name in person.keys() & _HASHED:
        if not isinstance(person[name], str):
            raise Wrong(f"{name} is no text")
        hashed(person[name])
    if not isinstance(bought["value"], int | float) or bought["item_count"] != sum(
        each["quantity"] for each in bought["products"]
    ):
        raise Wrong("value and products")
