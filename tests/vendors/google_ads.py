"""Google's Data Manager API, as its documentation has it: one wrong event refuses the request, and is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from tests.vendors.google import Google, key_file
from tests.vendors.stand_in import Call, Wrong, hashed

ACTION: Final = "987654321"


class GoogleAds(Google):
    """Takes up to 2,000 events."""

    tag: ClassVar[str] = "google_ads"
    most_rows: ClassVar[int] = 2000
    scope = "https://www.googleapis.com/auth/datamanager"

    def settings(self) -> Mapping[str, Any]:
        account = {"id": "123-456-7890"}
        known = {"conversion_action_id": ACTION, "operating_account": account, "endpoint": self.url}
        return {**known, "service_account": key_file(self.url)}

    def take_in(self, call: Call) -> tuple[int, Any]:
        body = call.json()
        destination = {"accountType": "GOOGLE_ADS", "accountId": "1234567890"}
        if body["destinations"] != [{"operatingAccount": destination, "productDestinationId": ACTION}]:
            raise Wrong("a destination that is none")
        events = body["events"]
        if call.path != "/v1/events:ingest" or not 0 < len(events) <= self.most_rows or body["encoding"] != "HEX":
            raise Wrong(f"{len(events)} events to {call.path}")
        for event in events:
            _check(event)
        wrong = [place for place, event in enumerate(events) if self.refuses(event["transactionId"])]
        if wrong:
            return _refusal(wrong[:1])  # the first that it finds
        self.take(event["transactionId"] for event in events)
        return 200, {"requestId": "126365e1"}


def _check(event: Mapping[str, Any]) -> None:
    if not {"transactionId", "eventTimestamp", "userData"} <= event.keys():
        raise Wrong("an event without what is required")
    for identifier in event["userData"]["userIdentifiers"]:
        for name, value in identifier.items():
            if name == "address":
                hashed([value["givenName"], value["familyName"]])
            else:
                hashed(value)


def _refusal(places: list[int]) -> tuple[int, Any]:
    violations = [{"field": f"events[{place}].conversion_value", "reason": "INVALID_NUMBER"} for place in places]
    details = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "INVALID_ARGUMENT"},
        {"fieldViolations": violations},
    ]
    return 400, {"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT", "details": details}}
