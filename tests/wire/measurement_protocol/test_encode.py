from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.secret import SealedText, SecretValue
from core.types import Event
from core.undefined import UNDEFINED
from wire.measurement_protocol.decode import decode
from wire.measurement_protocol.encode import ONLY_HERE, encode, timestamp_of

NOW = 1_764_340_309_000_000
VISITOR: Event = {"client_id": "1.2", "event_name": "refund"}


def request(event: Event, user_data: Any = None) -> dict[str, Any]:
    """What stands beside ``events``, the visitor left out."""
    fields = encode({**VISITOR, **event}, user_data or {}).request
    assert fields.pop("client_id") == "1.2"
    return fields


def params(event: Event) -> Any:
    written = encode({**VISITOR, **event}, {}).event
    assert written["name"] == "refund"
    assert written.keys() == {"name", "params"}
    return written["params"]


def test_an_event_with_little_is_a_visitor_and_a_name() -> None:
    assert encode(VISITOR, {}) == ({"client_id": "1.2"}, {"name": "refund", "params": {}})


def test_the_worked_example_goes_back_to_its_json() -> None:
    event: Event = {
        "x-ga-protocol_version": "2",
        "x-ga-measurement_id": "G-ABC123XYZ0",
        "client_id": "1307714608.1760043792",
        "user_id": "U-42",
        "x-ga-mp2-user_properties": {"tier": "gold"},
        "x-mp-consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
        "x-ga-npa": "1",
        "x-ga-gcd": "13l3l3n3m5l1",
        "event_name": "refund",
        "ga_session_id": "1764340309",
        "engagement_time_msec": 100,
        "transaction_id": "T-7",
        "value": 9.5,
        "currency": "EUR",
        "partial": True,
    }
    assert encode(event, {}) == (
        {
            "client_id": "1307714608.1760043792",
            "user_id": "U-42",
            "user_properties": {"tier": {"value": "gold"}},
            "consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
        },
        {
            "name": "refund",
            "params": {
                "session_id": "1764340309",
                "engagement_time_msec": 100,
                "transaction_id": "T-7",
                "value": 9.5,
                "currency": "EUR",
                "partial": True,
            },
        },
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"user_id": "U-42"}, {"user_id": "U-42"}),
        ({"user_id": 42}, {"user_id": "42"}),
        ({"user_id": ""}, {}),
        ({"user_id": UNDEFINED}, {}),
        ({"ip_override": "203.0.113.7"}, {"ip_override": "203.0.113.7"}),
        ({"user_agent": "Mozilla/5.0"}, {"user_agent": "Mozilla/5.0"}),
        ({"user_agent": "Mozilla/5.0", "x-mp-device": {"category": "mobile"}}, {"device": {"category": "mobile"}}),
        ({"user_agent": "Mozilla/5.0", "x-mp-device": {}}, {"user_agent": "Mozilla/5.0"}),
        ({"x-mp-device": "phone"}, {}),
        (
            {"x-ga-mp2-user_properties": {"tier": "gold", "age": 31}},
            {"user_properties": {"tier": {"value": "gold"}, "age": {"value": 31}}},
        ),
        (
            {"x-ga-mp2-user_properties": {"tier": "gold", "no": None}, "x-mp-user_property_timestamps": {"tier": 7, "else": 8}},
            {"user_properties": {"tier": {"value": "gold", "timestamp_micros": 7}}},
        ),
        ({"x-mp-app_instance_id": "a" * 32}, {}),
    ],
)
def test_what_a_request_has_once(event: Event, expected: dict[str, Any]) -> None:
    assert request(event) == expected


