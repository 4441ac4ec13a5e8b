"""TikTok's Events API, as its documentation has it: HTTP 200 for everything, and a code; one bad row fails the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

PIXEL: Final = "C123EXAMPLE456"
TOKEN: Final = "the-token"
_HASHED: Final = frozenset({"email", "phone", "external_id", "first_name", "last_name", "zip_code"})


class TikTok(StandIn):
    """Takes up to 1,000 rows; of the bad ones it names the first."""

    tag: ClassVar[str] = "tiktok"
    most_rows: ClassVar[int] = 1000

    def settings(self) -> Mapping[str, Any]:
        return {"pixel_code": PIXEL, "access_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != "/open_api/v1.3/event/track/":
            raise Wrong(f"a request to {call.path}")
        if call.headers.get("access-token") != TOKEN:
            return self.bad_token()
        envelope = call.json()
        if (envelope["event_source"], envelope["event_source_id"]) != ("web", PIXEL):
            return _said(40001, "No permission to operate the pixel")
        rows = envelope["data"]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        for row in rows:
            _check(row)
        bad = next((index for index, row in enumerate(rows) if self.refuses(row["properties"]["order_id"])), None)
        if bad is not None:
            return _said(40002, f"Batch.{bad}.properties.contents.0.content_id: Not a valid string")
        self.take(row["properties"]["order_id"] for row in rows)
        return _said(0, "OK")

    def bad_token(self) -> tuple[int, Any]:
        return _said(40105, "Access token is incorrect or has been revoked.")

    def throttled(self) -> tuple[int, Any]:
        return _said(40100, "Too many requests. Please retry in some time.")


def _check(row: Mapping[str, Any]) -> None:
    for name in ("event", "event_time", "event_id", "user", "page", "properties"):
        if name not in row:
            raise Wrong(f"a row without {name}")
    for name in _HASHED & row["user"].keys():
        hashed(row["user"][name])
    properties = row["properties"]
    if row["event"] != "Purchase" or not {"value", "currency"} <= properties.keys():
        raise Wrong("a purchase without value and currency")
    if properties["content_type"] != "product" or not all(isinstance(each["content_id"], str) for each in properties["contents"]):
        raise Wrong("contents without a content_id")


def _said(code: int, message: str) -> tuple[int, Any]:
    return 200, {"code": code, "message": message, "request_id": "2026", "data": {}}
