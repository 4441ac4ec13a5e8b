"""APIs of nobody's in particular, which take lists and say by HTTP 200 what they think of them: for requests of one's own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.vendors.stand_in import Call, StandIn, Wrong

TOKEN = "the-token"
SECRET = "made-up"


class OwnApi(StandIn):
    """Its requests need a token that it gives to whoever has an id and a secret."""

    most_rows = 50

    def settings(self) -> Mapping[str, Any]:
        auth = {"token_url": f"{self.url}/token", "client_id": "me", "client_secret": SECRET}
        return {
            "type": "http_request",
            "url": f"{self.url}/events?shop={{{{ event.currency }}}}",
            "auth": {"type": "oauth2_client_credentials", **auth},
            "body": {"id": "{{ event.transaction_id }}", "value": "{{ event.value }}"},
            "batch": {"most": self.most_rows, "linger": "500ms", "wrap": {"source": "tagyard", "data": "{{ rows }}"}},
            "success": self.success(),
        }

    @abstractmethod
    def success(self) -> Any:
        """What a file says of its answers."""

    @abstractmethod
    def told(self, orders: list[str]) -> Any:
        """What it says of these, of which it ``take``\\ s what it likes."""

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path == "/token":
            form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
            if form != {"grant_type": "client_credentials", "client_id": "me", "client_secret": SECRET}:
                raise Wrong(f"a token for {form}")
            return 200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.bad_token()
        body = call.json()
        if body.keys() != {"source", "data"} or not 0 < len(body["data"]) <= self.most_rows or call.query != {"shop": "EUR"}:
            raise Wrong(f"a body with {sorted(body)} for {call.query}")
        return 200, self.told([row["id"] for row in body["data"]])

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"error": "invalid_client"}

    def throttled(self) -> tuple[int, Any]:
        return 429, None


class RowByRow(OwnApi):
    """Says of each whether it has it."""

    tag = "row_by_row"

    def success(self) -> Any:
        return {"when": "answer.code == 0", "row": "answer.results[index].ok"}

    def told(self, orders: list[str]) -> Any:
        self.take([order for order in orders if not self.refuses(order)])
        return {"code": 0, "results": [{"ok": not self.refuses(order)} for order in orders]}


class AllOrNothing(OwnApi):
    """Takes none where it minds one, and doesn't say which."""

    tag = "all_or_nothing"

    def success(self) -> Any:
        return "answer.code == 0"

    def told(self, orders: list[str]) -> Any:
        if any(self.refuses(order) for order in orders):
            return {"code": 3, "message": "one of them is wrong"}
        self.take(orders)
        return {"code": 0}
