"""X's conversion API, as its documentation has it: all or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

PIXEL: Final = "o8z6j"
EVENT: Final = "tw-o8z6j-o87ne"
TOKEN: Final = "the-token"
_ENOUGH: Final = frozenset({"twclid", "hashed_email", "hashed_phone_number"})
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class X(StandIn):
    """Takes up to 500 conversions."""

    tag: ClassVar[str] = "x"
    most_rows: ClassVar[int] = 500

    def settings(self) -> Mapping[str, Any]:
        return {"pixel_id": PIXEL, "event_id": EVENT, "pixel_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != f"/12/measurement/conversions/{PIXEL}":
            return 404, _error("ROUTE_NOT_FOUND", "no such pixel")
        if call.headers.get("x-pixel-token") != TOKEN:
            return self.bad_token()
        rows = call.json()["conversions"]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong("Conversion count limit is 500")
        for row in rows:
            _check(row)
        if any(self.refuses(row["conversion_id"]) for row in rows):
            return 400, _error("INVALID_PARAMETER", "Event_id is not a single event tag")
        self.take(row["conversion_id"] for row in rows)
        return 200, {"request": {"params": {}}, "data": {"conversions_processed": len(rows), "debug_id": "ee82-example"}}

    def bad_token(self) -> tuple[int, Any]:
        return 401, _error("UNAUTHORIZED_ACCESS", "This request is not properly authenticated")

    def throttled(self) -> tuple[int, Any]:
        return 429, _error("TOO_MANY_REQUESTS", "Too many requests")


def _check(row: Mapping[str, Any]) -> None:
    if row["event_id"] != EVENT or not _TIME.fullmatch(row["conversion_time"]):
        raise Wrong("another event, or a time that is none")
    if not all(_ENOUGH & identifier.keys() for identifier in row["identifiers"]):
        raise Wrong("At least one user identifier must be provided")
    for identifier in row["identifiers"]:
        hashed([value for name, value in identifier.items() if name.startswith("hashed_")])
    if not {"value", "price_currency", "number_items", "contents"} <= row.keys():
        raise Wrong("a purchase without value and currency")


def _error(code: str, message: str) -> Mapping[str, Any]:
    return {"errors": [{"code": code, "message": message, "parameter": "conversions"}], "request": {"params": {}}}
