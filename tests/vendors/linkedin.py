"""LinkedIn's Conversions API, as its documentation has it: what is wrong is named, and the rest is refused with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tests.vendors.stand_in import Call, StandIn, Wrong, hashed

RULE: Final = "23456"
TOKEN: Final = "AQX-the-token"
_HEADERS: Final = {"linkedin-version": "202608", "x-restli-protocol-version": "2.0.0", "content-type": "application/json"}


class LinkedIn(StandIn):
    """Takes one event, or up to 5,000 elements."""

    tag: ClassVar[str] = "linkedin"
    most_rows: ClassVar[int] = 5000

    def settings(self) -> Mapping[str, Any]:
        return {"conversion_rule_id": RULE, "access_token": TOKEN, "endpoint": self.url}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != "/rest/conversionEvents" or not _HEADERS.items() <= call.headers.items():
            raise Wrong(f"a request to {call.path} with {sorted(call.headers)}")
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.bad_token()
        body = call.json()
        is_batch = call.headers.get("x-restli-method") == "BATCH_CREATE"
        if is_batch != ("elements" in body):
            raise Wrong("elements and BATCH_CREATE go together")
        rows = body["elements"] if is_batch else [body]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} elements")
        for row in rows:
            _check(row)
        bad = [index for index, row in enumerate(rows) if self.refuses(row["eventId"])]
        if bad:
            return _refused(bad, is_batch)
        self.take(row["eventId"] for row in rows)
        return (200, {"elements": [{"status": 201} for _ in rows]}) if is_batch else (201, None)

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "revoked"}

    def throttled(self) -> tuple[int, Any]:
        return 429, {"status": 429, "message": "Resource level throttle limit for calls to this resource is reached."}


def _check(row: Mapping[str, Any]) -> None:
    if row["conversion"] != f"urn:lla:llaPartnerConversion:{RULE}" or len(str(row["conversionHappenedAt"])) != 13:
        raise Wrong("another conversion, or a time that is not in milliseconds")
    value = row["conversionValue"]
    if not isinstance(value["amount"], str) or len(value["currencyCode"]) != 3:
        raise Wrong(f"a value of {value}")
    ids = {each["idType"]: each["idValue"] for each in row["user"]["userIds"]}
    hashed(ids["SHA256_EMAIL"])
    info = row["user"].get("userInfo")
    if info is not None and not {"firstName", "lastName"} <= info.keys():
        raise Wrong("a userInfo without both names")


def _refused(bad: Sequence[int], is_batch: bool) -> tuple[int, Any]:
    said = "ERROR :: /conversionValue/amount :: field is required but not found and has no default value"
    lines = [f"Index: {index}, {said}" for index in bad] if is_batch else [said]
    return 422, {"status": 422, "message": "\n".join(lines)}
