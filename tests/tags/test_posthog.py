"""PostHog's batches: events as it has them, who is whom, and what a 200 may hide."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.types import Delivered, Rejected, Retry, Skip
from tags.posthog import LARGEST, PostHog
from tests.tags.golden import differences, vectors
from tests.tags.played_vendor import NOW, judged, made, mapped, others_page, payload, requests, sent, unclear, unlike
from tests.tags.sample import SAMPLE, SAMPLE_AT
from wire.conversions.uuids import uuid_of

KEY = {"api_key": "phc_EXAMPLE"}
SOMEBODY = {"event_name": "x", "client_id": "1.2"}


def row(event: Mapping[str, Any], **settings: Any) -> Mapping[str, Any]:
    """The one of an event."""
    [found] = sent(made(PostHog, **KEY, **settings), {**SOMEBODY, **event})["batch"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("vector", vectors("posthog"), ids=lambda vector: vector["event"]["event_name"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    settings = dict(vector["settings"])
    assert unlike(made(PostHog, endpoint=settings.pop("host"), **settings), vector) == []


def test_the_sample() -> None:
    event = {**SAMPLE, "event_id": "0F0E0D0C-0000-4000-8000-000000000051"}
    body = sent(made(PostHog, **KEY), event, received_at=SAMPLE_AT)
    said = {
        "$current_url": "https://shop.example.com/done?x=1",
        "$referrer": "https://shop.example.com/pay",
        "$host": "shop.example.com",
        "$pathname": "/done",
        "$title": "Done",
        "$ip": "203.0.113.9",
        "$raw_user_agent": "ExampleBrowser/2",
        "$lib": "tagyard",
        "transaction_id": "A-2040",
        "value": 48.5,
        "currency": "EUR",
    }
    expected = {
        "event": "purchase",
        "distinct_id": "u-7",
        "uuid": "0f0e0d0c-0000-4000-8000-000000000051",
        "timestamp": "2026-01-02T00:00:00.000Z",
        "properties": said,
    }
    assert list(differences({"api_key": "phc_EXAMPLE", "historical_migration": False, "batch": [expected]}, body)) == []


def test_an_event_keeps_its_uuid_and_two_have_two() -> None:
    assert row({"event_id": "e-51"})["uuid"] == row({"event_id": "e-51"})["uuid"] == uuid_of("e-51")
    assert len({row({"event_id": id})["uuid"] for id in ("e-51", "e-52")}) == 2
    assert row({})["uuid"] == uuid_of("r.0")


def test_names() -> None:
    assert row({"event_name": "page_view"})["event"] == "$pageview"
    assert row({"event_name": "page_view"}, event_name={"page_view": "page_view"})["event"] == "page_view"
    assert row({"event_name": "my_quiz"})["event"] == "my_quiz"


def test_identify_says_that_a_visitor_is_somebody() -> None:
    found = row({"event_name": "identify", "user_id": "u-7", "x-ga-mp2-user_properties": {"plan": "pro"}})
    said = found["properties"]
    assert (found["event"], found["distinct_id"], said["$anon_distinct_id"]) == ("$identify", "u-7", "1.2")
    assert said["$set"] == {"plan": "pro"}
    assert isinstance(mapped(made(PostHog, **KEY), {**SOMEBODY, "event_name": "identify"}), Skip)


@pytest.mark.parametrize(
    ("profiles", "event", "has"),
    [
        ("identified_only", {}, False),
        ("identified_only", {"user_id": "u-7"}, True),
        ("always", {}, True),
        ("never", {"user_id": "u-7"}, False),
    ],
)
def test_who_has_a_profile(profiles: str, event: Mapping[str, Any], has: bool) -> None:
    said = row({**event, "x-ga-mp2-user_properties": {"plan": "pro"}}, person_profiles=profiles)["properties"]
    assert (said.get("$process_person_profile", True), "$set" in said) == (has, has)


def test_a_session_has_an_id_that_begins_with_its_time() -> None:
    ids = [row({"ga_session_id": id})["properties"].get("$session_id") for id in ("1764340309", 1764340309, "x", 10**12)]
    assert ids[0] == ids[1] != row({"ga_session_id": "1764340309", "client_id": "3.4"})["properties"]["$session_id"]
    assert int(str(ids[0]).replace("-", "")[:12], 16) == 1764340309000
    assert (str(ids[0])[14], ids[2:]) == ("7", [None, None])


def test_an_address_may_stay_here() -> None:
    said = row({"ip_override": "203.0.113.9"}, ip=False)["properties"]
    assert ("$ip" in said, said["$geoip_disable"]) == (False, True)


def test_the_key_is_in_the_body_and_not_kept() -> None:
    tag = made(PostHog, **KEY, historical_migration=True, endpoint="https://eu.i.posthog.com")
    kept = payload(tag, SOMEBODY)
    [request] = requests(tag, kept)
    assert (request.url, json.loads(request.body)["historical_migration"]) == ("https://eu.i.posthog.com/batch/", True)
    assert tag.literal_origins == {"https://eu.i.posthog.com"}
    assert "EXAMPLE" not in str(kept) + repr(tag.Settings.model_validate(KEY))


@pytest.mark.parametrize(
    "event",
    [
        {"event_name": "x"},
        {"event_name": " ", "client_id": "1.2"},
        {**SOMEBODY, "page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"},
    ],
)
def test_what_is_not_sent(event: dict[str, Any]) -> None:
    assert isinstance(mapped(made(PostHog, **KEY), event), Skip)


def test_what_posthog_would_drop_without_a_word_is_given_up_before() -> None:
    tag = made(PostHog, **KEY)
    assert tag.expired(payload(tag, SOMEBODY), NOW) is None
    why = tag.expired(payload(tag, {**SOMEBODY, "text": "x" * LARGEST}), NOW)
    assert why is not None
    assert why.startswith("PostHog takes no event of more than 1 MB")


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"status": "Ok"}, Delivered()),
        (200, {"status": 1}, Delivered()),
        (200, {"quota_limited": []}, unclear("PostHog")),
        (200, {"status": "Ok", "quota_limited": "events"}, unclear("PostHog")),
        (200, b"<html>", others_page("PostHog")),
        (200, {"status": "Ok", "quota_limited": ["recordings"]}, Delivered()),
        (200, {"status": "Ok", "quota_limited": ["events"]}, Retry("HTTP 200: quota_limited: events", credential=True)),
        (401, b"API key is not valid: x", Retry("HTTP 401: API key is not valid: x", credential=True)),
        (400, b"event submitted without a distinct_id", Rejected("HTTP 400: event submitted without a distinct_id")),
        (400, {"detail": "no"}, Rejected("HTTP 400: no")),
        (413, b"", Rejected("HTTP 413")),
        (429, b"rate limited", Retry("HTTP 429: rate limited")),
        (429, b"billing limit reached", Retry("HTTP 429: billing limit reached", credential=True)),
        (503, b"transient error, please retry", Retry("HTTP 503: transient error, please retry")),
        (502, b"<html>a proxy's page</html>", Retry("HTTP 502")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(PostHog, **KEY), status, body, rows=2) == [outcome, outcome]
