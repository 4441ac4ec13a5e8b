"""Publishes events to a topic of Apache Kafka."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.component import Batch, Doubt, EventPart, Setup, Tag, TagExample, TagSettings, WholeFile
from core.context import Context, Scope
from core.expressions.values import text_of
from core.fields import Many, OpenTemplate, Template
from core.messages import Cluster, Login, Message, Messages, Tls
from core.secret import Secret
from core.types import Event, Outbound, Outcome, Payload, Rejected, Response, Retry, Skip
from core.undefined import UNDEFINED
from wire.bodies import as_json
from wire.conversions import judging
from wire.own_data import own_data

MOST: Final = 1000
LINGER: Final = 0.2
ID: Final = "id"
"""The header by which whoever reads a topic knows a message that is there twice."""

_TOPIC: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
_SERVER: Final = r"^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$"
_PAUSE: Final = 10.0

_TOO_LARGE: Final = frozenset({"MSG_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_MSG_SIZE"})
_NEVER: Final = _TOO_LARGE | {"INVALID_MSG", "INVALID_RECORD", "INVALID_TIMESTAMP", "POLICY_VIOLATION"}
_CREDENTIAL: Final = frozenset({
    *("_AUTHENTICATION", "_SSL", "SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM", "ILLEGAL_SASL_STATE"),
    *("CLUSTER_AUTHORIZATION_FAILED", "SECURITY_DISABLED", "_INVALID_ARG"),
})  # fmt: skip
_NOT_THIS_TOPIC: Final = "TOPIC_AUTHORIZATION_FAILED"
"""Others may be allowed, and are not held up."""
_NO_TOPIC: Final = frozenset({"UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION", "TOPIC_EXCEPTION"})

_STRICT: Final = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class TlsSettings(BaseModel):
    """Whom to believe, and who we are. Texts as they stand in PEM files: ${NAME}, where ``NAME_FILE`` may name the file."""

    model_config = _STRICT

    ca: Secret | None = Field(None, description="The authority's certificate, where it is your own; default: the system's.")
    certificate: Secret | None = Field(None, description="The client's certificate, where brokers ask for one.")
    key: Secret | None = Field(None, description="The private key of `certificate`.")


class SaslSettings(BaseModel):
    """A name and a password."""

    model_config = _STRICT

    mechanism: Literal["plain", "scram-sha-256", "scram-sha-512"] = Field("plain", description="As the brokers have it.")
    username: str = Field(min_length=1, description="The name, or a service's API key.")
    password: Secret = Field(description="The password, or a service's API secret; give it as ${NAME}.")


class KafkaSettings(TagSettings):
    """Publishes events to a topic of Apache Kafka."""

    extra: ClassVar[str] = "kafka"

    bootstrap_servers: Many[Annotated[str, Field(pattern=_SERVER)]] = Field(
        min_length=1, description="Brokers to begin with, as HOST:PORT; they tell of the others."
    )
    topic: OpenTemplate = Field(description="The topic. May be a template; an event for which it is no topic's name is left out.")
    key: OpenTemplate | None = Field(
        None, description="Messages of one key are in one partition; default: `{{ event.client_id }}`. Empty: in any partition."
    )
    body: OpenTemplate | None = Field(
        None, description="What is published, as JSON; default: the event data without `user_data`, `x-ga-*` and `x-sst-*`."
    )
    headers: dict[str, OpenTemplate] = Field({}, max_length=100, description="Headers besides `id`; undefined: left out.")
    compress: Literal["none", "gzip", "lz4", "zstd"] = Field("none", description="How messages are compressed.")
    tls: bool | TlsSettings = Field(False, description="TLS: true, or whom to believe and who we are.")
    sasl: SaslSettings | None = Field(None, description="A name and a password, where brokers ask for them.")

    @field_validator("topic")
    @classmethod
    def _is_a_topic(cls, topic: OpenTemplate) -> OpenTemplate:
        if topic.constant and not (isinstance(topic.literal, str) and _TOPIC.fullmatch(topic.literal)):
            raise ValueError("a topic's name is up to 249 letters, digits, `.`, `_` and `-`")
        return topic

    @field_validator("headers")
    @classmethod
    def _leave_the_id(cls, headers: dict[str, OpenTemplate]) -> dict[str, OpenTemplate]:
        if ID in headers:
            raise ValueError(f"the header {ID} is the message's own, by which one that is there twice is known")
        return headers

    def composes(self) -> bool:
        return self.body is not None

    def doubts(self, file: WholeFile) -> Sequence[Doubt]:
        del file
        clear = self.sasl is not None and self.sasl.mechanism == "plain" and not self.tls
        return [Doubt(("sasl",), "without `tls` the password goes over the network in clear")] if clear else []


class Kafka(Tag):
    """Publishes events to a topic of Apache Kafka, each as a message with JSON.

    It needs ``pip install 'tagyard[kafka]'``; the image has it. A message counts as delivered when all replicas that are in sync
    have it (``acks=all``, with an idempotent producer). It may be there twice after a crash or where an answer was lost: the
    header ``id`` is then the same. Messages that are tried again come after others, also of their key.

    One that is too large is given up by itself. Where the brokers refuse the password, or do not know the topic, events wait, and
    health is red.
    """

    Settings: ClassVar[type[TagSettings]] = KafkaSettings

    examples: ClassVar[Sequence[TagExample]] = (
        TagExample(
            title="Every event, by visitor",
            settings={"bootstrap_servers": "kafka.example:9092", "topic": "events"},
            event={"event_name": "page_view", "client_id": "1.2", "user_data": {"email": "a@b.example"}},
            sends=(
                Messages(
                    Cluster("kafka.example:9092"),
                    (Message("events", "1.2", b'{"event_name":"page_view","client_id":"1.2"}', (("id", "r1-0"),)),),
                    (0,),
                ),
            ),
        ),
        TagExample(
            title="Orders, by their number, over TLS with a password",
            settings={
                "bootstrap_servers": ["a.example:9093", "b.example:9093"],
                "topic": "orders",
                "key": "{{ event.transaction_id }}",
                "body": {"order": "{{ event.transaction_id }}", "value": "{{ event.value }}"},
                "headers": {"currency": "{{ event.currency }}"},
                "tls": True,
                "sasl": {"mechanism": "scram-sha-512", "username": "tagyard", "password": "s3cret"},
            },
            event={"event_name": "purchase", "client_id": "1.2", "transaction_id": "A-2040", "value": 48.5, "currency": "EUR"},
            sends=(
                Messages(
                    Cluster("a.example:9093,b.example:9093", tls=Tls(), login=Login("SCRAM-SHA-512", "tagyard", "s3cret")),
                    (Message("orders", "A-2040", b'{"order":"A-2040","value":48.5}', (("id", "r1-0"), ("currency", "EUR"))),),
                    (0,),
                ),
            ),
        ),
    )

    def __init__(self, settings: KafkaSettings, setup: Setup) -> None:  # noqa: ARG002
        self._settings = settings
        self._key = settings.key or Template("{{ event.client_id }}")
        servers = ",".join(settings.bootstrap_servers)
        self._cluster = Cluster(servers, settings.compress, _tls(settings.tls), _login(settings.sasl))
        self._destination = f"kafka://{servers}"

    @property
    def batch(self) -> Batch:
        """What waits a moment goes together; the producer makes batches for partitions of it."""
        return Batch(most_payloads=MOST, linger=LINGER)

    def map(self, event: Event, context: Context) -> Payload | Skip:
        """The message, without its id."""
        settings, scope = self._settings, context.on(event)
        topic = text_of(settings.topic.evaluate(scope))
        if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
            return Skip("its topic is no topic's name")
        value = settings.body.evaluate(scope) if settings.body else own_data(event)
        if value is UNDEFINED:
            return Skip("the body is undefined")
        row = {"topic": topic, "value": value, "headers": dict(_texts(settings.headers, scope))}
        key = text_of(self._key.evaluate(scope))
        return context.payload({"row": {**row, "key": key} if key else row}, self._destination)

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002
        """All of them together."""
        return [Messages(self._cluster, tuple(map(_message, payloads)), tuple(range(len(payloads))))] if payloads else []

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        """One by one, as the brokers have answered."""
        if not judging.ok(response):
            return judging.by_status(response) or Rejected(judging.words(response))
        reports = judging.at(judging.answer(response), "messages")
        if not isinstance(reports, list) or len(reports) != len(request.payloads):
            return Retry("the brokers' answers are not there")
        return judging.DELIVERED if not any(reports) else [_outcome(report) for report in reports]

    def parts(self, request: Outbound) -> Sequence[EventPart]:
        """Each message by itself."""
        return [EventPart(body=as_json(each.shown)) for each in request.messages] if isinstance(request, Messages) else ()


def _tls(tls: bool | TlsSettings) -> Tls | None:
    if isinstance(tls, bool):
        return Tls() if tls else None
    return Tls(*(each.reveal() if each else "" for each in (tls.ca, tls.certificate, tls.key)))


def _login(sasl: SaslSettings | None) -> Login | None:
    return Login(sasl.mechanism.upper(), sasl.username, sasl.password.reveal()) if sasl else None


def _texts(templates: Mapping[str, OpenTemplate], scope: Scope) -> Iterator[tuple[str, str]]:
    for name, template in templates.items():
        text = text_of(template.evaluate(scope))
        if text:
            yield name, text


def _message(payload: Payload) -> Message:
    row = payload.body["row"]
    headers = ((ID, f"{payload.group}-{payload.position}"), *row["headers"].items())
    return Message(row["topic"], row.get("key"), as_json(row["value"]), headers)


def _outcome(report: Any) -> Outcome:
    if not report:
        return judging.DELIVERED
    name, why = judging.at(report, "name"), judging.at(report, "why")
    said = f"{name}: {why}"
    if name in _NEVER:
        return Rejected(said)
    if name in _CREDENTIAL:
        return Retry(said, after=_PAUSE, credential=True)
    return Retry(said, credential=name == _NOT_THIS_TOPIC, lasting=name in _NO_TOPIC)
