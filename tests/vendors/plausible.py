"""Plausible's Events API, as its documentation has it: one event a request, and a 202 with a header for what it drops."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, ClassVar

from tests.vendors.stand_in import AGENT, Call, StandIn, Wrong


class Plausible(StandIn):
    """Takes what belongs to its one site. It knows no credential: where it is refused, it is not at this address."""

    tag: ClassVar[str] = "plausible"

    def settings(self) -> Mapping[str, Any]:
        return {"domain": "shop.example", "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != "/api/event":
            return self.bad_token()
        if call.headers.get("user-agent") != AGENT or call.headers.get("content-type") != "application/json":
            raise Wrong("a request in nobody's name")
        ip_address(call.headers["x-forwarded-for"])
        row = call.json()
        if (row["domain"], row["name"]) != ("shop.example", "purchase") or not row["url"].startswith("https://shop.example/"):
            return 400, {"errors": {"url": ["is invalid"]}}
        if len(row["props"]) > 30 or not all(isinstance(value, str | int | float) for value in row["props"].values()):
            raise Wrong("properties that are none")
        if row["revenue"] != {"currency": "EUR", "amount": "48.5"}:
            raise Wrong("a purchase without its revenue")
        order = row["props"]["transaction_id"]
        if self.refuses(order):
            self.headers["x-plausible-dropped"] = "1"
        else:
            self.take([order])
        return 202, "ok"

    def bad_token(self) -> tuple[int, Any]:
        return 404, None

    def throttled(self) -> tuple[int, Any]:
        return 429, None