def test_an_app_has_its_instance_for_a_visitor() -> None:
    app = {"event_name": "score", "x-mp-app_instance_id": "a" * 32, "x-mp-firebase_app_id": "1:2:android:3"}
    assert encode(app, {}).request == {"app_instance_id": "a" * 32}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, {}),
        ({"x-mp-consent": {"ad_user_data": "DENIED"}, "x-ga-gcd": "13t3t3t3t5l1"}, {"consent": {"ad_user_data": "DENIED"}}),
        ({"x-ga-gcd": "13t3t3t3t5l1"}, {"consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}}),
        ({"x-ga-gcd": "13r3r3r3q7"}, {"consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}}),
        ({"x-ga-gcd": "13t3t3t3t7l1", "x-ga-npa": "1"}, {"consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}}),
        (
            {"x-ga-gcd": "13t3t3t3t5l1", "x-ga-npa": "0"},
            {"consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}},
        ),
        ({"x-ga-gcs": "G111"}, {}),
        ({"x-ga-gcd": "nonsense"}, {}),
        ({"x-ga-npa": "1"}, {"non_personalized_ads": True}),
        ({"x-ga-npa": "0"}, {}),
        ({"x-mp-consent": "GRANTED"}, {}),
    ],
)
def test_consent_is_what_was_said_and_never_more(event: Event, expected: dict[str, Any]) -> None:
    assert request(event) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"x-mp-user_location": {"city": "Oslo"}, "event_location": {"country": "NO"}}, {"user_location": {"city": "Oslo"}}),
        ({"event_location": {"country": "NL", "region": "NH"}}, {"user_location": {"country_id": "NL", "region_id": "NL-NH"}}),
        ({"event_location": {"country": "NL"}}, {"user_location": {"country_id": "NL"}}),
        ({"event_location": {"region": "NH"}}, {}),
        ({"event_location": "NL"}, {}),
        ({"event_location": {"country": "NL"}, "ip_override": "203.0.113.7"}, {"ip_override": "203.0.113.7"}),
    ],
)
def test_a_place_is_the_senders_or_else_what_is_most_exact(event: Event, expected: dict[str, Any]) -> None:
    assert request(event) == expected


def test_personal_data_needs_a_user_id_and_is_never_the_events_own() -> None:
    hashes = {"sha256_email_address": "a" * 64}
    clear = {"user_data": {"email": "jane@example.com"}}
    assert request({**clear, "user_id": "U-1"}, hashes) == {"user_id": "U-1", "user_data": hashes}
    assert request(clear, hashes) == {}
    assert request({**clear, "user_id": "U-1"}) == {"user_id": "U-1"}
    assert "jane" not in repr(encode({**VISITOR, **clear, "user_id": "U-1"}, hashes))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"ga_session_id": "17", "ga_session_number": 5}, {"session_id": "17", "session_number": 5}),
        ({"ga_session_id": "17", "session_id": "of the page"}, {"session_id": "17"}),
        ({"ga_session_id": None}, {}),
        ({"page_title": "Shoes", "debug_mode": True, "value": 0}, {"page_title": "Shoes", "debug_mode": True, "value": 0}),
        ({"deep": {"a": [1, None]}}, {"deep": {"a": [1, None]}}),
        ({"nothing": None, "undefined": UNDEFINED}, {}),
        ({"x-ga-gtm_version": "45", "x-sst-system_properties": {}, "x-mp-other": 1, "x-ga-mp2-cs": "news"}, {}),
        ({"client_hints": {"mobile": False}, "event_location": {}, "user_data": {}}, {}),
        ({"language": "nl", "screen_resolution": "1x1"}, {"language": "nl", "screen_resolution": "1x1"}),
        ({"language": "nl", "screen_resolution": "1x1", "x-mp-device": {"language": "nl"}}, {"screen_resolution": "1x1"}),
        (
            {"items": [{"item_id": "a", "price": 5, "size": 42, "new": True}]},
            {"items": [{"item_id": "a", "price": 5, "size": 42, "new": True}]},
        ),
        ({"items": [{"item_id": "a", "x-ga-mp2-zz": "1", "gone": None}, "no item"]}, {"items": [{"item_id": "a"}]}),
        ({"items": "a,b"}, {"items": "a,b"}),
    ],
)
def test_the_rest_are_parameters_with_their_types(event: Event, expected: dict[str, Any]) -> None:
    assert params(event) == expected


def test_a_secret_stays_sealed() -> None:
    sealed = SealedText((SecretValue("KEY", "s3cret"),))
    encoded = encode({**VISITOR, "user_id": sealed, "token": sealed}, {})
    assert encoded.request["user_id"] is sealed
    assert encoded.event["params"]["token"] is sealed


@pytest.mark.parametrize(
    ("value", "time"), [(NOW, NOW), (float(NOW), NOW), ("7", None), (0, None), (-1, None), (True, None), (None, None)]
)
def test_a_time_is_a_positive_whole_number(value: Any, time: int | None) -> None:
    assert timestamp_of({"x-mp-timestamp_micros": value}) == time


names = st.text("abcdefgh", min_size=1, max_size=5).map("p_{}".format)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
scalars = st.one_of(texts, st.integers(-(2**53), 2**53), st.booleans(), st.floats(allow_nan=False, allow_infinity=False))
times = st.integers(NOW - 60_000_000, NOW)
items = st.lists(st.dictionaries(st.sampled_from(["item_id", "item_name", "price", "size"]), scalars, min_size=1), max_size=3)
consents = st.dictionaries(
    st.sampled_from(["ad_user_data", "ad_personalization"]), st.sampled_from(["GRANTED", "DENIED"]), min_size=1
)
properties = st.dictionaries(
    names,
    st.one_of(scalars.map(lambda value: {"value": value}), st.fixed_dictionaries({"value": scalars, "timestamp_micros": times})),
    min_size=1,
)
payloads = st.fixed_dictionaries(
    {"client_id": texts},
    optional={
        "user_id": texts,
        "user_properties": properties,
        "consent": consents,
        "user_location": st.fixed_dictionaries(
            {"country_id": st.just("US")}, optional={"region_id": st.just("US-CA"), "city": texts}
        ),
        "ip_override": st.just("203.0.113.7"),
        "device": st.dictionaries(st.sampled_from(["category", "language", "screen_resolution", "model"]), texts, min_size=1),
    },
)
parameters = st.dictionaries(st.one_of(names, st.sampled_from(["currency", "value", "page_title", "debug_mode"])), scalars)
sessions = st.fixed_dictionaries({}, optional={"session_id": texts, "session_number": st.integers(1, 9), "items": items})


@settings(max_examples=150)
@given(payloads, parameters, sessions, st.none() | times)
def test_what_came_as_json_leaves_as_the_same_json(payload: Any, custom: Any, session: Any, time: int | None) -> None:
    written = {"name": "refund", "params": {**custom, **session}}
    stamped = written if time is None else {**written, "timestamp_micros": time}
    [event] = decode({"measurement_id": "G-ABC"}, {**payload, "events": [stamped]}, NOW).events
    assert encode(event, {}) == (payload, written)
    assert timestamp_of(event) == time


def test_the_keys_that_only_this_protocol_carries() -> None:
    assert {key.removeprefix("x-mp-") for key in ONLY_HERE} == {
        "timestamp_micros",
        "user_property_timestamps",
        "firebase_app_id",
        "app_instance_id",
        "consent",
        "user_location",
        "device",
    }


def test_personal_data_under_a_flat_name_does_not_leave() -> None:
    encoded = encode({"event_name": "x", "client_id": "1.2", "user_data.email": "a@b.c"}, {})
    assert "a@b.c" not in str(encoded)
