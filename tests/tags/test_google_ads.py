"""Google Ads by the Data Manager API: conversions as Google has them, its answers, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.types import Delivered, HeldBack, Rejected, Retry, Skip
from tags.google_ads import GoogleAds
from tests.tags.golden import differences, requested
from tests.tags.played_vendor import BESIDE, PURCHASE, judged, made, mapped, others_page, payload, requests, sent, unclear
from wire.consent import TYPES

KEY = json.dumps({"client_email": "robot@project.example", "private_key": "PEM", "private_key_id": "k1"})
ACTION = {"conversion_action_id": "987654321", "operating_account": {"id": "123-456-7890"}, "service_account": KEY}
CLICK = {"event_name": "purchase", "page_location": "https://shop.example.com/?gclid=EAIa"}


def own(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a vector by our names."""
    return {**{name: value for name, value in settings.items() if name != "consent"}, "service_account": KEY}


def error(reason: str, *violations: Mapping[str, str]) -> Mapping[str, Any]:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}, {"fieldViolations": [*violations]}]
    return {"error": {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT", "details": details}}


@pytest.mark.parametrize("vector", requested("google_data_manager"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    tag, context = made(GoogleAds, **own(vector["settings"])), vector["context"]
    said = vector["settings"].get("consent", {})
    row = payload(tag, vector["event"], cookies=context["cookies"], received_at=context["received_at_ms"] * 1000, consent=said)
    [request] = requests(tag, row)
    assert (request.method, request.url) == ("POST", vector["request"]["url"])
    body = json.loads(request.body)
    assert list(differences(vector["request"]["body"], body)) == []
    for identifier in body["events"][0].get("userData", {}).get("userIdentifiers", []):
        assert "address" not in identifier or len(identifier["address"]) == 4


def test_nothing_personal_leaves_in_clear_but_country_and_postal_code() -> None:
    tag = made(GoogleAds, **ACTION)
    written = json.dumps(payload(tag).body) + str(requests(tag, payload(tag))[0])
    assert [word for word in ("jane", "doe", "4124653", "menlo") if word in written.lower()] == []


def test_the_token_is_the_service_account_s_and_the_server_s_to_get() -> None:
    tag = made(GoogleAds, **ACTION)
    [request] = requests(tag, payload(tag, CLICK))
    assert (request.grant.email, request.grant.scope, request.grant.key_id) == (  # type: ignore[union-attr]  # it has one
        "robot@project.example",
        "https://www.googleapis.com/auth/datamanager",
        "k1",
    )
    assert "PEM" not in repr(request)


def test_an_event_of_nobody_is_not_sent() -> None:
    found = mapped(made(GoogleAds, **ACTION), {"event_name": "purchase", "ip_override": "203.0.113.9"})
    assert isinstance(found, Skip)
    assert found.held is HeldBack.NO_IDENTITY


@pytest.mark.parametrize("id", ["1", "null", "undefined", "123", "None", " ", "x" * 513])
def test_an_order_without_an_id_has_none(id: str) -> None:
    assert "transactionId" not in sent(made(GoogleAds, **ACTION), {**CLICK, "transaction_id": id})["events"][0]


@pytest.mark.parametrize(
    ("location", "cookies", "ids"),
    [
        ("https://a.example/?gclid=fromPage&wbraid=w", {"FPGCLAW": "2.1.kold$i1"}, {"gclid": "fromPage", "wbraid": "w"}),
        ("https://a.example/", {"FPGCLAW": "2.1.kserver$i1", "_gcl_aw": "GCL.1.page"}, {"gclid": "server"}),
        ("https://a.example/", {"_gcl_aw": "GCL.1767112618.page"}, {"gclid": "page"}),
        ("https://a.example/", {"_gcl_gb": "GCL.1767112618.w"}, {"wbraid": "w"}),
        ("https://a.example/", {"_gcl_ag": "2.1.kg$i1767112627"}, {"gbraid": "g"}),
        ("https://a.example/", {"FPGCLAG": "2.1.kg$i1767112627", "FPGCLGB": "2.1.kw$i1"}, {"gbraid": "g", "wbraid": "w"}),
    ],
)
def test_the_click(location: str, cookies: Mapping[str, str], ids: Mapping[str, str]) -> None:
    event = {"event_name": "purchase", "page_location": location}
    assert sent(made(GoogleAds, **ACTION), event, cookies=cookies)["events"][0]["adIdentifiers"] == ids


@pytest.mark.parametrize("state", ["granted", "denied", "unset"])
def test_what_consent_says_goes_along(state: str) -> None:
    row = sent(made(GoogleAds, **ACTION), CLICK, consent=dict.fromkeys(TYPES, state))["events"][0]
    words = {"granted": "CONSENT_GRANTED", "denied": "CONSENT_DENIED"}
    assert row.get("consent") == ({"adUserData": words[state], "adPersonalization": words[state]} if state in words else None)


def test_test_has_google_check_and_count_nothing() -> None:
    assert sent(made(GoogleAds, **ACTION, test=True), CLICK)["validateOnly"] is True
    assert sent(made(GoogleAds, **ACTION), PURCHASE)["validateOnly"] is False


@pytest.mark.parametrize(
    ("status", "body", "outcomes"),
    [
        (200, {"requestId": "1"}, [Delivered()] * 2),
        (200, {"requestId": None}, [unclear("Google")] * 2),
        (200, b"<html>", [others_page("Google")] * 2),
        (200, {"requestId": "1", "fieldWarnings": [{"field": "events[0].cartData"}]}, [Delivered()] * 2),
        (
            400,
            error(
                "INVALID_ARGUMENT",
                {"field": "events[1].user_data.x", "reason": "INVALID_HEX_ENCODING"},
            ),
            [BESIDE, Rejected("HTTP 400: INVALID_HEX_ENCODING")],
        ),
        (400, error("INVALID_ARGUMENT", {"field": "events[7].x"}), [Rejected("HTTP 400: INVALID_ARGUMENT No.")] * 2),
        (400, {"error": {"details": [{"fieldViolations": 7}]}}, [Rejected("HTTP 400")] * 2),
        (400, error("INVALID_ARGUMENT", {"field": "encoding"}), [Rejected("HTTP 400: INVALID_ARGUMENT No.")] * 2),
        (400, error("DESTINATION_ACCOUNT_NOT_ENABLED"), [Retry("HTTP 400: INVALID_ARGUMENT No.", credential=True)] * 2),
        (
            400,
            error("INVALID_ARGUMENT", {"field": "destinations[0].operating_account", "reason": "INVALID_DESTINATION"}),
            [Retry("HTTP 400: INVALID_ARGUMENT No.", credential=True)] * 2,
        ),
        (
            400,
            error("INVALID_ARGUMENT", {"field": "destinations[0].product_destination_id", "reason": "INVALID_FORMAT"}),
            [Retry("HTTP 400: INVALID_ARGUMENT No.", credential=True)] * 2,
        ),
        (400, error("INTERNAL_ERROR"), [Retry("HTTP 400: INVALID_ARGUMENT No.")] * 2),
        (
            403,
            error("PERMISSION_DENIED"),
            [Retry("HTTP 403: INVALID_ARGUMENT No.", credential=True)] * 2,
        ),
        (401, {"error": {"status": "UNAUTHENTICATED"}}, [Retry("HTTP 401: UNAUTHENTICATED", credential=True)] * 2),
        (404, b"", [Retry("HTTP 404", credential=True)] * 2),
        (429, {"error": {"status": "RESOURCE_EXHAUSTED"}}, [Retry("HTTP 429: RESOURCE_EXHAUSTED")] * 2),
        (503, b"<html>", [Retry("HTTP 503")] * 2),
        (400, b"[]", [Rejected("HTTP 400")] * 2),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcomes: list[object]) -> None:
    assert judged(made(GoogleAds, **ACTION), status, body, rows=2) == outcomes
