"""Snapchat's Conversions API, as its documentation has it: one bad row fails the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

PIXEL: Final = "6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b"
TOKEN: Final = "eyJ-the-token"
_HASHED: Final = frozenset({"em", "ph", "fn", "ln", "ge", "ct", "st", "zp", "country", "external_id"})
_NAMES: Final = frozenset({
    *("PURCHASE", "SAVE", "START_CHECKOUT", "ADD_CART", "VIEW_CONTENT", "ADD_BILLING", "SIGN_UP", "SEARCH", "PAGE_VIEW"),
    *("SUBSCRIBE", "AD_CLICK", "AD_VIEW", "COMPLETE_TUTORIAL", "INVITE", "LOGIN", "SHARE", "RESERVE", "ADD_TO_WISHLIST"),
    *("ACHIEVEMENT_UNLOCKED", "SPENT_CREDITS", "RATE", "START_TRIAL", "LIST_VIEW", "LEVEL_COMPLETE", "APP_INSTALL", "APP_OPEN"),
    *(f"CUSTOM_EVENT_{number}" for number in range(1, 6)),
})  # fmt: skip


class Snapchat(StandIn):
    """Takes up to 2,000 rows."""

    tag: ClassVar[str] = "snapchat"
    most_rows: ClassVar[int] = 2000

    def settings(self) -> Mapping[str, Any]:
        return {"pixel_id": PIXEL, "access_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != f"/v3/{PIXEL}/events":
            return 404, None
        if call.query != {"access_token": TOKEN}:
            return self.bad_token()
        rows = call.json()["data"]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        for row in rows:
            _check(row)
        orders = [row["custom_data"]["order_id"] for row in rows]
        bad = next((index for index, order in enumerate(orders) if self.refuses(order)), None)
        if bad is not None:
            errors = {"codes": ["517"], "error_msgs": ["no"]}
            return 400, {"status": "INVALID", "event": bad, "reason": "One or more events are invalid.", "errors": errors}
        self.take(orders)
        return 200, {"status": "VALID", "reason": "Events have been processed successfully."}

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"status": "ERROR", "reason": "Unauthorized"}

    def throttled(self) -> tuple[int, Any]:
        return 429, None


def _check(row: Mapping[str, Any]) -> None:
    for name in ("event_name", "event_time", "user_data", "action_source", "event_source_url"):
        if name not in row:
            raise Wrong(f"a row without {name}")
    person, bought = row["user_data"], row["custom_data"]
    for name in _HASHED & person.keys():
        hashed(person[name])
    if not (person.keys() & {"em", "ph", "madid"} or {"client_ip_address", "client_user_agent"} <= person.keys()):
        raise Wrong("too little about the person")
    if row["event_name"] not in _NAMES:
        raise Wrong(f"an event named {row['event_name']}")
    if row["event_name"] == "PURCHASE" and not (isinstance(bought.get("value"), int | float) and bought.get("currency")):
        raise Wrong("a purchase without value and currency")
