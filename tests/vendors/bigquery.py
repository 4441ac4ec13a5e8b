"""BigQuery's ``insertAll``, as its documentation has it: rows that do not fit are named in a 200."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.vendors.google import Google, key_file
from tests.vendors.stand_in import Call, Wrong


class BigQuery(Google):
    """Takes up to 500 rows, each with an id by which it knows one that comes again."""

    tag: ClassVar[str] = "bigquery"
    most_rows: ClassVar[int] = 500
    scope = "https://www.googleapis.com/auth/bigquery.insertdata"

    def settings(self) -> Mapping[str, Any]:
        place = {"project": "example-project", "dataset": "events", "table": "raw"}
        columns = {"order": "{{ event.transaction_id }}", "value": "{{ event.value }}"}
        return {**place, "columns": columns, "service_account": key_file(self.url), "endpoint": self.url}

    def take_in(self, call: Call) -> tuple[int, Any]:
        rows = call.json()["rows"]
        if call.path != "/bigquery/v2/projects/example-project/datasets/events/tables/raw/insertAll":
            return 404, {"error": {"errors": [{"reason": "notFound"}]}}
        if not 0 < len(rows) <= self.most_rows or len({row["insertId"] for row in rows}) != len(rows):
            raise Wrong(f"{len(rows)} rows")
        orders = [row["json"]["order"] for row in rows]
        wrong = [{"reason": "invalid", "location": "value", "message": "no"}]
        errors = [{"index": index, "errors": wrong} for index, order in enumerate(orders) if self.refuses(order)]
        self.take([order for order in orders if not self.refuses(order)])
        return 200, {"kind": "bigquery#tableDataInsertAllResponse", **({"insertErrors": errors} if errors else {})}
