"""Snapchat's Conversions API: rows as Snapchat has them, its answers, and what never leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.snapchat import Snapchat
from tests.tags.golden import vectors
from tests.tags.played_vendor import judged, made, mapped, others_page, payload, requests, sent, unclear, unlike

DEVICE = "6D92078A-8246-4BA4-AE5B-76104861E7DC"
PIXEL = {"pixel_id": "6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b", "access_token": "EXAMPLE/TOKEN"}
BROWSER = {"ip_override": "203.0.113.7", "user_agent": "ExampleBrowser/1.0"}


@pytest.mark.parametrize("vector", vectors("snapchat"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    settings = {"test" if name == "validate" else name: value for name, value in vector["settings"].items()}
    assert unlike(made(Snapchat, **settings), vector) == []


def test_the_token_is_in_the_query_and_a_test_goes_to_where_nothing_counts() -> None:
    path = "https://tr.snapchat.com/v3/6a1f0b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b"
    for test, way in ((False, "events"), (True, "events/validate")):
        tag = made(Snapchat, **PIXEL, test=test)
        [request] = requests(tag, payload(tag))
        assert request.url == f"{path}/{way}?access_token=EXAMPLE%2FTOKEN"
        assert "EXAMPLE" not in repr(tag.Settings.model_validate(PIXEL))


@pytest.mark.parametrize(
    ("event", "goes"),
    [
        ({"user_data": {"email": "a@b.example"}}, True),
        ({"user_data": {"phone": "+16505551212"}}, True),
        (BROWSER, True),
        ({"ip_override": "203.0.113.7"}, False),
        ({"user_id": "u-7"}, False),
        ({"event_name": "purchase", **BROWSER}, False),
        ({"event_name": "purchase", "value": 1, **BROWSER}, False),
        ({"event_name": "purchase", "currency": "EUR", **BROWSER}, False),
        ({"event_name": "purchase", "value": 0, "currency": "EUR", **BROWSER}, True),
    ],
)
def test_what_would_fail_a_whole_request_is_skipped(event: Mapping[str, Any], goes: bool) -> None:
    assert isinstance(mapped(made(Snapchat, **PIXEL), {"event_name": "view_item", **event}), Skip) is not goes


def test_items() -> None:
    item = {"item_id": "a", "item_brand": "Acme", "item_name": "Mug", "price": "2.5", "quantity": 3, "currency": "usd"}
    items = [{**item, "delivery_category": "curbside"}, {"item_id": "b", "item_brand": "Acme", "price": 1}]
    [row] = sent(made(Snapchat, **PIXEL), {"event_name": "add_to_cart", "items": items, "search_term": "mug", **BROWSER})["data"]
    assert (row["event_name"], row["integration"]) == ("ADD_CART", "tagyard")
    assert row["custom_data"] == {
        "currency": "USD",
        "value": 8.5,
        "search_string": "mug",
        "content_ids": ["a", "b"],
        "contents": [
            {"id": "a", "quantity": 3, "item_price": 2.5, "brand": "Acme", "delivery_category": "curbside"},
            {"id": "b", "quantity": 1, "item_price": 1, "brand": "Acme"},
        ],
        "brands": ["Acme"],
        "num_items": 4,
    }


@pytest.mark.parametrize(
    ("name", "sent_as"),
    [
        ("page_view", "PAGE_VIEW"),
        ("view_item_list", "LIST_VIEW"),
        ("begin_checkout", "START_CHECKOUT"),
        ("add_payment_info", "ADD_BILLING"),
        ("generate_lead", "CUSTOM_EVENT_1"),
        ("contact", "CUSTOM_EVENT_2"),
        ("login", "LOGIN"),
        ("tutorial_complete", "COMPLETE_TUTORIAL"),
        ("view_cart", "view_cart"),
        ("my_quiz_done", "my_quiz_done"),
    ],
)
def test_names(name: str, sent_as: str) -> None:
    assert sent(made(Snapchat, **PIXEL), {"event_name": name, **BROWSER})["data"][0]["event_name"] == sent_as
    named = made(Snapchat, **PIXEL, event_name={name: name})
    assert sent(named, {"event_name": name, **BROWSER})["data"][0]["event_name"] == name


@pytest.mark.parametrize(
    ("event", "cookies", "click", "browser"),
    [
        ({}, {"_scclid": "of-the-cookie", "_scid": "b"}, "of-the-cookie", "b"),
        ({"page_location": "https://example.com/?ScCid=of-the-page"}, {"_scclid": "of-the-cookie"}, "of-the-page", None),
        ({"ScCid": "own", "_scid": "mine"}, {"_scclid": "of-the-cookie", "_scid": "b"}, "own", "mine"),
        ({"page_location": "https://example.com/?sccid=other"}, {}, None, None),
    ],
)
def test_the_click_and_the_browser(
    event: Mapping[str, Any], cookies: Mapping[str, str], click: str | None, browser: str | None
) -> None:
    [row] = sent(made(Snapchat, **PIXEL), {"event_name": "page_view", **event, **BROWSER}, cookies=cookies)["data"]
    assert (row["user_data"].get("sc_click_id"), row["user_data"].get("sc_cookie1")) == (click, browser)


def test_what_limits_the_use_of_data() -> None:
    limits = {
        "data_processing_options": ["LMU"],
        "data_processing_options_country": 1,
        "data_processing_options_state": 1000,
    }
    [row] = sent(made(Snapchat, **PIXEL, **limits))["data"]
    assert limits.items() <= row.items()
    [row] = sent(made(Snapchat, **PIXEL))["data"]
    assert not limits.keys() & row.keys()


def invalid(reason: str, **more: Any) -> Mapping[str, Any]:
    return {"status": "INVALID", "event": 0, "reason": reason, "errors": {"codes": ["517"], "error_msgs": ["em"]}, **more}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"status": "VALID", "reason": "Events have been processed successfully."}, Delivered()),
        (200, {"status": "OK"}, Delivered()),
        (200, {"status": "SUCCESS"}, Delivered()),
        (200, invalid("bad"), Rejected("HTTP 200: bad em")),
        (400, invalid("bad"), Rejected("HTTP 400: bad em")),
        (400, b"", Rejected("HTTP 400")),
        (200, b"<html>a proxy's page</html>", others_page("Snapchat")),
        (200, {"status": "PENDING"}, unclear("Snapchat")),
        (401, {"status": "ERROR", "reason": "no"}, Retry("HTTP 401: no", credential=True)),
        (403, b"", Retry("HTTP 403", credential=True)),
        (404, b"", Retry("HTTP 404", credential=True)),
        (429, b"", Retry("HTTP 429")),
        (500, b"", Retry("HTTP 500")),
        (503, {"status": "INVALID", "reason": "later"}, Retry("HTTP 503: later")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(Snapchat, **PIXEL), status, body, rows=2) == [outcome, outcome]


NO_VALUE = {"error_msgs": ["no value"]}


@pytest.mark.parametrize(
    ("body", "outcomes"),
    [
        ({"status": "VALID", "test_event": True, "event_logs": [{"event": 0, "status": "VALID"}]}, [unclear("Snapchat")] * 2),
        ({"event_logs": [{"event": 0, "status": "VALID"}, {"event": 1, "status": "OK"}]}, [Delivered(), Delivered()]),
        ({"event_logs": [{"event": 0, "status": "VALID"}, {"event": 9, "status": "OK"}]}, [unclear("Snapchat")] * 2),
        (
            {
                **invalid("one"),
                "event_logs": [{"event": 1, "status": "INVALID", "errors": NO_VALUE}, {"event": 0, "status": "VALID"}],
            },
            [Delivered(), Rejected("HTTP 200: no value")],
        ),
        (invalid("all"), [Rejected("HTTP 200: all em")] * 2),
    ],
)
def test_what_an_answer_to_a_test_means(body: Any, outcomes: Sequence[object]) -> None:
    assert judged(made(Snapchat, **PIXEL, test=True), 200, body, rows=2) == outcomes


def test_an_app_s_device_is_somebody() -> None:
    event = {"event_name": "login", "x-ga-platform": "ios", "x-ga-resettable_device_id": DEVICE}
    assert sent(made(Snapchat, **PIXEL), event)["data"][0]["user_data"] == {"madid": DEVICE}
    assert isinstance(mapped(made(Snapchat, **PIXEL), event | {"x-ga-resettable_device_id": "0000-0000"}), Skip)
