"""Pub/Sub's ``publish``, as its documentation has it: all or nothing. It refuses messages by no rule that a purchase breaks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.vendors.google import Google, key_file
from tests.vendors.stand_in import Call, Wrong


class PubSub(Google):
    """Takes up to 1,000 messages."""

    tag: ClassVar[str] = "pubsub"
    most_rows: ClassVar[int] = 1000
    scope = "https://www.googleapis.com/auth/pubsub"

    def settings(self) -> Mapping[str, Any]:
        return {"project": "example-project", "topic": "events", "service_account": key_file(self.url), "endpoint": self.url}

    def take_in(self, call: Call) -> tuple[int, Any]:
        messages = call.json()["messages"]
        if call.path != "/v1/projects/example-project/topics/events:publish":
            return 404, {"error": {"status": "NOT_FOUND"}}
        if not 0 < len(messages) <= self.most_rows or len({message.get("orderingKey") for message in messages}) > 1:
            raise Wrong(f"{len(messages)} messages")
        orders = [json.loads(base64.b64decode(message["data"]))["transaction_id"] for message in messages]
        if any(self.refuses(order) for order in orders):
            return 400, {"error": {"status": "INVALID_ARGUMENT", "message": "no"}}
        self.take(orders)
        return 200, {"messageIds": [str(number) for number in range(len(orders))]}
