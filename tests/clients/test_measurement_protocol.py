"""The client of the Measurement Protocol: what it claims, and which events it makes of a payload."""

from __future__ import annotations

import string
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.types import Claim, Declined, Headers, Reply, Request
from tests.clients.sent_payloads import GOOD, JSON, NO_CACHE, TAKEN, claim, client, request, zipped
from tests.core.tiny import replied


@pytest.mark.parametrize(
    "other",
    [
        request(path="/collect"),
        request(path="/mp/collect/"),
        request(path="/debug"),
        request(path="/x/mp/collect"),
        request(method="GET"),
        request(method="PUT"),
        request(path="/debug/mp/collect", method="GET"),
        request(path="/", method="OPTIONS"),
    ],
)
def test_what_is_another_clients(other: Request) -> None:
    assert isinstance(client().claim(other), Declined)


@pytest.mark.parametrize("path", ["/mp/collect", "/debug/mp/collect"])
def test_a_preflight_is_answered(path: str) -> None:
    assert claim(request(path=path, method="OPTIONS", query=""), measurement_ids="G-XYZ") == Claim((), Reply(204))


def test_the_paths_can_be_others() -> None:
    made = client(activation_paths=["/a", "/b/c"])
    assert all(made.claim(request(path=path)) for path in ("/a", "/b/c", "/debug/a", "/debug/b/c"))
    assert isinstance(made.claim(request()), Declined)


@pytest.mark.parametrize("settings", [{"activation_paths": "mp/collect"}, {"on_invalid": "drop"}, {"api_secret": "x"}])
def test_settings_that_are_none(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        client(**settings)


def test_each_event_becomes_one() -> None:
    found = claim(request())
    shared = {"x-ga-protocol_version": "2", "x-ga-measurement_id": "G-ABC", "client_id": "1.2"}
    assert list(found.events) == [
        {**shared, "event_name": "login"},
        {**shared, "event_name": "search", "search_term": "x"},
    ]
    assert (found.reply, found.skipped, found.findings) == (TAKEN, 0, ())


def test_the_senders_address_and_user_agent_are_not_the_visitors() -> None:
    found = claim(request(headers=(("user-agent", "curl/8"), ("x-forwarded-for", "203.0.113.7"))))
    assert not {"ip_override", "user_agent"} & found.events[0].keys()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", ""])
def test_any_content_type_will_do(content_type: str) -> None:
    assert len(claim(request(headers=(("content-type", content_type),))).events) == 2


def test_only_the_listed_ids_are_claimed() -> None:
    limited = client(measurement_ids=["G-ABC", "1:2:ios:3"])
    assert limited.claim(request())
    assert limited.claim(request(query="firebase_app_id=1:2:ios:3"))
    assert isinstance(limited.claim(request(query="measurement_id=G-XYZ")), Declined)
    assert isinstance(limited.claim(request(query="")), Declined)
    assert isinstance(limited.claim(request(query="measurement_id=G-XYZ&firebase_app_id=1:2:ios:3")), Declined)
    assert isinstance(limited.claim(request(query="measurement_id=G-ABC&firebase_app_id=9:9:ios:9")), Declined)


def test_events_without_a_name_are_counted() -> None:
    found = claim(request(b'{"client_id":"1.2","events":[{},{"name":"a"}]}'))
    assert (len(found.events), found.skipped, len(found.findings)) == (1, 1, 1)


def test_user_data_alone_is_taken_and_there_is_nothing_to_forward() -> None:
    body = orjson.dumps({"client_id": "1.2", "user_id": "U", "user_data": {"sha256_email_address": "a" * 64}})
    assert claim(request(body), on_invalid="reject") == Claim([], TAKEN, by_visitor=False)


def test_a_gzip_body_is_read() -> None:
    assert claim(zipped(GOOD)) == claim(request(GOOD))
    assert replied(claim(zipped(GOOD, "/debug/mp/collect"))).body == b'{"validationMessages":[]}'


def test_both_spellings_keep_consent() -> None:
    body = {"clientId": "1.2", "consent": {"adUserData": "DENIED", "adPersonalization": "DENIED"}, "events": [{"name": "a"}]}
    found = claim(request(orjson.dumps(body)), on_invalid="reject")
    assert found.findings == ()
    event = found.events[0]
    assert (event["client_id"], event["x-ga-npa"], event["x-ga-gcd"]) == ("1.2", "1", "13l3l3m3m5l1")


def test_a_list_of_payloads_is_claimed_and_any_of_them_may_ask_for_strictness() -> None:
    bodies: list[Any] = [{"client_id": "1.2", "events": [{"name": "a"}]}, {"client_id": "3.4", "events": [{"name": "b"}, {}]}]
    found = claim(request(orjson.dumps(bodies)))
    assert [(event["client_id"], event["event_name"]) for event in found.events] == [("1.2", "a"), ("3.4", "b")]
    assert found.skipped == 1
    bodies[1]["validationBehavior"] = "ENFORCE_RECOMMENDATIONS"
    assert replied(claim(request(orjson.dumps(bodies)))).status == 400


def test_no_address_gets_out_as_an_id() -> None:
    body = orjson.dumps({"client_id": "Jo@Example.com", "user_id": "jo%40example.com", "events": [{"name": "a"}]})
    found = claim(request(body))
    assert "xample" not in repr(found.events) + repr(found.findings)
    assert found.events[0]["client_id"] == found.events[0]["user_id"]
    assert [finding.code for finding in found.findings] == ["EMAIL_AS_ID", "EMAIL_AS_ID"]


TEXT = st.text(string.printable, max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
NAMES = [
    "client_id",
    "user_properties",
    "consent",
    "user_data",
    "device",
    "user_location",
    "timestamp_micros",
    "validationBehavior",
]


@settings(max_examples=150)
@given(
    st.binary(max_size=40)
    | st.dictionaries(st.sampled_from([*NAMES, "events"]), VALUES).map(orjson.dumps)
    | st.fixed_dictionaries({"events": st.lists(st.fixed_dictionaries({"name": TEXT, "params": VALUES}))}).map(orjson.dumps),
    TEXT,
    st.sampled_from(["/mp/collect", "/debug/mp/collect"]),
    st.sampled_from([(), (("content-encoding", "gzip"),)]),
    st.sampled_from(["forward", "reject"]),
)
def test_it_never_raises_and_nothing_the_sender_writes_gets_into_a_header(
    body: bytes, query: str, path: str, headers: Headers, on_invalid: str
) -> None:
    found = claim(request(body, query, path, headers=headers), on_invalid=on_invalid)
    assert replied(found).status in (200, 204, 400)
    assert replied(found).headers in (JSON, (NO_CACHE,))
    assert all(event["event_name"] for event in found.events)
