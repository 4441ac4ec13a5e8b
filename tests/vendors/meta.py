"""Meta's Conversions API, as its documentation has it: one bad row fails the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

PIXEL: Final = "123456789012345"
TOKEN: Final = "EAAB-the-token"
_HASHED: Final = frozenset({"em", "ph", "fn", "ln", "ct", "st", "zp", "country", "db", "ge", "external_id"})


class Meta(StandIn):
    """Takes up to 1,000 rows."""

    tag: ClassVar[str] = "meta"
    most_rows: ClassVar[int] = 1000

    def settings(self) -> Mapping[str, Any]:
        return {"pixel_id": PIXEL, "access_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != f"/v25.0/{PIXEL}/events":
            return _error(400, 100, subcode=33)
        if call.query.get("access_token") != TOKEN:
            return self.bad_token()
        rows = call.json()["data"]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        for row in rows:
            _check(row)
        if any(self.refuses(row["custom_data"]["order_id"]) for row in rows):
            return _error(400, 100, subcode=2804009)
        self.take(row["custom_data"]["order_id"] for row in rows)
        return 200, {"events_received": len(rows), "messages": [], "fbtrace_id": "A"}

    def bad_token(self) -> tuple[int, Any]:
        return _error(400, 190)

    def throttled(self) -> tuple[int, Any]:
        return _error(400, 4)


def _check(row: Mapping[str, Any]) -> None:
    for name in ("event_name", "event_time", "user_data", "action_source", "event_source_url"):
        if name not in row:
            raise Wrong(f"a row without {name}")
    for name in _HASHED & row["user_data"].keys():
        hashed(row["user_data"][name])
    if row["event_name"] != "Purchase" or not {"value", "currency"} <= row["custom_data"].keys():
        raise Wrong("a purchase without value and currency")


def _error(status: int, code: int, subcode: int = 0) -> tuple[int, Any]:
    return status, {
        "error": {"message": "no", "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A"}
    }
