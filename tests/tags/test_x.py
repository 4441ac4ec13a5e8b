"""X's conversion API: conversions as X has them, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.types import Delivered, OutboundRequest, Rejected, Response, Retry, Skip
from tags.x import X
from tests.tags.played_vendor import judged, made, mapped, others_page, payload, requests, sent, unclear
from tests.tags.sample import SAMPLE, SAMPLE_AT, SAMPLE_COOKIES
from wire.identity import digest

PIXEL = {"pixel_id": "o8z6j", "event_id": "tw-o8z6j-o87ne", "pixel_token": "EXAMPLE_TOKEN"}
SOMEBODY = {"event_name": "x", "twclid": "23op"}
SHA = digest("x", "email", "a@b.example")


def row(event: Mapping[str, Any], cookies: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The one conversion that is sent for an event."""
    [only] = sent(made(X, **PIXEL), {"event_name": "x", **event}, cookies=cookies)["conversions"]
    assert isinstance(only, dict)
    return only


def test_the_sample_is_as_x_has_it() -> None:
    tag = made(X, **PIXEL)
    [request] = requests(tag, payload(tag, SAMPLE, cookies=SAMPLE_COOKIES, received_at=SAMPLE_AT))
    assert request.url == "https://ads-api.x.com/12/measurement/conversions/o8z6j"
    assert dict(request.headers) == {"x-pixel-token": "EXAMPLE_TOKEN", "content-type": "application/json"}
    only = {
        "conversion_time": "2026-01-02T00:00:00.000Z",
        "event_id": "tw-o8z6j-o87ne",
        "conversion_id": "A-2040",
        "identifiers": [
            {"twclid": "23opexample", "ip_address": "203.0.113.9", "user_agent": "ExampleBrowser/2"},
            {"hashed_email": "db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1"},
            {"hashed_phone_number": "1e231c66011e7a2d867a9cfae267a6aff103cf4913640b6e71a99850fc0ffbc8"},
        ],
        "value": 48.5,
        "price_currency": "EUR",
        "number_items": 2,
        "contents": [{"content_id": "P1", "content_name": "Lamp", "content_price": 24.25, "num_items": 2}],
    }
    assert json.loads(request.body) == {"conversions": [only]}


@pytest.mark.parametrize(
    ("event", "cookies", "identifiers"),
    [
        ({"twclid": "own", "page_location": "https://a.b/?twclid=u"}, {"twclid": "c"}, [{"twclid": "own"}]),
        ({"page_location": "https://a.b/?twclid=u"}, {"twclid": "c"}, [{"twclid": "u"}]),
        ({}, {"twclid": "c", "_twclid": "%7B%22twclid%22%3A%22p%22%7D"}, [{"twclid": "c"}]),
        ({}, {"_twclid": "%7B%22pixelVersion%22%3A2%2C%22twclid%22%3A%22p%22%7D"}, [{"twclid": "p"}]),
        ({"user_data": {"email": ["a@b.example", SHA]}}, {}, [{"hashed_email": SHA}]),
        (
            {"user_data": {"email": "a@b.example"}, "ip_override": "203.0.113.7", "user_agent": "B/1"},
            {},
            [{"hashed_email": SHA, "ip_address": "203.0.113.7", "user_agent": "B/1"}],
        ),
    ],
)
def test_who_it_is(event: Mapping[str, Any], cookies: Mapping[str, str], identifiers: list[object]) -> None:
    assert row(event, cookies)["identifiers"] == identifiers


@pytest.mark.parametrize("kept", ["", "p", "%5B%22p%22%5D", "%7B%22twclid%22%3A%7B%7D%7D", "%5B" * 900])
def test_a_cookie_that_is_not_the_pixel_s_is_no_click(kept: str) -> None:
    assert isinstance(mapped(made(X, **PIXEL), {"event_name": "x"}, cookies={"_twclid": kept}), Skip)


