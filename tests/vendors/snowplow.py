"""A Snowplow collector with what stands behind it: it takes whatever comes, and here what no schema takes is a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final
from uuid import UUID

from tests.vendors.stand_in import Call, StandIn, Wrong

PAYLOAD: Final = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
_SHOP: Final = "iglu:com.snowplowanalytics.snowplow.ecommerce"
_DEMANDED: Final[Mapping[str, Sequence[str]]] = {
    "transaction": ("transaction_id", "revenue", "payment_method", "currency", "total_quantity"),
    "product": ("id", "category", "price", "currency"),
}
_NUMBERS: Final = frozenset({"revenue", "total_quantity", "price", "quantity"})


class Snowplow(StandIn):
    """Takes every order, and says of none that it is bad. Without a credential, what it refuses is not for a collector."""

    tag: ClassVar[str] = "snowplow"
    most_rows: ClassVar[int] = 200

    def settings(self) -> Mapping[str, Any]:
        return {"endpoint": self.url, "app_id": "shop"}

    @staticmethod
    def refuses(order: str) -> bool:  # noqa: ARG004  none
        return False

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != "/com.snowplowanalytics.snowplow/tp2":
            return self.bad_token()
        if call.headers.get("content-type") != "application/json; charset=utf-8" or len(call.body) > 2_000_000:
            raise Wrong("a body that is not as Snowplow has them")
        envelope = call.json()
        rows = envelope["data"]
        if envelope["schema"] != PAYLOAD or not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        self.take([_order(row) for row in rows])
        return 200, "ok"

    def bad_token(self) -> tuple[int, Any]:
        return 404, None

    def throttled(self) -> tuple[int, Any]:
        return 429, None


def _order(row: Mapping[str, Any]) -> str:
    if not all(isinstance(value, str) for value in row.values()):
        raise Wrong("a value that is no text")
    if not {"aid", "p", "tv", "eid", "dtm", "stm", "url", "duid", "sid", "ip", "ua"} <= row.keys() or row["e"] != "ue":
        raise Wrong(f"a row with {sorted(row)} alone")
    UUID(row["eid"])
    UUID(row["sid"])
    said = json.loads(row["ue_pr"])
    if said["data"] != {"schema": f"{_SHOP}/snowplow_ecommerce_action/jsonschema/1-0-2", "data": {"type": "transaction"}}:
        raise Wrong("no transaction")
    entities = {entity["schema"].split("/")[1]: entity["data"] for entity in json.loads(row["co"])["data"]}
    for name, demanded in _DEMANDED.items():
        data = entities[name]
        if not data.keys() >= set(demanded) or any(isinstance(value, str) == (key in _NUMBERS) for key, value in data.items()):
            raise Wrong(f"a {name} of {data}")
    return str(entities["transaction"]["transaction_id"])
