"""Klaviyo's events, as its OpenAPI description has them: one a request, in JSON:API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import EMAIL, Call, StandIn, Wrong

KEY: Final = "pk_the-key"
_ATTRIBUTES: Final = frozenset(
    {"properties", "time", "value", "value_currency", "unique_id", "metric", "profile"}
)  # and no other but ``backfill``
_PROFILE: Final = frozenset({"id", "email", "phone_number", "external_id", "anonymous_id", "_kx", "first_name", "last_name"})


class Klaviyo(StandIn):
    """Takes one event, and says 202 without a word."""

    tag: ClassVar[str] = "klaviyo"
    wants_clear = True

    def settings(self) -> Mapping[str, Any]:
        return {"api_key": KEY, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.headers.get("authorization") != f"Klaviyo-API-Key {KEY}":
            return self.bad_token()
        if call.path != "/api/events" or call.query or call.headers.get("revision") != "2026-07-15":
            raise Wrong(f"a request to {call.path} of {call.headers.get('revision')}")
        if call.headers.get("content-type") != "application/vnd.api+json":
            raise Wrong("another type of content")
        event = _attributes("event", call.json(), _ATTRIBUTES)
        _attributes("metric", event["metric"], frozenset({"name"}))
        if _attributes("profile", event["profile"], _PROFILE).get("email") != EMAIL:
            raise Wrong("somebody else")
        if not isinstance(event["value"], int | float) or event["value_currency"] != "EUR" or not event["unique_id"]:
            raise Wrong("a purchase without value, currency and id")
        order = event["properties"]["transaction_id"]
        if self.refuses(order):
            return _error(400, "invalid")
        self.take([order])
        return 202, None

    def bad_token(self) -> tuple[int, Any]:
        return _error(401, "not_authenticated")

    def throttled(self) -> tuple[int, Any]:
        return _error(429, "throttled")


def _attributes(type: str, found: Any, allowed: frozenset[str]) -> Mapping[str, Any]:
    data = found["data"]
    if found.keys() != {"data"} or data.keys() != {"type", "attributes"} or data["type"] != type:
        raise Wrong(f"no {type}: {found}")
    if more := data["attributes"].keys() - allowed:
        raise Wrong(f"a {type} with {sorted(more)}")
    attributes: Mapping[str, Any] = data["attributes"]
    return attributes


def _error(status: int, code: str) -> tuple[int, Any]:
    said = {"id": "1", "status": status, "code": code, "title": "No.", "detail": "no", "source": {"pointer": "/data"}, "meta": {}}
    return status, {"errors": [said]}
