"""Pub/Sub: messages as its interface has them, of one ordering key in a request."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.pubsub import PubSub
from tests.tags.golden import vectors
from tests.tags.played_vendor import PURCHASE, judged, made, mapped, others_page, payload, requests, sent, unclear

KEY = json.dumps({"client_email": "robot@project.example", "private_key": "PEM"})
TOPIC = {"project": "example-project", "topic": "events", "service_account": KEY}


def data(message: Mapping[str, Any]) -> Any:
    return json.loads(base64.b64decode(message["data"]))


@pytest.mark.parametrize("vector", vectors("pubsub"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    tag = made(PubSub, **vector["settings"], service_account=KEY)
    [request] = requests(tag, payload(tag, vector["event"]))
    assert (request.method, request.url) == ("POST", vector["request"]["url"])
    [message] = json.loads(request.body)["messages"]
    assert (data(message), message["attributes"]) == (vector["event"], vector["request"]["body"]["messages"][0]["attributes"])


def test_nothing_personal_is_published_unless_the_file_says_so() -> None:
    [message] = sent(made(PubSub, **TOPIC), PURCHASE)["messages"]
    assert data(message) == {name: value for name, value in PURCHASE.items() if name != "user_data"}
    [message] = sent(made(PubSub, **TOPIC, body={"order": "{{ event.transaction_id }}"}), PURCHASE)["messages"]
    assert data(message) == {"order": "T-1001"}
    assert isinstance(mapped(made(PubSub, **TOPIC, body="{{ event.nothing }}"), PURCHASE), Skip)


def test_an_attribute_without_a_value_is_left_out() -> None:
    [message] = sent(made(PubSub, **TOPIC, attributes={"a": "{{ event.nothing }}", "b": "x"}), PURCHASE)["messages"]
    assert message["attributes"] == {"b": "x"}


def test_messages_of_one_request_have_one_ordering_key() -> None:
    tag = made(PubSub, **TOPIC, ordering_key="{{ event.client_id }}")
    rows = [payload(tag, {"event_name": "x", "client_id": client}) for client in "abab"]
    found = requests(tag, *rows)
    assert [request.payloads for request in found] == [(0, 2), (1, 3)]
    assert [{message["orderingKey"] for message in json.loads(request.body)["messages"]} for request in found] == [{"a"}, {"b"}]
    assert [tag.companions(row, 0) for row in rows] == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (409, Retry("HTTP 409: WHY No.")),
        (499, Retry("HTTP 499: WHY No.")),
        (429, Retry("HTTP 429: WHY No.")),
        (503, Retry("HTTP 503: WHY No.")),
        (403, Retry("HTTP 403: WHY No.", credential=True)),
        (404, Retry("HTTP 404: WHY No.", credential=True)),
        (400, Rejected("HTTP 400: WHY No.")),
    ],
)
def test_what_a_refusal_means(status: int, outcome: object) -> None:
    assert judged(made(PubSub, **TOPIC), status, {"error": {"status": "WHY", "message": "No."}}, rows=2) == [outcome] * 2


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"messageIds": ["1", "2"]}, Delivered()),
        ({"messageIds": ["1"]}, unclear("Pub/Sub")),
        ({"messageIds": {}}, unclear("Pub/Sub")),
        ({"error": {"status": "WHY"}}, unclear("Pub/Sub")),
        (b"<html>", others_page("Pub/Sub")),
    ],
)
def test_it_has_the_messages_where_it_gives_each_an_id(body: Any, outcome: object) -> None:
    assert judged(made(PubSub, **TOPIC), 200, body, rows=2) == [outcome] * 2
