"""LinkedIn's Conversions API: events as LinkedIn has them, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.linkedin import LinkedIn
from tests.tags.played_vendor import NOW, judged, made, mapped, others_page, payload, requests, sent, unclear
from tests.tags.sample import SAMPLE, SAMPLE_AT, SAMPLE_COOKIES
from wire.identity import digest

RULE = {"conversion_rule_id": "23456", "access_token": "EXAMPLE_TOKEN"}
SOMEBODY = {"event_name": "generate_lead", "user_data": {"email": "a@b.example"}}
SHA = digest("linkedin", "email", "a@b.example")


def user(event: Mapping[str, Any], cookies: Mapping[str, str] | None = None, **settings: Any) -> Mapping[str, Any]:
    """Who it is, of the event that is sent."""
    found = sent(made(LinkedIn, **RULE, **settings), {"event_name": "x", **event}, cookies=cookies)["user"]
    assert isinstance(found, dict)
    return found


def test_the_sample_is_as_linkedin_has_it() -> None:
    tag = made(LinkedIn, **RULE)
    row = payload(tag, SAMPLE, cookies=SAMPLE_COOKIES, received_at=SAMPLE_AT)
    [request] = requests(tag, row, row)
    assert dict(request.headers) == {
        "authorization": "Bearer EXAMPLE_TOKEN",
        "linkedin-version": "202608",
        "x-restli-protocol-version": "2.0.0",
        "content-type": "application/json",
        "x-restli-method": "BATCH_CREATE",
    }
    ids = {
        "SHA256_EMAIL": "db23ab0526841e86bd32f299f50c84b0f920f939f87623bc810e8d5fe2a2f6f1",
        "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": "df5gf5-example",
        "PLAINTEXT_IP_ADDRESS": "203.0.113.9",
    }
    only = {
        "conversion": "urn:lla:llaPartnerConversion:23456",
        "conversionHappenedAt": 1767312000000,
        "eventId": "e-51",
        "conversionValue": {"currencyCode": "EUR", "amount": "48.5"},
        "user": {
            "userIds": [{"idType": kind, "idValue": value} for kind, value in ids.items()],
            "userInfo": {"firstName": "Sam", "lastName": "Roe", "countryCode": "US"},
        },
    }
    assert json.loads(request.body) == {"elements": [only, only]}
    [alone] = requests(tag, row)
    assert json.loads(alone.body) == only
    assert "x-restli-method" not in dict(alone.headers)


def test_nothing_that_linkedin_takes_as_a_hash_or_not_at_all_is_kept_or_sent_in_clear() -> None:
    tag = made(LinkedIn, **RULE)
    row = payload(tag)
    written = (json.dumps(row.body) + str(requests(tag, row)[0])).lower()
    hidden = ("jane.doe", "448444124653", "4124653", "user-42", "menlo", "94025")
    assert [word for word in hidden if word in written] == []
    assert "jane" not in json.dumps(payload(made(LinkedIn, **RULE, user_info=False)).body).lower()


@pytest.mark.parametrize(
    ("event", "cookies", "ids"),
    [
        ({"user_data": {"email": "a@b.example"}}, {}, {"SHA256_EMAIL": SHA}),
        ({"user_data": {"sha256_email_address": SHA.upper()}}, {}, {"SHA256_EMAIL": SHA}),
        ({"li_fat_id": "own"}, {"li_fat_id": "c"}, {"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": "own"}),
        ({"page_location": "https://a.b/?li_fat_id=u"}, {"li_fat_id": "c"}, {"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": "u"}),
        ({"page_location": "https://a.b/"}, {"li_fat_id": "c"}, {"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": "c"}),
        ({"user_data": {"acxiomID": "1", "moatID": "2"}}, {}, {"ACXIOM_ID": "1", "ORACLE_MOAT_ID": "2"}),
        ({"ip_override": "203.0.113.7"}, {}, {"PLAINTEXT_IP_ADDRESS": "203.0.113.7"}),
        ({"ip_override": "::ffff:203.0.113.7"}, {}, {"PLAINTEXT_IP_ADDRESS": "203.0.113.7"}),
        ({"x-ga-platform": "android", "x-ga-resettable_device_id": "3840"}, {}, {"GOOGLE_AID": "3840"}),
    ],
)
def test_any_of_these_tells_who_it_is(event: Mapping[str, Any], cookies: Mapping[str, str], ids: Mapping[str, str]) -> None:
    assert user(event, cookies) == {"userIds": [{"idType": kind, "idValue": value} for kind, value in ids.items()]}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"user_data": {"email": " ", "phone_number": "+16505551212"}},
        {"ip_override": "2001:db8::1"},
        {"ip_override": "10.0.0.1"},
        {"user_id": "u-7"},
        {"user_data": {"address": {"first_name": "Ann", "country": "DE"}}},
        {"li_fat_id": "own", "page_location": "https://gtm-msr.appspot.com/render"},
    ],
)
def test_an_event_with_nobody_in_it_is_not_sent(event: Mapping[str, Any]) -> None:
    assert isinstance(mapped(made(LinkedIn, **RULE), {"event_name": "x", **event}), Skip)


def test_both_names_tell_who_it_is_and_one_alone_is_left_out() -> None:
    data = {"first_name": " Ann ", "last_name": "McLee", "country": "Germany"}
    work = {"job_title": "Boss", "company_name": "Lux"}
    assert user({"user_data": {**data, **work}}) == {
        "userIds": [],
        "userInfo": {"firstName": "Ann", "lastName": "McLee", "title": "Boss", "companyName": "Lux", "countryCode": "DE"},
    }
    assert "userInfo" not in user({"user_data": {"email": "a@b.example", "first_name": "Ann", "country": "DE"}})
    assert "userInfo" not in user({"user_data": {"email": "a@b.example", "first_name": SHA, "last_name": SHA}})


def test_who_it_is_to_the_shop_leaves_where_the_file_says_so() -> None:
    assert user({**SOMEBODY, "user_id": 7}, external_ids=True)["externalIds"] == ["7"]
    assert "externalIds" not in user({**SOMEBODY, "user_id": 7})
    assert "externalIds" not in user(SOMEBODY, external_ids=True)


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ({"value": 50.0, "currency": "usd"}, {"currencyCode": "USD", "amount": "50"}),
        ({"value": "1e-7", "currency": "USD"}, {"currencyCode": "USD", "amount": "0.0000001"}),
        ({"value": 0, "currency": "USD"}, {"currencyCode": "USD", "amount": "0"}),
        ({"items": [{"price": 2.5, "quantity": 3, "currency": "EUR"}]}, {"currencyCode": "EUR", "amount": "7.5"}),
        ({"value": 50}, None),
        ({"currency": "USD"}, None),
    ],
)
def test_a_value_goes_with_its_currency_in_digits(event: Mapping[str, Any], value: object) -> None:
    assert sent(made(LinkedIn, **RULE), {**SOMEBODY, **event}).get("conversionValue") == value


def test_the_order_stands_for_an_id() -> None:
    assert sent(made(LinkedIn, **RULE), {**SOMEBODY, "transaction_id": "T-1"})["eventId"] == "T-1"
    assert "eventId" not in sent(made(LinkedIn, **RULE), SOMEBODY)


def test_a_version_that_is_about_to_end_is_noted() -> None:
    row = payload(made(LinkedIn, **RULE))
    assert made(LinkedIn, **RULE).note(row, NOW) is None
    assert made(LinkedIn, **RULE, api_version="202503").note(row, NOW) is None
    assert made(LinkedIn, **RULE, api_version="202502").note(row, NOW) == "LinkedIn's version 202502 is about to end"


OTHERS = Retry("HTTP 422: another event of the same request was refused", blameless=True)
AMOUNT = "/conversionValue/amount :: field is required but not found and has no default value"
TWO_OF_THREE = f"Index: 0, ERROR :: {AMOUNT}\nIndex: 2, ERROR :: no"


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (201, b"", [Delivered()]),
        (200, {"elements": [{"status": 201}]}, [Delivered()]),
        (200, {"elements": [{"status": 201}, {"status": 201}]}, [Delivered(), Delivered()]),
        (
            200,
            {"elements": [{"status": 201}, {"status": 400, "error": {"message": "no"}}, {"status": 429}, {"status": 503}]},
            [Delivered(), Rejected("HTTP 400: no"), Retry("HTTP 429"), Retry("HTTP 503")],
        ),
        (
            200,
            {"elements": [{"status": 403}, {}]},
            [Retry("HTTP 403", credential=True), Rejected("LinkedIn does not say what became of it")],
        ),
        (200, b"", [unclear("LinkedIn")] * 2),
        (200, {"elements": [{"status": 201}]}, [unclear("LinkedIn")] * 2),
        (200, {"elements": {"status": 201}}, [unclear("LinkedIn")] * 2),
        (200, b"<html>", [others_page("LinkedIn")] * 2),
        (200, b"<html>", [others_page("LinkedIn")]),
        (
            422,
            {"status": 422, "message": TWO_OF_THREE},
            [Rejected(f"HTTP 422: Index: 0, ERROR :: {AMOUNT}"), OTHERS, Rejected("HTTP 422: Index: 2, ERROR :: no")],
        ),
        (
            400,
            {"status": 400, "message": "type should be CONVERSIONS_API, indices [0, 2] (0-indexed)"},
            [
                Rejected("HTTP 400: type should be CONVERSIONS_API, indices [0, 2] (0-indexed)"),
                Retry("HTTP 400: another event of the same request was refused", blameless=True),
                Rejected("HTTP 400: type should be CONVERSIONS_API, indices [0, 2] (0-indexed)"),
            ],
        ),
        (422, {"message": "Index: 7, ERROR :: no"}, [Rejected("HTTP 422: Index: 7, ERROR :: no")] * 2),
        (422, {"message": "Index: 0, ERROR :: no"}, [Rejected("HTTP 422: Index: 0, ERROR :: no")]),
        (400, {"message": "no"}, [Rejected("HTTP 400: no")] * 2),
        (400, b"", [Rejected("HTTP 400")]),
        (401, {"serviceErrorCode": 65601, "message": "revoked"}, [Retry("HTTP 401: revoked", credential=True)] * 2),
        (403, {"message": "no role"}, [Retry("HTTP 403: no role", credential=True)]),
        (426, {"message": "sunset"}, [Retry("HTTP 426: sunset", credential=True)]),
        (429, {"message": "slow down, Index: 0"}, [Retry("HTTP 429: slow down, Index: 0")] * 2),
        (500, b"", [Retry("HTTP 500")]),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: list[object]) -> None:
    assert judged(made(LinkedIn, **RULE), status, body, rows=len(outcomes)) == outcomes


def test_a_batch_is_shown_event_by_event() -> None:
    tag = made(LinkedIn, **RULE)
    [request] = requests(tag, payload(tag), payload(tag, SOMEBODY))
    assert [json.loads(part.body).get("eventId") for part in tag.parts(request)] == ["evt-9f1c", None]
    [alone] = requests(tag, payload(tag))
    assert [json.loads(part.body)["eventId"] for part in tag.parts(alone)] == ["evt-9f1c"]
