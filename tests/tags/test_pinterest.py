"""Pinterest's Conversions API: rows as Pinterest has them, its answers row by row, and what never leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.pinterest import MOST_IN_A_TEST, Pinterest
from tests.tags.played_vendor import PURCHASE, judged, made, mapped, others_page, payload, requests, sent, unclear
from wire.hashing import sha256

DEVICE = "6D92078A-8246-4BA4-AE5B-76104861E7DC"
ACCOUNT = {"ad_account_id": "549755885175", "access_token": "EXAMPLE_TOKEN"}
BROWSER = {"ip_override": "203.0.113.7", "user_agent": "ExampleBrowser/1.0"}


def test_the_token_is_in_the_headers_alone() -> None:
    [request] = requests(made(Pinterest, **ACCOUNT), payload(made(Pinterest, **ACCOUNT)))
    assert dict(request.headers) == {"authorization": "Bearer EXAMPLE_TOKEN", "content-type": "application/json"}
    assert "EXAMPLE_TOKEN" not in request.url + request.body.decode()


@pytest.mark.parametrize(
    ("event", "goes"),
    [
        ({"user_data": {"email": "a@b.example"}}, True),
        (BROWSER, True),
        ({"ip_override": "203.0.113.7"}, False),
        ({"user_agent": "ExampleBrowser/1.0", "user_data": {"phone_number": "+16505551212"}}, False),
        ({"user_id": "u-7"}, False),
    ],
)
def test_an_event_of_nobody_whom_pinterest_could_know_is_skipped(event: Mapping[str, Any], goes: bool) -> None:
    found = mapped(made(Pinterest, **ACCOUNT), {"event_name": "purchase", **event})
    assert isinstance(found, Skip) is not goes


def test_amounts_are_texts_and_items_have_no_key_that_pinterest_does_not_know() -> None:
    item = {"item_id": "a", "item_name": "Mug", "item_brand": "Acme", "item_category": "Kitchen", "item_category2": "Cups"}
    items = [{**item, "price": 20.0, "quantity": 2, "coupon": "X", "currency": "usd"}, {"item_id": "b", "price": "2.50"}]
    found = sent(made(Pinterest, **ACCOUNT), {"event_name": "add_to_cart", "items": items, "search_term": "mug", **BROWSER})
    [row] = found["data"]
    assert row["custom_data"] == {
        "currency": "USD",
        "value": "42.5",
        "search_string": "mug",
        "content_ids": ["a", "b"],
        "contents": [
            {
                "id": "a",
                "item_name": "Mug",
                "item_category": "Kitchen",
                "item_brand": "Acme",
                "item_price": "20",
                "quantity": 2,
            },
            {"id": "b", "item_price": "2.5", "quantity": 1},
        ],
        "num_items": 3,
    }


@pytest.mark.parametrize("value", [0.0000001, 1e21, 12345678901234567890, 59.98])
def test_an_amount_is_never_written_with_an_exponent(value: float) -> None:
    [row] = sent(made(Pinterest, **ACCOUNT), {"event_name": "purchase", "value": value, **BROWSER})["data"]
    assert float(row["custom_data"]["value"]) == float(value)
    assert "e" not in row["custom_data"]["value"].lower()


@pytest.mark.parametrize(
    ("name", "sent_as"),
    [
        ("page_view", "page_visit"),
        ("gtm.dom", "page_visit"),
        ("view_item", "view_content"),
        ("view_item_list", "view_category"),
        ("view_search_results", "search"),
        ("begin_checkout", "initiate_checkout"),
        ("purchase", "checkout"),
        ("sign_up", "signup"),
        ("start_trial", "custom"),
        ("my_quiz_done", "custom"),
    ],
)
def test_names(name: str, sent_as: str) -> None:
    assert sent(made(Pinterest, **ACCOUNT), {"event_name": name, **BROWSER})["data"][0]["event_name"] == sent_as


def test_a_name_that_the_file_gives_leaves_as_it_is() -> None:
    named = made(Pinterest, **ACCOUNT, event_name={"start_trial": "start_trial"})
    assert sent(named, {"event_name": "start_trial", **BROWSER})["data"][0]["event_name"] == "start_trial"
    assert sent(named, {"event_name": "schedule", **BROWSER})["data"][0]["event_name"] == "custom"


@pytest.mark.parametrize(
    ("event", "id"),
    [({"event_id": "e"}, "e"), ({"transaction_id": 7}, "7"), ({"event_id": "e", "transaction_id": "T"}, "e"), ({}, "r.0")],
)
def test_every_row_has_an_id_for_pinterest_refuses_one_without(event: Mapping[str, Any], id: str) -> None:
    assert sent(made(Pinterest, **ACCOUNT), {"event_name": "x", **event, **BROWSER})["data"][0]["event_id"] == id


@pytest.mark.parametrize(
    ("event", "cookies", "click"),
    [
        ({}, {"_epik": "dj0yCookie"}, "dj0yCookie"),
        ({"page_location": "https://example.com/?epik=dj0yUrl"}, {"_epik": "dj0yCookie"}, "dj0yUrl"),
        ({"epik": "dj0yOwn", "page_location": "https://example.com/?epik=dj0yUrl"}, {}, "dj0yOwn"),
        ({}, {}, None),
    ],
)
def test_the_click(event: Mapping[str, Any], cookies: Mapping[str, str], click: str | None) -> None:
    [row] = sent(made(Pinterest, **ACCOUNT), {"event_name": "page_view", **event, **BROWSER}, cookies=cookies)["data"]
    assert row["user_data"].get("click_id") == click


def test_what_limits_the_use_of_data() -> None:
    [row] = sent(made(Pinterest, **ACCOUNT, opt_out=True, opt_out_type=["LDP"]))["data"]
    assert (row["opt_out"], row["custom_data"]["opt_out_type"]) == (True, "LDP")
    [row] = sent(made(Pinterest, **ACCOUNT, opt_out=False))["data"]
    assert row["opt_out"] is False


def test_a_test_goes_where_nothing_counts_with_twenty_rows_at_the_most() -> None:
    tag = made(Pinterest, **ACCOUNT, test=True)
    found = requests(tag, *[payload(tag)] * (MOST_IN_A_TEST + 1))
    assert [len(request.payloads) for request in found] == [MOST_IN_A_TEST, 1]
    assert {request.url.partition("?")[2] for request in found} == {"test=true"}


def answered(*rows: str | None) -> Mapping[str, Any]:
    """None: processed."""
    events = [{"status": "failed" if row else "processed", "error_message": row, "warning_message": "w"} for row in rows]
    return {"num_events_received": len(rows), "num_events_processed": rows.count(None), "events": events}


BAD = Rejected("HTTP 200: no value")
UNTOLD = unclear("Pinterest")


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (200, answered(None, None), [Delivered(), Delivered()]),
        (200, answered(None, "no value"), [Delivered(), BAD]),
        (200, answered("no value", "no value"), [BAD, BAD]),
        (200, {"num_events_processed": 2}, [Delivered(), Delivered()]),
        (200, {"num_events_processed": 1}, [UNTOLD, UNTOLD]),
        (200, b'{"num_events_received": 2, "events": [{"status": "pro', [UNTOLD, UNTOLD]),
        (200, answered("no value"), [UNTOLD, UNTOLD]),
        (422, {"code": 1, "details": answered("no value", None)}, [Rejected("HTTP 422: no value"), Delivered()]),
        (422, {"code": 1, "message": "some", "details": answered("x")}, [Rejected("HTTP 422: code 1 some")] * 2),
        (422, {"code": 1, "message": "some"}, [Rejected("HTTP 422: code 1 some")] * 2),
        (400, {"code": 4196, "message": "bad"}, [Rejected("HTTP 400: code 4196 bad")] * 2),
        (401, {"code": 2, "message": "no"}, [Retry("HTTP 401: code 2 no", credential=True)] * 2),
        (403, {"code": 29, "message": "no"}, [Retry("HTTP 403: code 29 no", credential=True)] * 2),
        (404, {"code": 50, "message": "no"}, [Retry("HTTP 404: code 50 no", credential=True)] * 2),
        (429, {"code": 8, "message": "slow"}, [Retry("HTTP 429: code 8 slow")] * 2),
        (503, {"code": 4197, "message": "down"}, [Retry("HTTP 503: code 4197 down")] * 2),
        (500, b"<html>", [Retry("HTTP 500")] * 2),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: Sequence[object]) -> None:
    assert judged(made(Pinterest, **ACCOUNT), status, body, rows=2) == outcomes


def test_the_whole_purchase() -> None:
    [row] = sent(made(Pinterest, **ACCOUNT), PURCHASE)["data"]
    assert (row["event_time"], row["event_source_url"]) == (1767225600, "https://shop.example.com/thanks")
    assert {"em", "ph", "fn", "ln", "ct", "zp", "country", "external_id"} <= row["user_data"].keys()


def test_an_app_s_device_is_somebody() -> None:
    event = {"event_name": "login", "x-ga-platform": "ios", "x-ga-resettable_device_id": DEVICE}
    assert sent(made(Pinterest, **ACCOUNT), event)["data"][0]["user_data"] == {"hashed_maids": [sha256(DEVICE.lower())]}
    assert isinstance(mapped(made(Pinterest, **ACCOUNT), event | {"x-ga-resettable_device_id": "0000-0000"}), Skip)


@pytest.mark.parametrize("body", [b"", b"{", {"events": []}, {"num_events_processed": True}])
def test_of_one_event_an_answer_must_say_that_it_was_taken_too(body: Any) -> None:
    assert judged(made(Pinterest, **ACCOUNT), 200, body) == [UNTOLD]


def test_a_word_that_is_not_documented_is_no_yes() -> None:
    body = {"events": [{"status": "processed"}, {"status": "queued"}, {}]}
    refused = [Rejected("HTTP 200: queued"), Rejected("HTTP 200: Pinterest says nothing of it")]
    assert judged(made(Pinterest, **ACCOUNT), 200, body, rows=3) == [Delivered(), *refused]
    assert judged(made(Pinterest, **ACCOUNT), 200, b"<html>") == [others_page("Pinterest")]
