"""Reddit's Conversions API: rows as Reddit has them, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.context import Context, Shared
from core.types import Delivered, OutboundRequest, Payload, Rejected, Request, Response, Retry
from tags.reddit import AHEAD, Reddit
from tests.tags.played_vendor import BESIDE, DAY, NOW, judged, made, others_page, payload, requests, sent, unclear
from wire.identity import digest

PIXEL = {"pixel_id": "a2_example", "access_token": "EXAMPLE_TOKEN"}
DEVICE = "6D92078A-8246-4BA4-AE5B-76104861E7DC"


def row_of(event: Mapping[str, Any], settings: Mapping[str, Any] = PIXEL, **more: Any) -> Any:
    [row] = sent(made(Reddit, **settings), {"event_name": "x", **event}, **more)["data"]["events"]
    return row


def test_the_headers_and_the_envelope() -> None:
    tag = made(Reddit, **PIXEL)
    [request] = requests(tag, payload(tag), payload(tag))
    assert dict(request.headers) == {
        "authorization": "Bearer EXAMPLE_TOKEN",
        "content-type": "application/json",
        "user-agent": "server:tagyard:v3 (by a2_example)",
    }
    data = json.loads(request.body)["data"]
    assert (len(data.pop("events")), data) == (2, {"partner": "TAGYARD"})


def test_a_test_has_one_event_a_request_and_its_id() -> None:
    tag = made(Reddit, **PIXEL, test="t2_abc")
    found = requests(tag, payload(tag), payload(tag))
    assert [request.payloads for request in found] == [(0,), (1,)]
    assert [json.loads(request.body)["data"]["test_id"] for request in found] == ["t2_abc", "t2_abc"]
    assert tag.batch is None


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("page_view", {"tracking_type": "PAGE_VISIT"}),
        ("view_search_results", {"tracking_type": "SEARCH"}),
        ("add_to_wishlist", {"tracking_type": "ADD_TO_WISHLIST"}),
        ("generate_lead", {"tracking_type": "LEAD"}),
        ("contact", {"tracking_type": "LEAD"}),
        ("file_download", {"tracking_type": "LEAD"}),
        ("view_item_list", {"tracking_type": "CUSTOM", "custom_event_name": "view_item_list"}),
        ("begin_checkout", {"tracking_type": "CUSTOM", "custom_event_name": "begin_checkout"}),
        ("x" * 70, {"tracking_type": "CUSTOM", "custom_event_name": "x" * 64}),
    ],
)
def test_names(name: str, type: Mapping[str, str]) -> None:
    assert row_of({"event_name": name})["type"] == type


def test_a_name_that_the_file_gives_is_one_of_reddits_or_a_custom_one() -> None:
    event = {"event_name": "quiz"}
    request = Request("r", NOW, "GET", "/")
    for given_name, type in (
        ("LEAD", {"tracking_type": "LEAD"}),
        ("sign_up", {"tracking_type": "CUSTOM", "custom_event_name": "sign_up"}),
    ):
        tag = made(Reddit, **PIXEL, event_name={"quiz": given_name})
        found = tag.map({"event_name": given_name}, Context(request, "web", event, 0, Shared()))
        assert isinstance(found, Payload)
        assert found.body["row"]["type"] == type


def test_products() -> None:
    item = {
        "item_id": "a",
        "item_name": "Mug",
        "item_category": "Kitchen",
        "item_category2": "Cups",
        "price": "2.5",
        "quantity": 3,
    }
    found = row_of({"items": [{**item, "currency": "usd"}, {"item_id": "b", "price": 1}], "transaction_id": "T"})
    assert found["metadata"] == {
        "conversion_id": "T",
        "currency": "USD",
        "value": 8.5,
        "item_count": 4,
        "products": [
            {"id": "a", "name": "Mug", "category": "Kitchen > Cups", "item_price": 2.5, "quantity": 3},
            {"id": "b", "item_price": 1, "quantity": 1},
        ],
    }


@pytest.mark.parametrize(
    ("event", "cookies", "click"),
    [
        ({"rdt_cid": "own"}, {}, "own"),
        ({"rdt_cid": "own"}, {"_rdt_cid": "cookie"}, "cookie"),
        ({"rdt_cid": "own", "page_location": "https://example.com/?rdt_cid=url"}, {"_rdt_cid": "cookie"}, "url"),
        ({}, {}, None),
    ],
)
def test_the_click(event: Mapping[str, Any], cookies: Mapping[str, str], click: str | None) -> None:
    assert row_of(event, cookies=cookies).get("click_id") == click


@pytest.mark.parametrize(
    ("cookies", "own", "uuid"),
    [
        (["1767000000000.aaaa", "1700000000000.bbbb", "nonsense"], None, "1700000000000.bbbb"),
        (["1767000000000%2Eaaaa"], "own", "1767000000000.aaaa"),
        (["nonsense"], "own", "own"),
        ([], None, None),
    ],
)
def test_of_several_cookies_of_a_browser_the_oldest_counts(cookies: Sequence[str], own: str | None, uuid: str | None) -> None:
    pairs = "; ".join(f"_rdt_uuid={value}" for value in cookies)
    event = {"event_name": "x", "rdt_uuid": own}
    request = Request("r", NOW, "GET", "/", headers=(("cookie", pairs),))
    found = made(Reddit, **PIXEL).map(event, Context(request, "web", event, 0, Shared()))
    assert isinstance(found, Payload)
    assert found.body["row"].get("user", {}).get("uuid") == uuid


def test_the_address_that_the_page_has_stored_is_the_last_resort() -> None:
    stored, own = digest("reddit", "email", "a@b.example"), digest("reddit", "email", "c@d.example")
    assert row_of({}, cookies={"_rdt_em": stored})["user"] == {"email": stored}
    assert row_of({}, cookies={"_rdt_em": "a@b.example"})["user"] == {"email": stored}
    assert row_of({"user_data": {"email": "c@d.example"}}, cookies={"_rdt_em": stored})["user"] == {"email": own}
    assert "user" not in row_of({}, cookies={"_rdt_em": "nobody"})


@pytest.mark.parametrize(
    ("event", "size"),
    [
        ({"screen_resolution": "1920x1080", "viewport_size": "800x600"}, {"width": 1920, "height": 1080}),
        ({"viewport_size": "800x600"}, {"width": 800, "height": 600}),
        ({"screen_resolution": "large"}, None),
    ],
)
def test_the_screen(event: Mapping[str, Any], size: Mapping[str, int] | None) -> None:
    assert row_of(event).get("user", {}).get("screen_dimensions") == size


def test_what_limits_the_use_of_data() -> None:
    limits = {
        "data_processing_options": "LDU",
        "data_processing_options_country": "US",
        "data_processing_options_region": "US-CA",
    }
    assert row_of({}, {**PIXEL, **limits})["user"] == {
        "data_processing_options": {"modes": ["LDU"], "country": "US", "region": "US-CA"}
    }


def test_only_a_website_s_event_has_a_page() -> None:
    page = {"page_location": "https://example.com/"}
    assert row_of(page)["event_source_url"] == "https://example.com/"
    assert "event_source_url" not in row_of(page, {**PIXEL, "action_source": "APP"})


def test_an_app_s_device() -> None:
    for platform, name in (("ios", "idfa"), ("android", "aaid")):
        assert row_of({"x-ga-platform": platform, "x-ga-resettable_device_id": DEVICE})["user"] == {name: DEVICE}


def test_a_clock_that_is_ahead_fails_no_request() -> None:
    assert row_of({"x-mp-timestamp_micros": NOW + AHEAD})["event_at"] == (NOW + AHEAD) // 1000
    assert row_of({"x-mp-timestamp_micros": NOW + DAY})["event_at"] == (NOW + AHEAD) // 1000


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"data": {"message": "Successfully processed 1 conversion events."}}, Delivered()),
        (200, {"data": {"invalid_events": [{}]}}, unclear("Reddit")),
        (200, {"message": "no"}, unclear("Reddit")),
        (200, b"<html>", others_page("Reddit")),
        (400, {"message": "bad"}, Rejected("HTTP 400: bad")),
        (400, b"", Rejected("HTTP 400")),
        (401, b"Authorization Required", Retry("HTTP 401", credential=True)),
        (
            401,
            {"success": False, "error": {"reason": "UNAUTHORIZED", "explanation": "no"}},
            Retry("HTTP 401: UNAUTHORIZED no", credential=True),
        ),
        (
            401,
            {"error": {"reason": "UNAUTHORIZED", "explanation": "JSON error unexpected type number on field x"}},
            Rejected("HTTP 401: UNAUTHORIZED JSON error unexpected type number on field x"),
        ),
        (403, b"", Retry("HTTP 403", credential=True)),
        (404, {"error": {"code": 404, "message": "no pixel"}}, Retry("HTTP 404: no pixel", credential=True)),
        (429, b"", Retry("HTTP 429")),
        (500, b"<html>", Retry("HTTP 500")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(Reddit, **PIXEL), status, body, rows=2) == [outcome, outcome]


OLD = Rejected("HTTP 400: too old")


@pytest.mark.parametrize("place", ["at the top", "under data"])
@pytest.mark.parametrize(
    ("ids", "named", "outcomes"),
    [
        ("abc", "b", [BESIDE, OLD, BESIDE]),
        ("abc", "abc", [OLD, OLD, OLD]),
        ("abb", "b", [Rejected("HTTP 400: none")] * 3),
        ("abc", "x", [Rejected("HTTP 400: none")] * 3),
        ("abc", "ax", [Rejected("HTTP 400: none")] * 3),
        ("abc", "", [Rejected("HTTP 400: none")] * 3),
    ],
)
def test_events_that_a_refusal_repeats_are_given_up_and_the_others_sent_again(
    ids: str, named: str, outcomes: Sequence[object], place: str
) -> None:
    tag = made(Reddit, **PIXEL)
    [request] = requests(tag, *(payload(tag, {"event_name": "x", "event_id": id}) for id in ids))
    invalid = [{"error_message": "too old", "event": row_of({"event_id": id})} for id in named]
    body = {"invalid_events": invalid} if place == "at the top" else {"data": {"invalid_events": invalid}}
    found = tag.judge(request, Response(400, (), json.dumps({"message": "none", **body}).encode()))
    assert (list(found) if isinstance(found, Sequence) else [found] * len(ids)) == outcomes


def test_an_answer_to_a_request_that_is_none_of_ours_is_no_fault() -> None:
    request = OutboundRequest("POST", "https://vendor.example/", (), b"[]", (0,))
    answer = json.dumps({"invalid_events": [{"event": 1}, 2]}).encode()
    assert made(Reddit, **PIXEL).judge(request, Response(400, (), answer)) == Rejected("HTTP 400")
