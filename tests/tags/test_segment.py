"""Segment's HTTP API: calls in a batch, and what becomes of GA4's parameters in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.product import VERSION
from core.types import Delivered, Rejected, Retry, Skip
from tags.segment import Segment
from tests.tags.golden import differences, vectors
from tests.tags.played_vendor import SECOND, judged, made, mapped, others_page, payload, requests, sent, unclear, unlike
from tests.tags.sample import SAMPLE, SAMPLE_AT

KEY = {"write_key": "EXAMPLE_WRITE_KEY"}
SOMEBODY = {"event_name": "x", "client_id": "1.2"}


def call(event: Mapping[str, Any], **settings: Any) -> Mapping[str, Any]:
    """The one of an event."""
    [found] = sent(made(Segment, **KEY, **settings), {**SOMEBODY, **event})["batch"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("vector", vectors("segment"), ids=lambda vector: vector["event"]["event_name"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    tag = made(Segment, **vector["settings"])
    if vector["request"] is None:
        assert isinstance(mapped(tag, vector["event"]), Skip)
    else:
        assert unlike(tag, vector) == []


def test_the_sample() -> None:
    tag = made(Segment, **KEY, ecommerce_names=True)
    [request] = requests(tag, payload(tag, SAMPLE, received_at=SAMPLE_AT), now=SAMPLE_AT + SECOND)
    goods = {"product_id": "P1", "name": "Lamp", "brand": "Lux", "category": "Home", "price": 24.25, "quantity": 2}
    page = {"url": "https://shop.example.com/done?x=1", "referrer": "https://shop.example.com/pay", "title": "Done"}
    expected = {
        "batch": [
            {
                "type": "track",
                "event": "Order Completed",
                "messageId": "e-51",
                "anonymousId": "77.1767000000",
                "userId": "u-7",
                "timestamp": "2026-01-02T00:00:00.000Z",
                "properties": {"order_id": "A-2040", "revenue": 48.5, "currency": "EUR", "products": [goods]},
                "context": {
                    "ip": "203.0.113.9",
                    "userAgent": "ExampleBrowser/2",
                    "page": {**page, "path": "/done", "search": "?x=1"},
                    "library": {"name": "tagyard", "version": VERSION},
                },
            }
        ],
        "sentAt": "2026-01-02T00:00:01.000Z",
    }
    assert list(differences(expected, json.loads(request.body))) == []


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("view_item", "Product Viewed"),
        ("add_to_cart", "Product Added"),
        ("begin_checkout", "Checkout Started"),
        ("purchase", "Order Completed"),
        ("sign_up", "Signed Up"),
        ("my_quiz", "my_quiz"),
    ],
)
def test_names(name: str, called: str) -> None:
    assert call({"event_name": name})["event"] == name
    assert call({"event_name": name}, ecommerce_names=True)["event"] == called
    assert call({"event_name": name}, ecommerce_names=True, event_name={name: name})["event"] == name


def test_a_page_view_is_a_page_call() -> None:
    found = call({"event_name": "page_view", "page_title": "Home", "page_location": "https://a.example/b?c=d#e", "theme": "dark"})
    page = {"url": "https://a.example/b?c=d#e", "path": "/b", "title": "Home", "search": "?c=d"}
    assert (found["type"], found["name"], found["properties"]) == ("page", "Home", {**page, "theme": "dark"})
    assert "event" not in found
    assert "name" not in call({"event_name": "page_view"})


def test_identify_is_an_identify_call() -> None:
    found = call({"event_name": "identify", "user_id": "u-7", "plan": "pro", "x-ga-mp2-user_properties": {"seats": 3}})
    assert (found["type"], found["userId"], found["traits"]) == ("identify", "u-7", {"plan": "pro", "seats": 3})


def test_what_surrounds_an_event() -> None:
    location = "https://a.example/?utm_source=news&utm_medium=mail&utm_campaign=may&utm_term=mug&utm_content=top"
    event = {"page_location": location, "language": "en-gb", "ip_override": "203.0.113.9", "x-ga-mp2-user_properties": {"a": "b"}}
    around = call(event)["context"]
    assert around["campaign"] == {"source": "news", "medium": "mail", "name": "may", "term": "mug", "content": "top"}
    assert (around["locale"], around["ip"], around["traits"]) == ("en-gb", "203.0.113.9", {"a": "b"})
    assert "ip" not in call(event, ip=False)["context"]


def test_goods_and_revenue() -> None:
    item = {"item_id": "P1", "item_variant": "red", "index": 2, "coupon": "MAY", "size": "L", "item_category2": "Cups"}
    found = call({"event_name": "refund", "transaction_id": "T-1", "value": 5, "items": [item]})["properties"]
    product = {"product_id": "P1", "variant": "red", "position": 2, "coupon": "MAY", "size": "L", "item_category2": "Cups"}
    assert found == {"transaction_id": "T-1", "order_id": "T-1", "value": 5, "revenue": 5, "products": [product]}
    assert call({"event_name": "add_to_cart", "value": 5})["properties"] == {"value": 5}


def test_a_purchase_has_revenue_whatever_it_is_called() -> None:
    bought = {**SOMEBODY, "event_name": "purchase", "value": 5}
    [found] = sent(made(Segment, **KEY), {**bought, "event_name": "Bought"}, original=bought)["batch"]
    assert (found["event"], found["properties"]["revenue"]) == ("Bought", 5)


def test_an_id_is_always_there_and_never_too_long() -> None:
    assert call({})["messageId"] == "r.0"
    assert call({"transaction_id": "T-1"})["messageId"] == "T-1"
    assert len(call({"event_id": "x" * 100})["messageId"]) == 64


def test_the_key_is_in_the_headers_alone() -> None:
    tag = made(Segment, **KEY, endpoint="https://events.eu1.segmentapis.com")
    [request] = requests(tag, payload(tag, SOMEBODY))
    assert request.url == "https://events.eu1.segmentapis.com/v1/batch"
    assert tag.literal_origins == {"https://events.eu1.segmentapis.com"}
    assert "EXAMPLE" not in request.url + request.body.decode() + repr(tag.Settings.model_validate(KEY))


@pytest.mark.parametrize(
    "event",
    [
        {"event_name": "x"},
        {"event_name": "", "client_id": "1.2"},
        {**SOMEBODY, "page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"},
    ],
)
def test_what_is_not_sent(event: dict[str, Any]) -> None:
    assert isinstance(mapped(made(Segment, **KEY), event), Skip)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"success": True}, Delivered()),
        (200, b"OK", Delivered()),
        (200, {"success": False}, unclear("Segment")),
        (200, b"<html>", others_page("Segment")),
        (429, b"", Retry("HTTP 429")),
        (500, b"", Retry("HTTP 500")),
        (503, b"<html>", Retry("HTTP 503")),
        (401, {"message": "Failed to authorize"}, Retry("HTTP 401: Failed to authorize", credential=True)),
        (400, {"code": "invalid_request", "message": "malformed JSON"}, Rejected("HTTP 400: invalid_request malformed JSON")),
        (413, b"", Rejected("HTTP 413")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(Segment, **KEY), status, body, rows=2) == [outcome, outcome]
