"""Amplitude's HTTP and batch interfaces: events as it has them, and which of them an answer blames."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.component import Batch
from core.types import Delivered, Rejected, Retry, Skip
from tags.amplitude import MOST_BYTES, Amplitude
from tests.tags.golden import differences
from tests.tags.played_vendor import BESIDE, judged, made, mapped, others_page, payload, requests, sent, unclear
from tests.tags.sample import SAMPLE, SAMPLE_AT

KEY = {"api_key": "EXAMPLE_KEY"}
SOMEBODY = {"event_name": "x", "client_id": "1234567890.1700000000"}


def row(event: Mapping[str, Any], **settings: Any) -> Mapping[str, Any]:
    """The one of an event."""
    [found] = sent(made(Amplitude, **KEY, **settings), {**SOMEBODY, **event})["events"]
    assert isinstance(found, dict)
    return found


def wrong(**named: Any) -> Mapping[str, Any]:
    return {"code": 400, "error": "Request missing required field", **named}


def test_the_sample() -> None:
    body = sent(made(Amplitude, **KEY, min_id_length=1), SAMPLE, received_at=SAMPLE_AT)
    properties = {
        "transaction_id": "A-2040",
        "value": 48.5,
        "currency": "EUR",
        "page_location": "https://shop.example.com/done?x=1",
    }
    event = {
        "event_type": "purchase",
        "user_id": "u-7",
        "device_id": "77.1767000000",
        "time": 1767312000000,
        "insert_id": "e-51",
        "ip": "203.0.113.9",
        "platform": "Web",
        "user_agent": "ExampleBrowser/2",
        "event_properties": properties,
        "revenue": 48.5,
        "currency": "EUR",
        "productId": "P1",
        "price": 24.25,
        "quantity": 2,
    }
    expected = {"api_key": "EXAMPLE_KEY", "events": [event], "options": {"min_id_length": 1}}
    assert list(differences(expected, body)) == []


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://api2.amplitude.com/2/httpapi"),
        ({"mode": "batch"}, "https://api2.amplitude.com/batch"),
        ({"region": "eu"}, "https://api.eu.amplitude.com/2/httpapi"),
        ({"region": "eu", "mode": "batch"}, "https://api.eu.amplitude.com/batch"),
    ],
)
def test_where_it_goes(settings: Mapping[str, Any], url: str) -> None:
    tag = made(Amplitude, **KEY, **settings)
    kept = payload(tag, SOMEBODY)
    [request] = requests(tag, kept)
    assert (request.url, "options" in json.loads(request.body)) == (url, False)
    assert not tag.literal_origins
    assert "EXAMPLE" not in str(kept) + repr(tag.Settings.model_validate(KEY))
    assert made(Amplitude, **KEY, endpoint="https://amp.example").literal_origins == {"https://amp.example"}


@pytest.mark.parametrize(
    ("event", "settings", "ids"),
    [
        ({"user_id": "u-7", "client_id": "1.2345"}, {}, {"device_id": "1.2345"}),
        ({"user_id": "user-7", "client_id": "1.2"}, {}, {"user_id": "user-7"}),
        ({"user_id": "u-7", "client_id": "1.2"}, {"min_id_length": 3}, {"user_id": "u-7", "device_id": "1.2"}),
        ({"user_id": "u-7", "client_id": "1.2"}, {}, None),
        ({}, {"min_id_length": 1}, None),
    ],
)
def test_ids_have_a_length(event: Mapping[str, Any], settings: Mapping[str, Any], ids: Mapping[str, str] | None) -> None:
    found = mapped(made(Amplitude, **KEY, **settings), {"event_name": "x", **event})
    if ids is None:
        assert isinstance(found, Skip)
    else:
        assert not isinstance(found, Skip)
        assert {name: found.body["row"][name] for name in ("user_id", "device_id") if name in found.body["row"]} == ids


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        ({"ga_session_id": "1764340309"}, "session_id", 1764340309000),
        ({"ga_session_id": "none"}, "session_id", None),
        ({"ga_session_id": 10**12}, "session_id", None),
        ({"language": "en-gb"}, "language", "en-gb"),
        ({"x-ga-platform": "iOS"}, "platform", "iOS"),
        ({"x-ga-platform": "android"}, "platform", "Android"),
        ({"x-ga-mp2-user_properties": {"plan": {"value": "pro"}}}, "user_properties", {"plan": "pro"}),
        ({"transaction_id": "T-1"}, "insert_id", "T-1"),
        ({}, "insert_id", "r.0"),
        ({"value": 5, "currency": "EUR"}, "revenue", None),
    ],
)
def test_what_amplitude_has_a_field_for(event: Mapping[str, Any], name: str, value: object) -> None:
    assert row(event).get(name) == value


def test_goods_of_a_purchase() -> None:
    item = {"item_id": "P1", "price": 2, "quantity": 3}
    one = row({"event_name": "purchase", "items": [item]})
    assert {name: one[name] for name in ("revenue", "productId", "price", "quantity")} == {
        "revenue": 6,
        "productId": "P1",
        "price": 2,
        "quantity": 3,
    }
    two = row({"event_name": "purchase", "items": [item, item]})
    assert (two["revenue"], two.keys() & {"productId", "price", "quantity"}) == (12, set())


def test_a_purchase_has_revenue_whatever_it_is_called() -> None:
    bought = {**SOMEBODY, "event_name": "purchase", "value": 5}
    [found] = sent(made(Amplitude, **KEY), {**bought, "event_name": "Bought"}, original=bought)["events"]
    assert (found["event_type"], found["revenue"]) == ("Bought", 5)


def test_an_address_may_stay_here() -> None:
    assert "ip" not in row({"ip_override": "203.0.113.9"}, ip=False)


@pytest.mark.parametrize(
    "event", [{**SOMEBODY, "event_name": " "}, {**SOMEBODY, "page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"}]
)
def test_what_is_not_sent(event: dict[str, Any]) -> None:
    assert isinstance(mapped(made(Amplitude, **KEY), event), Skip)


@pytest.mark.parametrize("mode", sorted(MOST_BYTES))
def test_a_mode_has_its_own_limit(mode: str) -> None:
    assert made(Amplitude, **KEY, mode=mode).batch == Batch(2000, MOST_BYTES[mode])


SAID = "HTTP 400: Request missing required field"
REST = BESIDE


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (200, {"code": 200, "events_ingested": 3}, [Delivered()] * 3),
        (200, {"code": 200, "events_ingested": 2}, [unclear("Amplitude")] * 3),
        (200, {"error": "none"}, [unclear("Amplitude")] * 3),
        (200, b"<html>", [others_page("Amplitude")] * 3),
        (400, wrong(events_with_invalid_fields={"time": [0, 2]}), [Rejected(f"{SAID} time"), REST, Rejected(f"{SAID} time")]),
        (400, wrong(events_with_missing_fields={"event_type": [1]}), [REST, Rejected(f"{SAID} event_type"), REST]),
        (400, wrong(events_with_invalid_id_lengths={"user_id": [0]}), [Rejected(f"{SAID} user_id"), REST, REST]),
        (400, wrong(silenced_events=[2]), [REST, REST, Rejected(f"{SAID} silenced")]),
        (400, wrong(silenced_events=[7, "1", None]), [Rejected(SAID)] * 3),
        (400, wrong(events_with_invalid_fields=["time"], silenced_events=3), [Rejected(SAID)] * 3),
        (400, {"error": "Invalid API key: x"}, [Retry("HTTP 400: Invalid API key: x", credential=True)] * 3),
        (400, wrong(missing_field="api_key"), [Retry(f"{SAID} api_key", credential=True)] * 3),
        (400, b"<html>", [Rejected("HTTP 400")] * 3),
        (413, {"error": "Payload too large"}, [Rejected("HTTP 413: Payload too large")] * 3),
        (429, {"error": "Too many requests", "throttled_events": [0]}, [Retry("HTTP 429: Too many requests", after=30)] * 3),
        *((status, b"", [Retry(f"HTTP {status}")] * 3) for status in (500, 502, 503, 504)),
        (401, b"", [Retry("HTTP 401", credential=True)] * 3),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: Sequence[object]) -> None:
    assert judged(made(Amplitude, **KEY), status, body, rows=3) == outcomes
