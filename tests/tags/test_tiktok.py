"""TikTok's Events API: rows as TikTok has them, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from core.types import Delivered, Rejected, Retry, Skip
from tags.tiktok import TikTok, TikTokSettings
from tests.tags.golden import differences
from tests.tags.played_vendor import CLEAR, PURCHASE, judged, made, mapped, others_page, payload, requests, sent, unclear
from tests.tags.sample import SAMPLE, SAMPLE_AT, SAMPLE_COOKIES
from wire.identity import digest

PIXEL = {"pixel_code": "C123EXAMPLE456", "access_token": "EXAMPLE_TOKEN"}


def row(event: Mapping[str, Any], cookies: Mapping[str, str] | None = None, **settings: Any) -> Mapping[str, Any]:
    """The one row that is sent for an event."""
    body = sent(made(TikTok, **PIXEL, **settings), {"event_name": "page_view", **event}, cookies=cookies)
    [only] = body["data"]
    assert isinstance(only, dict)
    return only


def test_the_sample_is_as_tiktok_has_it() -> None:
    tag = made(TikTok, **PIXEL)
    [request] = requests(tag, payload(tag, SAMPLE, cookies=SAMPLE_COOKIES, received_at=SAMPLE_AT))
    assert dict(request.headers) == {"access-token": "EXAMPLE_TOKEN", "content-type": "application/json"}
    user = {
        "email": "db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1",
        "phone": "1e231c66011e7a2d867a9cfae267a6aff103cf4913640b6e71a99850fc0ffbc8",
        "external_id": "bf9023e0fc14f272cb98cf9d5c5f3e5cc4dc81206799b0b977c681738d7308b3",
        "first_name": "e96e02d8e47f2a7c03be5117b3ed175c52aa30fb22028cf9c96f261563577605",
        "last_name": "718e649231fd95a3315ab8701bb3c8f78d90cc64e1bda60063198726f84f79f2",
        "zip_code": "e443169117a184f91186b401133b20be670c7c0896f9886075e5d9b81e9d076b",
        "city": "newyork",
        "state": "ny",
        "country": "us",
        "ip": "203.0.113.9",
        "user_agent": "ExampleBrowser/2",
        "ttclid": "E.C.P.example",
        "ttp": "2F7h37YkS1j57AYSKTI7IHhJPYH",
    }
    content = {"content_id": "P1", "content_name": "Lamp", "content_category": "Home", "brand": "Lux"}
    properties = {
        "currency": "EUR",
        "value": 48.5,
        "order_id": "A-2040",
        "content_type": "product",
        "contents": [{**content, "price": 24.25, "quantity": 2}],
    }
    only = {
        "event": "Purchase",
        "event_time": 1767312000,
        "event_id": "e-51",
        "user": user,
        "properties": properties,
        "page": {"url": "https://shop.example.com/done?x=1", "referrer": "https://shop.example.com/pay"},
    }
    body = json.loads(request.body)
    assert body == {"event_source": "web", "event_source_id": "C123EXAMPLE456", "data": [only]}


def test_nothing_that_tiktok_takes_as_a_hash_is_kept_or_sent_in_clear() -> None:
    tag = made(TikTok, **PIXEL)
    found = payload(tag)
    written = json.dumps(found.body) + str(requests(tag, found)[0])
    assert [word for word in (*CLEAR, "user-42", "94025") if word in written.lower()] == []


def test_several_addresses_are_a_list_and_a_hash_of_the_page_s_own_passes() -> None:
    hash = digest("tiktok", "email", "a@b.example")
    user = row({"user_data": {"sha256_email_address": hash.upper(), "email": ["c@d.example", "A@b.example"]}})["user"]
    assert user["email"] == [hash, digest("tiktok", "email", "c@d.example")]
    assert "email" not in row({"user_data": {"email": " "}}).get("user", {})


@pytest.mark.parametrize(
    ("event", "cookies", "found"),
    [
        ({"ttclid": "own", "page_location": "https://a.example/?ttclid=url"}, {"ttclid": "cookie"}, {"ttclid": "own"}),
        ({"page_location": "https://a.example/?ttclid=E.C.P.a%2Fb"}, {"ttclid": "cookie"}, {"ttclid": "E.C.P.a/b"}),
        ({"page_location": "https://a.example/"}, {"ttclid": "E.C.P.a%2Bb", "_ttp": "t"}, {"ttclid": "E.C.P.a+b", "ttp": "t"}),
        ({"_ttp": "own"}, {"_ttp": "t"}, {"ttp": "own"}),
        ({"language": "en-us"}, {}, {"locale": "en-us"}),
        ({"x-ga-platform": "Android", "x-ga-resettable_device_id": "38400000-8cf0"}, {}, {"gaid": "38400000-8cf0"}),
        ({"x-ga-platform": "ios", "x-ga-resettable_device_id": "38400000-8cf0"}, {}, {"idfa": "38400000-8cf0"}),
        ({"x-ga-platform": "ios", "x-ga-resettable_device_id": "00000000-0000-0000"}, {}, {}),
        ({"x-ga-resettable_device_id": "38400000-8cf0"}, {}, {}),
    ],
)
def test_the_click_and_the_device(event: Mapping[str, Any], cookies: Mapping[str, str], found: Mapping[str, str]) -> None:
    assert row(event, cookies).get("user", {}) == found


def test_goods_without_an_id_are_left_out_and_value_and_currency_may_stand_in_them() -> None:
    items = [{"item_id": "a", "price": "2.5", "quantity": 3, "currency": "usd"}, {"item_name": "b", "price": 1}]
    properties = row({"items": items})["properties"]
    assert properties == {
        "currency": "USD",
        "value": 8.5,
        "content_type": "product",
        "contents": [{"content_id": "a", "price": 2.5, "quantity": 3}],
    }
    assert row({"content_type": "product_group", "items": items})["properties"]["content_type"] == "product_group"
    assert row({"content_type": "image", "items": items})["properties"]["content_type"] == "product"


def test_what_else_a_page_says_has_tiktok_s_own_name() -> None:
    event = {"event_name": "search", "search_term": "lamp", "description": "d", "status": "open", "shop_id": 5}
    assert row(event)["properties"] == {"query": "lamp", "description": "d", "status": "open", "shop_id": "5"}


@pytest.mark.parametrize(
    ("source", "part"),
    [("crm", {"lead": {"lead_id": "L1", "lead_event_source": "shop"}}), ("app", {"app": {"app_id": "1"}}), ("offline", {})],
)
def test_other_sources_have_parts_of_their_own(source: str, part: Mapping[str, Any]) -> None:
    tag = made(TikTok, **PIXEL, event_source=source)
    body = sent(tag, {"event_name": "x", "lead_id": "L1", "lead_event_source": "shop", "app_id": "1"})
    assert body["event_source"] == source
    assert {name: value for name, value in body["data"][0].items() if name in ("lead", "app")} == part


@pytest.mark.parametrize("address", [None, "10.0.0.1", "fe80::1", "x"])
def test_limited_use_goes_with_a_public_address_alone(address: str | None) -> None:
    tag = made(TikTok, **PIXEL, limited_data_use=True)
    assert isinstance(mapped(tag, {**PURCHASE, "ip_override": address}), Skip)
    assert sent(tag)["data"][0]["limited_data_use"] is True
    assert row({"ip_override": "10.0.0.1"}, limited_data_use=False)["limited_data_use"] is False
    assert "limited_data_use" not in row({})


@pytest.mark.parametrize("source", ["crm", "offline"])
def test_limited_use_is_for_the_web_and_apps(source: str) -> None:
    with pytest.raises(ValidationError, match="web and app alone"):
        TikTokSettings.model_validate({**PIXEL, "limited_data_use": True, "event_source": source})


@pytest.mark.parametrize("event", [{}, {"event_name": "page_view", "page_location": "https://gtm-msr.appspot.com/render"}])
def test_what_is_no_visitor_s_event_is_not_sent(event: Mapping[str, Any]) -> None:
    assert isinstance(mapped(made(TikTok, **PIXEL), dict(event)), Skip)


def test_a_name_that_the_file_gives_leaves_as_it_is() -> None:
    named = made(TikTok, **PIXEL, event_name={"purchase": "CompletePayment"})
    assert sent(named, {"event_name": "page_view"})["data"][0]["event"] == "Pageview"
    assert sent(made(TikTok, **PIXEL, event_name="purchase"))["data"][0]["event"] == "purchase"
    assert sent(named, {"event_name": "my_quiz"})["data"][0]["event"] == "my_quiz"


def test_events_for_tiktok_s_test_go_one_by_one() -> None:
    tag = made(TikTok, **PIXEL, test="TEST51")
    found = requests(tag, payload(tag), payload(tag))
    assert (tag.batch, [request.payloads for request in found]) == (None, [(0,), (1,)])
    assert [json.loads(request.body)["test_event_code"] for request in found] == ["TEST51", "TEST51"]
    assert "test_event_code" not in sent(made(TikTok, **PIXEL))


def said(code: int) -> Mapping[str, Any]:
    return {"code": code, "message": "no", "request_id": "2026", "data": {}}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"code": 0, "message": "OK", "request_id": "2026", "data": {}}, Delivered()),
        (200, said(20001), Delivered()),
        (200, said(40100), Retry("HTTP 200: code 40100 no")),
        (200, said(50000), Retry("HTTP 200: code 50000 no")),
        (200, said(50002), Retry("HTTP 200: code 50002 no")),
        (200, said(40001), Retry("HTTP 200: code 40001 no", credential=True)),
        (200, said(40104), Retry("HTTP 200: code 40104 no", credential=True)),
        (401, said(40105), Retry("HTTP 401: code 40105 no", credential=True)),
        (200, said(40000), Rejected("HTTP 200: code 40000 no")),
        (200, said(40002), Rejected("HTTP 200: code 40002 no")),
        (200, said(41000), Rejected("HTTP 200: code 41000 no")),
        (400, said(40002), Rejected("HTTP 400: code 40002 no")),
        (500, said(0), Retry("HTTP 500: code 0 no")),
        (429, said(40002), Retry("HTTP 429: code 40002 no")),
        (200, b"<html>a proxy's page</html>", others_page("TikTok")),
        (200, {"code": "0"}, unclear("TikTok")),
        (200, {"code": False}, unclear("TikTok")),
        (404, b"", Retry("HTTP 404")),
        (401, b"", Retry("HTTP 401", credential=True)),
        (503, b"", Retry("HTTP 503")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(TikTok, **PIXEL), status, body, rows=2) == [outcome, outcome]


def test_the_event_that_a_refusal_names_is_given_up_and_the_others_go_again() -> None:
    why = "Batch.1.properties.contents.0.content_id: Not a valid string"
    again = Retry("HTTP 200: another event of the same request was refused", blameless=True)
    refused = Rejected(f"HTTP 200: code 40002 {why}")
    assert judged(made(TikTok, **PIXEL), 200, {"code": 40002, "message": why}, rows=3) == [again, refused, again]
    assert judged(made(TikTok, **PIXEL), 200, {"code": 40002, "message": why}) == [refused]


def test_a_batch_is_shown_row_by_row() -> None:
    tag = made(TikTok, **PIXEL)
    [request] = requests(tag, payload(tag), payload(tag, {"event_name": "x"}))
    [first, second] = [json.loads(part.body) for part in tag.parts(request)]
    assert list(differences({"event": "Purchase"}, first)) == []
    assert second["event"] == "x"
