"""Publishes events to a topic of Google Cloud Pub/Sub."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import Field

from core.component import Setup, TagExample, TagSettings
from core.context import Context, Scope
from core.expressions.values import text_of
from core.fields import OpenTemplate
from core.grant import ServiceAccount
from core.types import Event, Outbound, OutboundRequest, Outcome, Payload, Response, Retry, Skip
from core.undefined import UNDEFINED
from wire.authorization import TOKENS_AT_GOOGLE, KeyFile, service_account
from wire.bodies import as_json
from wire.conversions import judging, packing
from wire.conversions.settings import Origin
from wire.conversions.vendor import VendorTag
from wire.own_data import own_data

ENDPOINT: Final = "https://pubsub.googleapis.com"
SCOPE: Final = "https://www.googleapis.com/auth/pubsub"

_AGAIN: Final = frozenset({409, 499})
_NOT_FOUND: Final = 404


class PubSubSettings(TagSettings):
    """Publishes events to a topic of Google Cloud Pub/Sub."""

    project: str = Field(pattern="^[a-z0-9.:-]{4,100}$", description="The project's id.")
    topic: str = Field(pattern="^[A-Za-z][A-Za-z0-9_.~+%-]{2,254}$", description="The topic.")
    service_account: KeyFile = Field(
        description="The text of a service account's key file (JSON); give it as ${NAME}. It must be a publisher of the topic."
    )
    body: OpenTemplate | None = Field(
        None, description="What is published, as JSON; default: the event data without `user_data`, `x-ga-*` and `x-sst-*`."
    )
    attributes: dict[str, OpenTemplate] = Field({}, max_length=100, description="The message's attributes; undefined: left out.")
    ordering_key: OpenTemplate | None = Field(
        None,
        description="Messages of one key arrive in order, where the subscription wants that; such as `{{ event.client_id }}`.",
    )
    endpoint: Origin = Field(
        ENDPOINT,
        description="Scheme and host; with an `ordering_key` one of a region: https://europe-west1-pubsub.googleapis.com.",
    )

    def composes(self) -> bool:
        return self.body is not None


class PubSub(VendorTag[PubSubSettings]):
    """Publishes events to a topic of Google Cloud Pub/Sub, up to a thousand with one request.

    A message may be published twice, as with all that is sent again where an answer is lost: whoever reads them tells them
    apart by an attribute of your own, such as ``transaction_id``.
    """

    Settings: ClassVar[type[TagSettings]] = PubSubSettings
    _own_origins = (ENDPOINT,)
    _most = 1000
    _most_bytes = 6 << 20
    """Of payloads: in base64 they are a third larger, and Google takes 10 MB."""
    _rows_at = ("messages",)

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="Every event, with its name as an attribute",
            settings={
                "project": "example-project",
                "topic": "events",
                "service_account": '{"client_email": "robot@project.example", "private_key": "PEM"}',
                "attributes": {"event_name": "{{ event.event_name }}"},
            },
            event={"event_name": "purchase", "user_data": {"email": "a@b.example"}},
            sends=(
                OutboundRequest(
                    method="POST",
                    url=f"{ENDPOINT}/v1/projects/example-project/topics/events:publish",
                    headers=packing.JSON,
                    body=b'{"messages":[{"data":"eyJldmVudF9uYW1lIjoicHVyY2hhc2UifQ==","attributes":{"event_name":"purchase"}}]}',
                    payloads=(0,),
                    grant=ServiceAccount(TOKENS_AT_GOOGLE, SCOPE, "robot@project.example", "PEM"),
                ),
            ),
        ),
    )

    def __init__(self, settings: PubSubSettings, setup: Setup) -> None:
        super().__init__(settings, setup, settings.endpoint)
        self._grant = service_account(settings.service_account, SCOPE)
        self._url = f"{settings.endpoint}/v1/projects/{settings.project}/topics/{settings.topic}:publish"

    def companions(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        """All messages of one request have the same ordering key."""
        return str(payload.body["row"].get("orderingKey", ""))

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The message, with its data in clear: it is written in base64 when it is sent."""
        settings, scope = self._settings, context.on(event)
        data = settings.body.evaluate(scope) if settings.body else own_data(event)
        if data is UNDEFINED:
            return Skip("the body is undefined")
        row: dict[str, Any] = {"data": data}
        attributes = dict(_attributes(settings.attributes, scope))
        key = text_of(settings.ordering_key.evaluate(scope)) if settings.ordering_key else None
        row |= {"attributes": attributes} if attributes else {}
        row |= {"orderingKey": key} if key else {}
        return context.payload({"row": row}, settings.endpoint)

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
        """Requests for as many of one ordering key as Google takes at once."""
        keys: dict[str | None, list[int]] = {}
        for index, payload in enumerate(payloads):
            keys.setdefault(self.companions(payload, now), []).append(index)
        return [
            self._request(payloads, part, now)
            for members in keys.values()
            for part in packing.parts(payloads, self._most, self._most_bytes, members)
        ]

    def _body(self, rows: Sequence[Any]) -> Any:
        return {"messages": [{**row, "data": base64.b64encode(as_json(row["data"])).decode()} for row in rows]}

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """All or nothing."""
        answer = judging.answer(response)
        if judging.ok(response):
            ids = answer.get("messageIds")
            return judging.taken(response, "Pub/Sub", told=isinstance(ids, list) and len(ids) == len(request.payloads))
        error = judging.at(answer, "error")
        said = judging.at(error, "status"), judging.at(error, "message")
        if response.status in _AGAIN:
            return Retry(judging.words(response, *said))
        if response.status == _NOT_FOUND:
            return Retry(judging.words(response, *said), credential=True)
        return judging.refusal(response, *said)


def _attributes(templates: Mapping[str, OpenTemplate], scope: Scope) -> Iterator[tuple[str, str]]:
    for name, template in templates.items():
        text = text_of(template.evaluate(scope))
        if text:
            yield name, text
