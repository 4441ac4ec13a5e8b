"""Umami's collector, as its source has it: one event a request, and a joke for bots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import AGENT, Call, StandIn, Wrong

WEBSITE: Final = "94db1cb1-74f4-4a40-ad6c-962362670409"
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_KNOWN: Final = frozenset({
    *("website", "hostname", "url", "title", "referrer", "language", "screen"),
    *("name", "data", "tag", "id", "ip", "userAgent", "timestamp"),
})  # fmt: skip


class Umami(StandIn):
    """Takes what belongs to its one website. It knows no credential: where it is refused, it is not at this address."""

    tag: ClassVar[str] = "umami"

    def settings(self) -> Mapping[str, Any]:
        return {"website_id": WEBSITE, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != "/api/send":
            return self.bad_token()
        body = call.json()
        row = body["payload"]
        if body["type"] != "event" or row["website"] != WEBSITE:
            return 400, {"error": {"message": "Website not found.", "code": "bad-request", "status": 400}}
        if call.headers.get("user-agent") != AGENT or row["userAgent"] != AGENT or not row.keys() <= _KNOWN:
            raise Wrong("a request in nobody's name, or with what Umami does not know")
        ip_address(row["ip"])
        if not isinstance(row["timestamp"], int) or (row["hostname"], row["url"]) != ("shop.example", "/done"):
            raise Wrong("an event without its time or page")
        if row["name"] != "purchase" or _FORMULA.match(row["name"]):
            raise Wrong("no purchase")
        if (row["data"]["revenue"], row["data"]["currency"]) != (48.5, "EUR"):
            raise Wrong("a purchase without its revenue")
        order = row["data"]["transaction_id"]
        if self.refuses(order):
            return 200, {"beep": "boop"}
        self.take([order])
        return 200, {"cache": "eyJhbGciOi", "sessionId": "s", "visitId": "v"}

    def bad_token(self) -> tuple[int, Any]:
        return 404, None

    def throttled(self) -> tuple[int, Any]:
        return 429, None