@pytest.mark.parametrize(
    "event",
    [
        {"ip_override": "203.0.113.7", "user_agent": "B/1", "user_id": "u-7"},
        {"user_data": {"email": "nobody", "address": {"first_name": "Ann", "last_name": "Lee"}}},
        {"twclid": "own", "page_location": "https://gtm-msr.appspot.com/render"},
    ],
)
def test_an_event_with_nobody_in_it_is_not_sent(event: Mapping[str, Any]) -> None:
    assert isinstance(mapped(made(X, **PIXEL), {"event_name": "x", **event}), Skip)


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({"value": "48.5", "currency": "eur"}, {"value": 48.5, "price_currency": "EUR"}),
        ({"value": 0, "currency": "EUR"}, {"value": 0, "price_currency": "EUR"}),
        ({"value": 48.5}, {}),
        ({"currency": "EUR"}, {}),
        (
            {"items": [{"item_name": "a", "price": 2, "quantity": 3.0, "currency": "EUR"}, {"item_group_id": "g"}]},
            {
                "value": 6.0,
                "price_currency": "EUR",
                "number_items": 4,
                "contents": [
                    {"content_name": "a", "content_price": 2, "num_items": 3},
                    {"content_group_id": "g", "num_items": 1},
                ],
            },
        ),
        ({"event_id": "e-1"}, {"conversion_id": "e-1"}),
        ({"event_id": "e-1", "transaction_id": "T-1"}, {"conversion_id": "T-1"}),
        ({"description": "d", "search_term": "lamp"}, {"description": "d", "search_string": "lamp"}),
    ],
)
def test_what_was_bought_and_for_how_much(event: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    always = ("conversion_time", "event_id", "identifiers")
    assert {name: value for name, value in row({**SOMEBODY, **event}).items() if name not in always} == found


def processed(count: int) -> Mapping[str, Any]:
    return {"request": {"params": {}}, "data": {"conversions_processed": count, "debug_id": "ee82-example"}}


NOBODY = {"errors": [{"code": "INVALID_PARAMETER", "message": "no identifier", "parameter": "conversions"}], "request": {}}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, processed(2), Delivered()),
        (200, processed(1), Rejected("HTTP 200: 1 of 2 conversions processed")),
        (200, NOBODY, Rejected("HTTP 200: INVALID_PARAMETER no identifier 0 of 2 conversions processed")),
        (200, b"", unclear("X")),
        (200, processed(True), unclear("X")),
        (200, b"<html>", others_page("X")),
        (200, {"data": []}, unclear("X")),
        (400, NOBODY, Rejected("HTTP 400: INVALID_PARAMETER no identifier")),
        (400, b"", Rejected("HTTP 400")),
        (401, NOBODY, Retry("HTTP 401: INVALID_PARAMETER no identifier", credential=True)),
        (403, b"", Retry("HTTP 403", credential=True)),
        (404, b"", Retry("HTTP 404", credential=True)),
        (429, b"", Retry("HTTP 429")),
        (503, b"", Retry("HTTP 503")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(X, **PIXEL), status, body, rows=2) == [outcome, outcome]


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ((("x-account-rate-limit-reset", "1767312090"), ("date", "Fri, 02 Jan 2026 00:00:00 GMT")), 90.0),
        ((("x-account-rate-limit-reset", "1767311000"), ("date", "Fri, 02 Jan 2026 00:00:00 GMT")), 0.0),
        ((("x-account-rate-limit-reset", "soon"), ("date", "Fri, 02 Jan 2026 00:00:00 GMT")), 0.0),
        ((("x-account-rate-limit-reset", "1767312090"), ("date", "today")), 0.0),
        ((("x-account-rate-limit-reset", "1767312090"),), 0.0),
    ],
)
def test_x_says_by_its_own_clock_when_it_takes_more(headers: tuple[tuple[str, str], ...], after: float) -> None:
    request = OutboundRequest("POST", "https://ads-api.x.com/", (), b"{}", (0,))
    assert made(X, **PIXEL).judge(request, Response(429, headers, b"")) == Retry("HTTP 429", after=after)


def test_a_batch_is_shown_conversion_by_conversion() -> None:
    tag = made(X, **PIXEL)
    [request] = requests(tag, payload(tag), payload(tag, SOMEBODY))
    assert [json.loads(part.body).get("conversion_id") for part in tag.parts(request)] == ["T-1001", None]
