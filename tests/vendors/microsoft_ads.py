"""Microsoft's UET Conversions API, as its documentation has it: a bad row fails alone where the request asks for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

UET_TAG: Final = "187012345"
TOKEN: Final = "eyJ-the-token"
_KNOWN_BY: Final = frozenset({"anonymousId", "externalId", "em", "ph", "msclkid", "idfa", "gaid"})
_PAGES: Final = frozenset({"cart", "category", "home", "other", "product", "purchase", "searchresults"})


class MicrosoftAds(StandIn):
    """Takes up to 1,000 rows, and names those that it does not take."""

    tag: ClassVar[str] = "microsoft_ads"
    most_rows: ClassVar[int] = 1000

    def settings(self) -> Mapping[str, Any]:
        return {"uet_tag_id": UET_TAG, "access_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != f"/v1/{UET_TAG}/events" or call.query:
            return 404, None
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.bad_token()
        body = call.json()
        rows = body["data"]
        if not 0 < len(rows) <= self.most_rows or body["continueOnValidationError"] is not True:
            raise Wrong(f"{len(rows)} rows")
        for row in rows:
            _check(row)
        orders = [row["customData"]["transactionId"] for row in rows]
        good = [order for order in orders if not self.refuses(order)]
        self.take(good)
        details = [_detail(index) for index, order in enumerate(orders) if self.refuses(order)]
        if not details:
            return 200, {"eventsReceived": len(good), "traceId": "T"}
        error = {"code": "ValidationError", "message": "Some events are invalid.", "details": details}
        return 400, {"eventsReceived": len(good), "error": error, "traceId": "T"}

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"error": {"code": "Unauthorized", "message": "The token is not valid."}, "traceId": "T"}

    def throttled(self) -> tuple[int, Any]:
        return 429, None


def _detail(index: int) -> Mapping[str, Any]:
    said = {"propertyName": "customData.value", "attemptedValue": "x", "errorMessage": "no", "errorCode": "E"}
    return {"index": index, **said, "isWarning": False}


def _check(row: Mapping[str, Any]) -> None:
    person, bought = row["userData"], row["customData"]
    if row["eventType"] != "custom" or not row["eventName"] or not isinstance(row["eventTime"], int):
        raise Wrong(f"a row of type {row['eventType']}")
    if not person.keys() & _KNOWN_BY:
        raise Wrong("nobody to know")
    for name in person.keys() & {"em", "ph"}:
        if not isinstance(person[name], str):
            raise Wrong(f"{name} is no text")
        hashed(person[name])
    if row.get("adStorageConsent") not in (None, "G", "D") or bought.get("pageType", "other") not in _PAGES:
        raise Wrong(f"{row.get('adStorageConsent')} on {bought.get('pageType')}")
    if not isinstance(bought["value"], int | float) or bought["itemIds"] != [item["id"] for item in bought["items"]]:
        raise Wrong("value and items")
