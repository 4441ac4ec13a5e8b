"""Microsoft Advertising's UET Conversions API: rows as Microsoft has them, its answers row by row, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.microsoft_ads import MicrosoftAds
from tests.tags.golden import requested
from tests.tags.played_vendor import BESIDE, judged, made, mapped, others_page, payload, requests, sent, unclear, unlike
from wire.identity import digest

DEVICE = "6D92078A-8246-4BA4-AE5B-76104861E7DC"
UET = {"uet_tag_id": "187012345", "access_token": "EXAMPLE_TOKEN"}
KNOWN = {"user_id": "u-7"}


@pytest.mark.parametrize("vector", requested("microsoft"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    settings = dict(vector["settings"])
    consent = {"ad_storage": settings.pop("consent")} if "consent" in settings else {}
    assert unlike(made(MicrosoftAds, **settings), vector, consent=consent) == []


def test_the_envelope_asks_for_the_good_rows_to_count() -> None:
    tag = made(MicrosoftAds, **UET)
    [request] = requests(tag, payload(tag), payload(tag))
    body = json.loads(request.body)
    assert (len(body["data"]), body["dataProvider"], body["continueOnValidationError"]) == (2, "tagyard", True)
    assert request.url == "https://capi.uet.microsoft.com/v1/187012345/events"
    assert dict(request.headers) == {"authorization": "Bearer EXAMPLE_TOKEN", "content-type": "application/json"}


def test_a_user_id_leaves_as_it_is_and_what_is_hashed_in_microsofts_form() -> None:
    data = {"email": "Jane.Doe+news@Example.com", "phone": "+1 (650) 555-1212"}
    [row] = sent(made(MicrosoftAds, **UET), {"event_name": "x", "user_data": data, "user_id": "User-42"})["data"]
    assert row["userData"] == {
        "em": "c4d25e9c90ff23e9145397bc6fbd5385ca5fbe78211222ccbecd0b369ebb19a6",
        "ph": "1e231c66011e7a2d867a9cfae267a6aff103cf4913640b6e71a99850fc0ffbc8",
        "externalId": "User-42",
    }
    [row] = sent(made(MicrosoftAds, **UET), {"event_name": "x", "user_id": "a@b.example"})["data"]
    assert row["userData"] == {"externalId": digest("microsoft_ads", "external_id", "a@b.example")}


@pytest.mark.parametrize(
    ("event", "cookies", "goes"),
    [
        ({"user_data": {"email": "a@b.example"}}, {}, True),
        ({"user_data": {"phone": "+16505551212"}}, {}, True),
        (KNOWN, {}, True),
        ({}, {"_uetvid": "e0c6f7a0e6f511efb3c1f1a2b3c4d5e6"}, True),
        ({"page_location": "https://example.com/?msclkid=a"}, {}, True),
        ({"ip_override": "203.0.113.7", "user_agent": "ExampleBrowser/1.0"}, {}, False),
        ({"event_name": "page_view", **KNOWN}, {}, False),
        ({"event_name": "page_view", "page_location": "https://example.com/", **KNOWN}, {}, True),
    ],
)
def test_what_microsoft_would_refuse_is_skipped(event: Mapping[str, Any], cookies: Mapping[str, str], goes: bool) -> None:
    found = mapped(made(MicrosoftAds, **UET), {"event_name": "view_item", **event}, cookies=cookies)
    assert isinstance(found, Skip) is not goes


@pytest.mark.parametrize(
    ("name", "type", "sent_as", "page"),
    [
        ("page_view", "pageLoad", None, None),
        ("gtm.dom", "pageLoad", None, None),
        ("view_item", "custom", "view_item", "product"),
        ("view_item_list", "custom", "view_item_list", "category"),
        ("view_cart", "custom", "view_cart", "cart"),
        ("search", "custom", "search", "searchresults"),
        ("view_search_results", "custom", "search", "searchresults"),
        ("purchase", "custom", "purchase", "purchase"),
        ("add_to_cart", "custom", "add_to_cart", None),
        ("my_quiz_done", "custom", "my_quiz_done", None),
    ],
)
def test_names(name: str, type: str, sent_as: str | None, page: str | None) -> None:
    event = {"event_name": name, "page_location": "https://example.com/", "value": 1, **KNOWN}
    [row] = sent(made(MicrosoftAds, **UET), event)["data"]
    assert (row["eventType"], row.get("eventName")) == (type, sent_as)
    assert row.get("customData", {}).get("pageType") == page
    assert ("customData" in row) is (type == "custom")
    [named] = sent(made(MicrosoftAds, **UET, event_name={name: name}), event)["data"]
    assert (named["eventType"], named["eventName"]) == ("custom", name)


@pytest.mark.parametrize(("name", "total"), [("purchase", 8.5), ("add_to_cart", None)])
def test_items(name: str, total: float | None) -> None:
    item = {"item_id": "a", "item_brand": "Acme", "item_name": "Mug", "price": "2.5", "quantity": 3, "currency": "usd"}
    event = {"event_name": name, "items": [item, {"item_id": "b", "price": 1}], "search_term": "mug", "transaction_id": 7}
    bought = sent(made(MicrosoftAds, **UET), {**event, **KNOWN})["data"][0]["customData"]
    assert (bought.pop("pageType", None), bought.pop("ecommTotalValue", None)) == ("purchase" if total else None, total)
    assert bought == {
        "searchTerm": "mug",
        "transactionId": "7",
        "value": 8.5,
        "eventValue": 8.5,
        "currency": "USD",
        "itemIds": ["a", "b"],
        "items": [{"id": "a", "name": "Mug", "price": 2.5, "quantity": 3}, {"id": "b", "price": 1, "quantity": 1}],
    }


@pytest.mark.parametrize(
    ("event", "id"), [({"event_id": 5, "transaction_id": "T"}, "5"), ({"transaction_id": "T"}, None), ({}, None)]
)
def test_only_an_event_id_is_an_event_s_id(event: Mapping[str, Any], id: str | None) -> None:
    assert sent(made(MicrosoftAds, **UET), {"event_name": "x", **event, **KNOWN})["data"][0].get("eventId") == id


@pytest.mark.parametrize(("said", "sent_as"), [("granted", "G"), ("denied", "D"), ("unset", None)])
def test_what_is_said_about_ad_storage(said: str, sent_as: str | None) -> None:
    [row] = sent(made(MicrosoftAds, **UET), {"event_name": "x", **KNOWN}, consent={"ad_storage": said})["data"]
    assert row.get("adStorageConsent") == sent_as


@pytest.mark.parametrize(
    ("event", "cookies", "click", "browser"),
    [
        ({}, {"_uetmsclkid": "_uet11aa", "_uetvid": "of-the-page"}, "11aa", "of-the-page"),
        ({}, {"_uetmsclkid": "_uet11aa", "uet_msclkid": "22bb", "_uetvid": "a", "uet_vid": "b"}, "22bb", "b"),
        ({"page_location": "https://example.com/?msclkid=33cc"}, {"uet_msclkid": "22bb"}, "33cc", None),
        ({"msclkid": "44dd", "page_location": "https://example.com/?msclkid=33cc"}, {}, "44dd", None),
    ],
)
def test_the_click_and_the_browser(
    event: Mapping[str, Any], cookies: Mapping[str, str], click: str | None, browser: str | None
) -> None:
    [row] = sent(made(MicrosoftAds, **UET), {"event_name": "x", **event}, cookies=cookies)["data"]
    assert (row["userData"].get("msclkid"), row["userData"].get("anonymousId")) == (click, browser)


def refused(*indices: int, received: int | None = None, warning: bool = False) -> Mapping[str, Any]:
    details = [{"index": at, "propertyName": "userData.em", "errorMessage": "bad", "isWarning": warning} for at in indices]
    error = {"code": "ValidationError", "message": "no", "details": details}
    return {"error": error, "traceId": "T"} | ({} if received is None else {"eventsReceived": received})


BAD = Rejected("HTTP 400: userData.em bad")


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (200, {"eventsReceived": 2, "traceId": "T"}, [Delivered(), Delivered()]),
        (200, {"eventsReceived": 1, "traceId": "T"}, [unclear("Microsoft")] * 2),
        (200, {"traceId": "T"}, [unclear("Microsoft")] * 2),
        (200, refused(7, received=2), [unclear("Microsoft")] * 2),
        (200, {"eventsReceived": 2, "error": {"details": "bad"}}, [unclear("Microsoft")] * 2),
        (200, b"<html>", [others_page("Microsoft")] * 2),
        (200, refused(0, received=2, warning=True), [Delivered(), Delivered()]),
        (200, refused(0, received=1), [Rejected("HTTP 200: userData.em bad"), Delivered()]),
        (400, refused(1, received=1), [Delivered(), BAD]),
        (400, refused(1, received=0), [BESIDE, BAD]),
        (400, refused(1), [BESIDE, BAD]),
        (400, refused(0, 1, received=0), [BAD, BAD]),
        (400, refused(0, warning=True), [Rejected("HTTP 400: ValidationError no")] * 2),
        (400, refused(7), [Rejected("HTTP 400: ValidationError no")] * 2),
        (400, b"", [Rejected("HTTP 400")] * 2),
        (401, {"error": {"code": "Unauthorized"}}, [Retry("HTTP 401: Unauthorized", credential=True)] * 2),
        (403, b"", [Retry("HTTP 403", credential=True)] * 2),
        (404, b"", [Retry("HTTP 404", credential=True)] * 2),
        (429, b"", [Retry("HTTP 429")] * 2),
        (500, b"<html>", [Retry("HTTP 500")] * 2),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: Sequence[object]) -> None:
    assert judged(made(MicrosoftAds, **UET), status, body, rows=2) == outcomes


def test_an_app_s_device_is_somebody() -> None:
    event = {"event_name": "login", "x-ga-platform": "ios", "x-ga-resettable_device_id": DEVICE}
    assert sent(made(MicrosoftAds, **UET), event)["data"][0]["userData"] == {"idfa": DEVICE}
    assert isinstance(mapped(made(MicrosoftAds, **UET), event | {"x-ga-resettable_device_id": "0000-0000"}), Skip)
