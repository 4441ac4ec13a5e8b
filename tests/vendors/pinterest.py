"""Pinterest's Conversions API, as its OpenAPI description has it: an unknown key fails the request, a bad row fails alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

ACCOUNT: Final = "549755885175"
TOKEN: Final = "pina_the-token"
WARNING: Final = "'em' is in the list of parameters that Pinterest recommends; it is " + "it is better to send more of them. " * 4
_NAMES: Final = frozenset({
    *("add_payment_info", "add_to_cart", "add_to_wishlist", "app_install", "checkout", "custom", "initiate_checkout", "lead"),
    *("page_visit", "search", "signup", "subscribe", "view_category", "view_content", "watch_video"),
})  # fmt: skip
_REQUIRED: Final = frozenset({"event_name", "action_source", "event_time", "event_id", "user_data"})
_ROW: Final = _REQUIRED | {"event_source_url", "opt_out", "custom_data", "language"}
_HASHED: Final = frozenset({"em", "ph", "ge", "db", "ln", "fn", "ct", "st", "zp", "country", "external_id", "hashed_maids"})
_PLAIN: Final = frozenset({"client_ip_address", "client_user_agent", "click_id", "partner_id"})
_CUSTOM_DATA: Final = frozenset({
    *("currency", "value", "content_ids", "content_name", "content_category", "content_brand", "contents", "num_items"),
    *("order_id", "search_string", "predicted_ltv", "opt_out_type", "np"),
})  # fmt: skip
_CONTENT: Final = frozenset({"id", "item_name", "item_category", "item_brand", "item_price", "quantity"})


class Pinterest(StandIn):
    """Takes up to 1,000 rows, and says of each what became of it."""

    tag: ClassVar[str] = "pinterest"
    most_rows: ClassVar[int] = 1000

    def settings(self) -> Mapping[str, Any]:
        return {"ad_account_id": ACCOUNT, "access_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != f"/v5/ad_accounts/{ACCOUNT}/events" or call.query:
            return 404, {"code": 50, "message": "no such ad account"}
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.bad_token()
        body = call.json()
        _known("envelope", body, frozenset({"data"}))
        rows = body["data"]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        for row in rows:
            _check(row)
        orders = [row["custom_data"]["order_id"] for row in rows]
        self.take([order for order in orders if not self.refuses(order)])
        return self._told(orders)

    def _told(self, orders: list[str]) -> tuple[int, Any]:
        events = [
            {"status": "failed", "error_message": "no", "warning_message": None}
            if self.refuses(order)
            else {"status": "processed", "error_message": None, "warning_message": WARNING}
            for order in orders
        ]
        bad = sum(event["status"] == "failed" for event in events)
        told = {"num_events_received": len(events), "num_events_processed": len(events) - bad, "events": events}
        return (422, {"code": 4181, "message": "some events failed", "details": told}) if bad else (200, told)

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"code": 2, "message": "Authentication failed."}

    def throttled(self) -> tuple[int, Any]:
        return 429, {"code": 8, "message": "You have exceeded your rate limit."}


def _known(what: str, found: Mapping[str, Any], keys: frozenset[str]) -> None:
    if more := found.keys() - keys:
        raise Wrong(f"additional properties are not allowed: {sorted(more)} in {what}")


def _check(row: Mapping[str, Any]) -> None:
    _known("row", row, _ROW)
    if missing := _REQUIRED - row.keys():
        raise Wrong(f"a row without {sorted(missing)}")
    if row["event_name"] not in _NAMES or row["action_source"] != "web":
        raise Wrong(f"{row['event_name']} of {row['action_source']}")
    person = row["user_data"]
    _known("user_data", person, _HASHED | _PLAIN)
    for name in _HASHED & person.keys():
        if not isinstance(person[name], list):
            raise Wrong(f"{name} is no list")
        hashed(person[name])
    if not (person.keys() & {"em", "hashed_maids"} or {"client_ip_address", "client_user_agent"} <= person.keys()):
        raise Wrong("nobody to know")
    bought = row["custom_data"]
    _known("custom_data", bought, _CUSTOM_DATA)
    for content in bought["contents"]:
        _known("contents", content, _CONTENT)
    if not all(isinstance(each, str) for each in (bought["value"], *(content["item_price"] for content in bought["contents"]))):
        raise Wrong("an amount that is no text")
