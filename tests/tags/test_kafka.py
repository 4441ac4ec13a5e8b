"""Kafka: messages with a key, headers and an id that stays the same, judged one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from config import SourceFile, load
from core.messages import Login, Message, Messages, Tls
from core.registry import Registry, installed
from core.types import Delivered, Payload, Rejected, Response, Retry, Skip
from tags.kafka import MOST, Kafka
from tests.tags.played_vendor import CLEAR, PURCHASE, made, mapped, payload

TOPIC = {"bootstrap_servers": "kafka.example:9092", "topic": "events"}


def messages(tag: Any, *payloads: Payload) -> Messages:
    [packed] = tag.pack(payloads, 0)
    assert isinstance(packed, Messages)
    return packed


def message(tag: Any, event: Any = PURCHASE) -> Message:
    [found] = messages(tag, payload(tag, event)).messages
    return found


def test_the_event_is_there_as_it_is_and_nothing_personal() -> None:
    sent = message(made(Kafka, **TOPIC))
    assert (sent.topic, sent.key, sent.headers) == ("events", PURCHASE["client_id"], (("id", "r-0"),))
    assert json.loads(sent.value)["items"] == PURCHASE["items"]
    assert not any(clear in sent.value.decode().lower() for clear in CLEAR)


def test_a_body_and_headers_of_one_s_own() -> None:
    body = {"order": "{{ event.transaction_id }}", "none": "{{ event.nothing }}"}
    tag = made(Kafka, **TOPIC, body=body, headers={"value": "{{ event.value }}", "none": "{{ event.nothing }}"})
    assert json.loads(message(tag).value) == {"order": "T-1001"}
    assert message(tag).headers == (("id", "r-0"), ("value", "59.98"))
    assert isinstance(mapped(made(Kafka, **TOPIC, body="{{ event.nothing }}"), PURCHASE), Skip)


@pytest.mark.parametrize(
    ("key", "expected"), [("{{ event.transaction_id }}", "T-1001"), ("", None), ("{{ event.nothing }}", None), ("all", "all")]
)
def test_the_key_decides_on_the_partition(key: str, expected: str | None) -> None:
    assert message(made(Kafka, **TOPIC, key=key)).key == expected


@pytest.mark.parametrize(
    ("topic", "expected"),
    [("shop.{{ event.event_name }}", "shop.purchase"), ("{{ event.nothing }}", None), ("{{ event.page_location }}", None)],
)
def test_the_topic_may_be_a_template(topic: str, expected: str | None) -> None:
    found = mapped(made(Kafka, **{**TOPIC, "topic": topic}), PURCHASE)
    if expected is None:
        assert found == Skip("its topic is no topic's name")
    else:
        assert isinstance(found, Payload)
        assert found.body["row"]["topic"] == expected


def test_a_message_that_is_sent_again_has_the_same_id() -> None:
    tag = made(Kafka, **TOPIC)
    both = [replace(payload(tag), group="r1", position=position) for position in (0, 1)]
    assert [[each.headers[0] for each in messages(tag, *both).messages] for _ in range(2)] == [
        [("id", "r1-0"), ("id", "r1-1")]
    ] * 2


def test_how_the_brokers_are_reached() -> None:
    sasl = {"mechanism": "scram-sha-256", "username": "u", "password": "s3cret"}
    tag = made(Kafka, **{**TOPIC, "bootstrap_servers": ["a:1", "[::1]:2"]}, tls={"ca": "PEM"}, sasl=sasl, compress="lz4")
    to = messages(tag, payload(tag)).to
    assert (to.servers, to.compression, to.tls) == ("a:1,[::1]:2", "lz4", Tls("PEM"))
    assert to.login == Login("SCRAM-SHA-256", "u", "s3cret")
    assert "s3cret" not in repr(to)
    assert messages(made(Kafka, **TOPIC, tls=True), payload(tag)).to.tls == Tls()
    assert payload(tag).destination == "kafka://a:1,[::1]:2"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bootstrap_servers": []},
        {"bootstrap_servers": "kafka.example"},
        {"bootstrap_servers": "a:1,b:2"},
        {"topic": "a b"},
        {"topic": ".."},
        {"topic": ""},
        {"headers": {"id": "x"}},
        {"sasl": {"username": "u"}},
        {"sasl": {"mechanism": "gssapi", "username": "u", "password": "p"}},
        {"tls": {"authority": "x"}},
        {"compress": "snappy"},
    ],
)
def test_what_reaches_no_topic_is_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(Kafka, **{**TOPIC, **wrong})


@pytest.mark.parametrize(
    ("more", "doubted"),
    [("", True), (", tls: true", False), (", tls: {ca: '${PASSWORD}'}", False)],
)
def test_a_password_in_clear_is_doubted(more: str, doubted: bool) -> None:
    tag = f"bootstrap_servers: a:1, topic: t, sasl: {{username: u, password: '${{PASSWORD}}'}}{more}"
    file = f"clients: {{ga4: {{measurement_ids: [G-ABC1234567]}}}}\ntags: {{kafka: {{{tag}}}}}\n"
    source, registry = SourceFile("c.yaml", file.encode()), Registry(installed())
    found = load([source], registry=registry, environ={"PASSWORD": "p"}, read=lambda _: b"", serve=True).problems
    assert [each.message for each in found] == ["without `tls` the password goes over the network in clear"] * doubted


def report(name: str) -> Mapping[str, Any]:
    return {"code": 1, "name": name, "why": "no"}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("MSG_SIZE_TOO_LARGE", Rejected("MSG_SIZE_TOO_LARGE: no")),
        ("INVALID_RECORD", Rejected("INVALID_RECORD: no")),
        ("_MSG_TIMED_OUT", Retry("_MSG_TIMED_OUT: no")),
        ("NOT_ENOUGH_REPLICAS", Retry("NOT_ENOUGH_REPLICAS: no")),
        ("_AUTHENTICATION", Retry("_AUTHENTICATION: no", after=10, credential=True)),
        ("TOPIC_AUTHORIZATION_FAILED", Retry("TOPIC_AUTHORIZATION_FAILED: no", credential=True)),
        ("UNKNOWN_TOPIC_OR_PART", Retry("UNKNOWN_TOPIC_OR_PART: no", lasting=True)),
        ("A_NEW_ONE", Retry("A_NEW_ONE: no")),
    ],
)
def test_what_a_broker_s_word_means_for_each(name: str, outcome: object) -> None:
    tag = made(Kafka, **TOPIC)
    three = messages(tag, *[payload(tag)] * 3)
    body = json.dumps({"messages": [None, report(name), None]}).encode()
    assert tag.judge(three, Response(200, body=body)) == [Delivered(), outcome, Delivered()]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"messages": [null]}', Delivered()),
        (b'{"messages": []}', Retry("the brokers' answers are not there")),
        (b"", Retry("the brokers' answers are not there")),
    ],
)
def test_nothing_is_delivered_that_no_broker_has_spoken_of(body: bytes, outcome: object) -> None:
    tag = made(Kafka, **TOPIC)
    assert tag.judge(messages(tag, payload(tag)), Response(200, body=body)) == outcome


def test_messages_go_together_and_are_shown_one_by_one() -> None:
    tag = made(Kafka, **TOPIC)
    assert tag.batch is not None
    assert tag.batch.most_payloads == MOST
    packed = messages(tag, *[payload(tag)] * 2)
    assert packed.target == "kafka.example:9092/events"
    shown = [json.loads(part.body) for part in tag.parts(packed)]
    assert shown == [json.loads(line) for line in packed.text.splitlines()]
    assert shown[0]["headers"] == {"id": "r-0"}
