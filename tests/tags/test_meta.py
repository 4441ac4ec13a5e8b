"""Meta's Conversions API: rows as Meta has them, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.types import Delivered, HeldBack, Rejected, Retry, Skip
from tags.meta import Meta
from tests.tags.played_vendor import (
    DAY,
    NOW,
    PURCHASE,
    SECOND,
    judged,
    made,
    mapped,
    others_page,
    payload,
    requests,
    sent,
    unclear,
)
from wire.identity import digest

SOMEBODY = {"user_agent": "ExampleBrowser/1.0"}
PIXEL = {"pixel_id": "123456789012345", "access_token": "EXAMPLE_TOKEN"}


def error(code: int, **more: Any) -> Mapping[str, Any]:
    return {"error": {"message": "Invalid parameter", "type": "OAuthException", "code": code, **more}}


def test_proof_of_the_app_s_secret_and_the_test_s_code() -> None:
    tag = made(Meta, **{**PIXEL, "access_token": "EXAMPLE_TOKEN"}, app_secret="EXAMPLE_SECRET", test="TEST51")
    [request] = requests(tag, payload(tag))
    assert request.url.endswith("&appsecret_proof=bd87197841b17fd94597a3a6b68292b25e32a9059d0f2fdebbf359abbe0c3379")
    assert json.loads(request.body)["test_event_code"] == "TEST51"
    assert "EXAMPLE" not in repr(tag.Settings.model_validate({**PIXEL, "app_secret": "EXAMPLE_SECRET"}))


@pytest.mark.parametrize(
    ("cookies", "location", "fbc"),
    [
        ({}, "https://www.example.com/?fbclid=abc", f"fb.1.{NOW // 1000}.abc"),
        ({}, "https://shop.example.co.uk/?fbclid=abc", f"fb.2.{NOW // 1000}.abc"),
        ({}, "http://localhost/?fbclid=abc", f"fb.0.{NOW // 1000}.abc"),
        ({"_fbc": "fb.1.1700000000000.abc"}, "https://www.example.com/?fbclid=abc", "fb.1.1700000000000.abc"),
        ({"_fbc": "fb.1.1700000000000.abc.AQECAQEB"}, "https://example.com/?fbclid=abc", "fb.1.1700000000000.abc.AQECAQEB"),
        ({"_fbc": "fb.1.1700000000000.old"}, "https://example.com/?fbclid=abc", f"fb.1.{NOW // 1000}.abc"),
        ({"_fbc": "fb.1.1700000000000.old"}, "https://example.com/", "fb.1.1700000000000.old"),
        ({"_fbc": "nonsense"}, "https://example.com/", None),
    ],
)
def test_the_click(cookies: Mapping[str, str], location: str, fbc: str | None) -> None:
    event = {"event_name": "page_view", "page_location": location, "user_agent": "ExampleBrowser/1.0"}
    assert sent(made(Meta, **PIXEL), event, cookies=cookies)["data"][0]["user_data"].get("fbc") == fbc


def test_an_event_with_nothing_about_its_visitor_is_not_sent_since_meta_would_refuse_all_beside_it() -> None:
    nobodys = {
        name: value for name, value in PURCHASE.items() if name not in ("user_data", "user_id", "ip_override", "user_agent")
    }
    skip = mapped(made(Meta, **PIXEL), nobodys)
    assert isinstance(skip, Skip)
    assert skip.held is HeldBack.NO_IDENTITY
    for known in ({"user_agent": "B/1"}, {"ip_override": "203.0.113.7"}, {"user_id": "u"}, {"x-fb-ud-subscription_id": "s"}):
        assert sent(made(Meta, **PIXEL), {**nobodys, **known})["data"][0]["user_data"]
    assert sent(made(Meta, **PIXEL), nobodys, cookies={"_fbp": "fb.1.1767000000000.1098115397"})["data"][0]["user_data"]


def test_value_and_currency_may_stand_in_the_items() -> None:
    items = [{"item_id": "a", "price": "2.5", "quantity": 3, "currency": "usd"}, {"item_id": "b", "price": 1}]
    row = sent(made(Meta, **PIXEL), {**SOMEBODY, "event_name": "add_to_cart", "items": items})["data"][0]
    assert (row["event_name"], row["custom_data"]["value"], row["custom_data"]["currency"]) == ("AddToCart", 8.5, "USD")
    assert row["custom_data"]["num_items"] == 4


def test_a_name_that_the_file_gives_leaves_as_it_is() -> None:
    named = made(Meta, **PIXEL, event_name={"purchase": "purchase"})
    assert sent(named)["data"][0]["event_name"] == "purchase"
    assert sent(named, {**SOMEBODY, "event_name": "sign_up"})["data"][0]["event_name"] == "CompleteRegistration"
    assert sent(named, {**SOMEBODY, "event_name": "my_quiz"})["data"][0]["event_name"] == "my_quiz"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"events_received": 2, "messages": [], "fbtrace_id": "A"}, Delivered()),
        (200, {"events_received": 1, "messages": [], "fbtrace_id": "A"}, unclear("Meta")),
        (200, {"events_received": True}, unclear("Meta")),
        (200, {"error": "no"}, unclear("Meta")),
        (200, b"<html>a proxy's page</html>", others_page("Meta")),
        (400, error(100, error_subcode=2804003), Rejected("HTTP 400: code 100 Invalid parameter")),
        (400, error(190), Retry("HTTP 400: code 190 Invalid parameter", credential=True)),
        (400, error(100, error_subcode=33), Retry("HTTP 400: code 100 Invalid parameter", credential=True)),
        (403, error(200), Retry("HTTP 403: code 200 Invalid parameter", credential=True)),
        (400, error(4), Retry("HTTP 400: code 4 Invalid parameter")),
        (500, error(80003), Retry("HTTP 500: code 80003 Invalid parameter")),
        (400, error(2, is_transient=True), Retry("HTTP 400: code 2 Invalid parameter")),
        (500, error(-1), Retry("HTTP 500: code -1 Invalid parameter")),
        (503, error(100), Retry("HTTP 503: code 100 Invalid parameter")),
        (429, error(80004), Retry("HTTP 429: code 80004 Invalid parameter")),
        (403, error(2500), Retry("HTTP 403: code 2500 Invalid parameter", credential=True)),
        (404, error(803), Rejected("HTTP 404: code 803 Invalid parameter")),
        (400, error(7, is_transient=True), Retry("HTTP 400: code 7 Invalid parameter")),
        (429, b"<html>slow down</html>", Retry("HTTP 429")),
        (400, b"<html>a proxy's page</html>", Retry("HTTP 400")),
        (401, b"", Retry("HTTP 401", credential=True)),
        (503, b"", Retry("HTTP 503")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(Meta, **PIXEL), status, body, rows=2) == [outcome, outcome]


def test_in_stores_it_may_be_older() -> None:
    tag = made(Meta, **PIXEL, action_source="physical_store")
    assert tag.expired(payload(tag), NOW + 62 * DAY) is None
    assert str(tag.expired(payload(tag), NOW + 62 * DAY + SECOND)).startswith("Meta takes nothing older than 62 days")


@pytest.mark.parametrize("lacks", ["value", "currency"])
def test_a_purchase_without_an_amount_fails_none_that_would_be_sent_with_it(lacks: str) -> None:
    event = {name: value for name, value in PURCHASE.items() if name not in (lacks, "items")}
    tag = made(Meta, **PIXEL)
    assert tag.expired(payload(tag, event), NOW) == "Meta takes no Purchase without value and currency"
    assert tag.expired(payload(tag, {**event, "value": 0, "currency": "EUR"}), NOW) is None
    assert tag.expired(payload(tag, {**event, "event_name": "add_to_cart"}), NOW) is None


def test_a_hash_of_the_page_s_own_passes() -> None:
    hash = digest("meta", "email", "a@b.example")
    row = sent(made(Meta, **PIXEL), {"event_name": "x", "user_data": {"sha256_email_address": hash.upper()}})["data"][0]
    assert row["user_data"]["em"] == [hash]


def test_what_an_event_says_in_meta_s_own_words_goes_before_all_else() -> None:
    said = {"em": "Other@Example.com", "ph": ["4" * 64], "subscription_id": "s1", "fb-login-id": 99}
    goods = {"contents": '[{"id":"z"}]', "content_ids": ["z"], "num_items": 7}
    event = {**PURCHASE, **{f"x-fb-ud-{name}": value for name, value in said.items()}}
    [row] = sent(made(Meta, **PIXEL), event | {f"x-fb-cd-{name}": value for name, value in goods.items()})["data"]
    assert row["user_data"]["em"] == [digest("meta", "email", "other@example.com")]
    assert row["user_data"]["ph"] == ["4" * 64]
    assert row["user_data"]["fn"] == [digest("meta", "first_name", "jane")]
    assert (row["user_data"]["subscription_id"], row["user_data"]["fb_login_id"]) == ("s1", "99")
    assert (row["custom_data"]["contents"], row["custom_data"]["content_ids"]) == ([{"id": "z"}], ["z"])
    assert row["custom_data"]["num_items"] == 7


@pytest.mark.parametrize("said", ["[", "{}", 5, "[" * 100_000, {"a": 1}])
def test_what_is_no_list_of_goods_hides_none(said: object) -> None:
    [row] = sent(made(Meta, **PIXEL), {**PURCHASE, "x-fb-cd-contents": said})["data"]
    assert [content.get("id") for content in row["custom_data"]["contents"]] == ["SKU-1", "SKU-2"]


@pytest.mark.parametrize(("options", "beside"), [(["LDU"], {"country": 0, "state": 0}), ([], {}), (None, {})])
def test_country_and_state_stand_beside_what_limits_alone(options: list[str] | None, beside: Mapping[str, int]) -> None:
    [row] = sent(made(Meta, **PIXEL, data_processing_options=options))["data"]
    assert row.get("data_processing_options") == options
    assert {
        name: value for name in ("country", "state") if (value := row.get(f"data_processing_options_{name}")) is not None
    } == beside


@pytest.mark.parametrize("code", [[190], {"a": 1}, "190"])
def test_a_code_that_is_none_parks_nothing(code: object) -> None:
    [outcome] = judged(made(Meta, **PIXEL), 500, {"error": {"code": code, "message": "No."}})
    assert isinstance(outcome, Retry)


@pytest.mark.parametrize("key", ["x-fb-ck-{}", "_{}", "{}"])
def test_an_event_may_say_meta_s_cookies_itself(key: str) -> None:
    event = {**PURCHASE, key.format("fbp"): "fb.1.1767000000000.7", key.format("fbc"): "fb.1.1767000000000.AbC"}
    [row] = sent(made(Meta, **PIXEL), event)["data"]
    assert (row["user_data"]["fbp"], row["user_data"]["fbc"]) == ("fb.1.1767000000000.7", "fb.1.1767000000000.AbC")
