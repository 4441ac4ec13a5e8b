"""Matomo's bulk tracking, as its source has it: to a super user's token it names the requests that it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

from tests.vendors.stand_in import Call, StandIn, Wrong

TOKEN: Final = "0123456789abcdef0123456789abcdef"
_VISITOR: Final = re.compile(r"[0-9a-f]{16}")


class Matomo(StandIn):
    """Takes what belongs to its one website."""

    tag: ClassVar[str] = "matomo"
    most_rows: ClassVar[int] = 200

    def settings(self) -> Mapping[str, Any]:
        return {"endpoint": f"{self.url}/stats", "site_id": 3, "token_auth": TOKEN}

    def answer(self, call: Call) -> tuple[int, Any]:
        if call.path != "/stats/matomo.php":
            return 404, None
        envelope = call.json()
        if envelope["token_auth"] != TOKEN:
            return self.bad_token()
        rows = [dict(parse_qsl(row.removeprefix("?"), strict_parsing=True)) for row in envelope["requests"]]
        if not 0 < len(rows) <= self.most_rows:
            raise Wrong(f"{len(rows)} rows")
        if [row["cdt"] for row in rows] != sorted(row["cdt"] for row in rows):
            raise Wrong("requests that are not in the order in which it happened")
        for row in rows:
            _check(row)
        invalid = [index for index, row in enumerate(rows) if self.refuses(row["ec_id"])]
        self.take([row["ec_id"] for row in rows if not self.refuses(row["ec_id"])])
        tracked = len(rows) - len(invalid)
        return 200, {"status": "success", "tracked": tracked, "invalid": len(invalid), "invalid_indices": invalid}

    def bad_token(self) -> tuple[int, Any]:
        return 401, {"status": "error", "tracked": 0, "invalid": 0}

    def throttled(self) -> tuple[int, Any]:
        return 429, None

    def unwell(self) -> tuple[int, Any]:
        return 500, {"status": "error", "tracked": 1, "invalid": 0}


def _check(row: Mapping[str, str]) -> None:
    if (row["idsite"], row["rec"], row["apiv"], row["idgoal"]) != ("3", "1", "1", "0"):
        raise Wrong("no order of this website")
    if not _VISITOR.fullmatch(row["cid"]) or not {"cip", "url", "revenue"} <= row.keys():
        raise Wrong("an order without its visitor, page or revenue")
    if row["ec_items"] != '[["P1","Lamp","",24.25,2]]':
        raise Wrong(f"goods that are none: {row['ec_items']}")
