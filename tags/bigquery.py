"""Writes events into a table of Google BigQuery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, TagExample, TagSettings
from core.context import Context
from core.fields import OpenTemplate
from core.grant import ServiceAccount
from core.types import Delivered, Event, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry, Skip
from core.undefined import UNDEFINED
from wire.authorization import TOKENS_AT_GOOGLE, KeyFile, service_account
from wire.bodies import as_json
from wire.conversions import judging, packing
from wire.conversions.moment import iso, micros
from wire.conversions.settings import Origin
from wire.conversions.vendor import VendorTag
from wire.own_data import own_data

ENDPOINT: Final = "https://bigquery.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/bigquery.insertdata"

_THROTTLED: Final = frozenset({"rateLimitExceeded", "quotaExceeded"})
_NOT_FOUND: Final = 404


class BigQuerySettings(TagSettings):
    """Writes events into a table of Google BigQuery."""

    project: str = Field(pattern="^[a-z0-9.:-]{4,100}$", description="The project's id.")
    dataset: str = Field(pattern="^[A-Za-z0-9_]+$", max_length=1024, description="The dataset.")
    table: str = Field(pattern="^[A-Za-z0-9_-]+$", max_length=1024, description="The table, which must be there.")
    service_account: KeyFile = Field(
        description="The text of a service account's key file (JSON); give it as ${NAME}. It must be an editor of the dataset."
    )
    columns: dict[str, OpenTemplate] | None = Field(
        None,
        description="The table's columns and what each gets; undefined: nothing. Default: `event_name`, `event_timestamp`, "
        "`client_id`, and `event`, the event data as JSON text.",
    )
    endpoint: Origin = Field(ENDPOINT, description="Scheme and host.")

    def composes(self) -> bool:
        return self.columns is not None


class BigQuery(VendorTag[BigQuerySettings]):
    """Writes events into a table of Google BigQuery, as they come.

    A column that the table does not have is left out, and a row that does not fit is given up by itself. A row that is sent
    again within about a minute is not written twice (``insertId``); later it may be: BigQuery promises no more.

    Without ``columns`` the table needs these, of which all but the first may be missing::

        event_name STRING, event_timestamp TIMESTAMP, client_id STRING, event JSON
    """

    Settings: ClassVar[type[TagSettings]] = BigQuerySettings
    _own_origins = (ENDPOINT,)
    _most = 500
    """As many as Google advises."""
    _most_bytes = 5 << 20
    _rows_at = ("rows",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="A purchase in columns of one's own",
            settings={
                "project": "example-project",
                "dataset": "events",
                "table": "purchases",
                "service_account": '{"client_email": "robot@project.example", "private_key": "PEM"}',
                "columns": {"order": "{{ event.transaction_id }}", "value": "{{ event.value }}", "coupon": "{{ event.coupon }}"},
            },
            event={"event_name": "purchase", "client_id": "1.2", "transaction_id": "A-2040", "value": 48.5},
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/bigquery/v2/projects/example-project/datasets/events/tables/purchases/insertAll",
                    headers=packing.JSON,
                    body=b'{"skipInvalidRows":true,"ignoreUnknownValues":true,"rows":[{"insertId":"r1-0","json":'
                    b'{"order":"A-2040","value":48.5}}]}',
                    payloads=(0,),
                    grant=ServiceAccount(TOKENS_AT_GOOGLE, SCOPE, "robot@project.example", "PEM"),
                ),
            ),
        ),
    )

    def __init__(self, settings: BigQuerySettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._grant = service_account(settings.service_account, SCOPE)
        place = f"projects/{settings.project}/datasets/{settings.dataset}/tables/{settings.table}"
        self._url = f"{settings.endpoint}/bigquery/v2/{place}/insertAll"

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The row's columns."""
        columns = self._settings.columns
        if columns is None:
            row = _usual(event, context)
        else:
            scope = context.on(event)
            values = {name: template.evaluate(scope) for name, template in columns.items()}
            row = {name: value for name, value in values.items() if value is not UNDEFINED}
        return context.payload({"row": row}, self._settings.endpoint) if row else Skip("every column is undefined")

    def _request(self, payloads: Sequence[Payload], part: Sequence[int], now: int) -> OutboundRequest:  # noqa: ARG002
        rows = [
            {"insertId": f"{payloads[index].group}-{payloads[index].position}", "json": payloads[index].body["row"]}
            for index in part
        ]
        return self._post(self._body(rows), part)

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"skipInvalidRows": True, "ignoreUnknownValues": True, "rows": rows}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """Row by row: what is not named among the errors of a 200 was written."""
        answer = judging.answer(response)
        if judging.ok(response):
            return _by_rows(request, response, answer)
        reason, message = judging.at(answer, "error", "errors", 0, "reason"), judging.at(answer, "error", "message")
        said = judging.words(response, reason, message)
        if str(reason) in _THROTTLED:
            return Retry(said)
        if response.status == _NOT_FOUND:  # one that was just made is not known everywhere for some minutes
            return Retry(said, credential=True)
        return judging.refusal(response, reason, message)


def _usual(event: Event, context: Context) -> dict[str, Any]:
    row = {
        "event_name": event.get("event_name"),
        "event_timestamp": iso(micros(event, context)),
        "client_id": event.get("client_id"),
        "event": as_json(own_data(event)).decode(),
    }
    return {name: value for name, value in row.items() if value is not None}


def _by_rows(request: Outbound, response: Response, answer: Mapping[str, Any]) -> Outcome | Sequence[Outcome]:
    errors = judging.named(answer.get("insertErrors", []), request)
    if errors is None or "error" in answer or not judging.is_object(response):
        return judging.taken(response, "BigQuery", told=False)
    outcomes: list[Outcome] = [Delivered()] * len(request.payloads)
    for index, error in errors.items():
        first = judging.at(error, "errors", 0)
        said = judging.words(response, judging.at(first, "location"), judging.at(first, "message"))
        wrong = judging.at(first, "reason") == "invalid"
        outcomes[index] = Rejected(said) if wrong else Retry(judging.words(response, judging.at(first, "reason")))
    return outcomes
