from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Event, Finding
from wire.consent import consent_of
from wire.measurement_protocol.decode import decode

NOW = 1_764_340_311_502_000
HOUR = 3_600_000_000
OLD = NOW - 80 * HOUR
JO = sha256(b"jo@example.com").hexdigest()
QUERY = {"measurement_id": "G-ABC", "api_secret": "s3cret"}


def one(params: Any = None, /, **fields: Any) -> Event:
    """The only event of this payload, without what each has."""
    payload = {"events": [{"name": "a", "params": params or {}}], **fields}
    (event,) = decode(QUERY, payload, NOW).events
    constant = {"x-ga-protocol_version": "2", "x-ga-measurement_id": "G-ABC", "event_name": "a"}
    assert event.items() >= constant.items()
    return {key: value for key, value in event.items() if key not in constant}


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ({"client_id": "1.2", "user_id": "U"}, {"client_id": "1.2", "user_id": "U"}),
        ({"client_id": 12, "user_id": 1.0}, {"client_id": "12", "user_id": "1"}),
        ({"client_id": 1.5}, {"client_id": "1.5"}),
        ({"client_id": "", "user_id": None, "user_data": {}, "device": []}, {}),
        ({"client_id": True, "user_id": ["U"], "user_data": "x"}, {}),
        ({"app_instance_id": "0f"}, {"x-mp-app_instance_id": "0f"}),
        ({"app_instance_id": "jo@example.com"}, {"x-mp-app_instance_id": JO[:32]}),
        ({"client_id": "jo@example.com", "user_id": "JO@example.com"}, {"client_id": JO, "user_id": JO}),
        ({"client_id": "GA1.1.1307714608.1760043792"}, {"client_id": "1307714608.1760043792"}),
        ({"user_data": {"sha256_email_address": "x"}}, {"user_data": {"sha256_email_address": "x"}}),
        (
            {"ip_override": "203.0.113.7", "user_agent": "Mozilla/5.0"},
            {"ip_override": "203.0.113.7", "user_agent": "Mozilla/5.0"},
        ),
        ({"validation_behavior": "RELAXED", "validationBehavior": "RELAXED", "else": 1}, {}),
        ({"user_properties": {"a": {"value": 0}, "b": {"value": None}, "c": {}, "d": 5}}, {"x-ga-mp2-user_properties": {"a": 0}}),
        (
            {"user_properties": {"a": {"value": "x", "timestamp_micros": NOW}, "b": {"value": 1, "timestamp_micros": "x"}}},
            {"x-ga-mp2-user_properties": {"a": "x", "b": 1}, "x-mp-user_property_timestamps": {"a": NOW}},
        ),
        ({"user_properties": ["a"]}, {}),
        (
            {"user_location": {"country_id": "US", "region_id": "US-CA"}},
            {
                "x-mp-user_location": {"country_id": "US", "region_id": "US-CA"},
                "event_location": {"country": "US", "region": "CA"},
            },
        ),
        ({"user_location": {"city": "Bonn"}}, {"x-mp-user_location": {"city": "Bonn"}}),
        (
            {"user_location": {"region_id": "CA", "country_id": "US"}},
            {"x-mp-user_location": {"region_id": "CA", "country_id": "US"}, "event_location": {"country": "US"}},
        ),
        (
            {"user_location": {"region_id": "US-CA"}},
            {"x-mp-user_location": {"region_id": "US-CA"}, "event_location": {"region": "CA"}},
        ),
        (
            {"device": {"language": "en", "screen_resolution": "1x2", "model": "Pixel"}},
            {
                "x-mp-device": {"language": "en", "screen_resolution": "1x2", "model": "Pixel"},
                "language": "en",
                "screen_resolution": "1x2",
            },
        ),
        ({"non_personalized_ads": True}, {"x-ga-npa": "1"}),
        ({"non_personalized_ads": False}, {}),
        ({"non_personalized_ads": "true"}, {}),
        ({"timestamp_micros": NOW}, {"x-mp-timestamp_micros": NOW}),
        ({"timestamp_micros": str(NOW)}, {"x-mp-timestamp_micros": NOW}),
        ({"timestamp_micros": float(NOW)}, {"x-mp-timestamp_micros": NOW}),
    ],
)
def test_a_field_of_the_request(fields: dict[str, Any], event: Event) -> None:
    assert one(**fields) == event


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "x", "", "9" * 30, "١", None, []])
def test_what_is_no_time(value: Any) -> None:
    assert one(timestamp_micros=value) == {}


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (NOW // 1000, NOW),
        (str(NOW // 1000), NOW),
        (NOW / 1000, NOW),
        (NOW // 10**6, NOW // 10**6 * 10**6),
        (f"{NOW // 10**6}.502", NOW),
        (NOW / 10**6, NOW),
        (NOW * 1000 + 1, NOW),
        (str(NOW), NOW),
        (f"{NOW}.4", NOW),
        ("1.764340311502e15", NOW),
        (NOW // 1000 - 80 * HOUR // 1000, NOW - 71 * HOUR),
    ],
)
def test_a_time_in_another_unit_is_known_by_its_size(value: Any, time: int) -> None:
    assert one(timestamp_micros=value) == {"x-mp-timestamp_micros": time}
    assert one({"timestamp_micros": value}) == {"x-mp-timestamp_micros": time}
    properties = one(user_properties={"a": {"value": 1, "timestamp_micros": value}})
    assert properties["x-mp-user_property_timestamps"] == {"a": time}


@pytest.mark.parametrize("value", [5, 10**11, 10**14, 10**17, 10**19, "20251128143151", 2**80, "1" * 50])
def test_a_number_that_is_no_time_in_any_unit_makes_none_up(value: Any) -> None:
    assert one(timestamp_micros=value) == {}


CONSENT: list[tuple[Any, Any, str | None, str | None]] = [
    ("GRANTED", "GRANTED", "0", "13l3l3n3n5l1"),
    ("GRANTED", "DENIED", "1", "13l3l3n3m5l1"),
    ("DENIED", None, None, "13l3l3m3l5l1"),
    (None, "GRANTED", "0", "13l3l3l3n5l1"),
    ("granted", None, None, None),
    ([], {}, None, None),
]


@pytest.mark.parametrize(("user_data", "personalization", "npa", "gcd"), CONSENT)
def test_consent_is_also_given_as_a_web_hit_carries_it(
    user_data: Any, personalization: Any, npa: str | None, gcd: str | None
) -> None:
    consent = {"ad_user_data": user_data, "ad_personalization": personalization}
    event = one(consent=consent)
    assert event["x-mp-consent"] == consent
    assert (event.get("x-ga-npa"), event.get("x-ga-gcd")) == (npa, gcd)


def test_the_consent_string_says_to_our_own_reader_what_the_payload_said() -> None:
    event = one(consent={"ad_user_data": "GRANTED", "ad_personalization": "DENIED"})
    read = consent_of(event)
    assert (read["ad_user_data"], read["ad_personalization"]) == ("granted", "denied")


def test_consent_says_more_than_non_personalized_ads() -> None:
    assert one(consent={"ad_personalization": "GRANTED"}, non_personalized_ads=True)["x-ga-npa"] == "0"
    assert one(consent={"ad_user_data": "GRANTED"}, non_personalized_ads=True)["x-ga-npa"] == "1"


@pytest.mark.parametrize(
    ("params", "event"),
    [
        (
            {"value": 9.5, "partial": True, "n": 0, "text": "", "list": [1]},
            {"value": 9.5, "partial": True, "n": 0, "text": "", "list": [1]},
        ),
        ({"items": [{"item_id": "1"}]}, {"items": [{"item_id": "1"}]}),
        ({"nothing": None}, {}),
        ({"session_id": "1764340309", "session_number": 3}, {"ga_session_id": "1764340309", "ga_session_number": 3}),
        ({"session_id": 1764340309, "session_number": "3"}, {"ga_session_id": "1764340309", "ga_session_number": 3}),
        ({"session_id": 1764340309.0, "session_number": "x"}, {"ga_session_id": "1764340309", "ga_session_number": "x"}),
        ({"session_id": None, "session_number": None}, {}),
        ({"session_id": [], "ga_session_id": "1"}, {"ga_session_id": "1"}),
        ({"ga_session_id": "1", "session_id": "2"}, {"ga_session_id": "2"}),
        ({"session_id": "2", "ga_session_id": "1"}, {"ga_session_id": "2"}),
        ({"client_id": "GA1.1.3.4", "user_id": "jo@example.com"}, {"client_id": "3.4", "user_id": JO}),
        ({"client_id": 5, "user_id": []}, {"client_id": "5"}),
        ({"session_id": "s17$o5$g1"}, {"ga_session_id": "17", "ga_session_number": 5}),
        ({"session_id": "s17$o5$g1", "session_number": 6}, {"ga_session_id": "17", "ga_session_number": 6}),
        ({"session_number": 6, "session_id": "GS1.1.17.5.1.18.0"}, {"ga_session_id": "17", "ga_session_number": 6}),
        ({"session_number": "s17$o5"}, {"ga_session_number": 5}),
        ({"ga_session_id": "GS2.1.s17$o5"}, {"ga_session_id": "17", "ga_session_number": 5}),
        ({"timestamp_micros": NOW}, {"x-mp-timestamp_micros": NOW}),
        ({"timestamp_micros": "soon"}, {}),
        ({"event_name": "b", "x-ga-measurement_id": "G-OTHER", "x-ga-gcd": "1", "x-mp-consent": {}}, {}),
        ({"language": "de", "client_id": "3.4"}, {"language": "de", "client_id": "3.4"}),
    ],
)
def test_a_parameter(params: dict[str, Any], event: Event) -> None:
    assert one(params) == event


def test_what_the_request_says_of_the_visitor_no_parameter_changes() -> None:
    assert one({"client_id": "3.4", "language": "de"}, client_id="1.2", device={"language": "en"})["client_id"] == "1.2"


@pytest.mark.parametrize(
    ("parameter", "event", "request_", "time"),
    [
        (NOW - 1, NOW - 2, NOW - 3, NOW - 1),
        (None, NOW - 2, NOW - 3, NOW - 2),
        ("x", NOW - 2, NOW - 3, NOW - 2),
        (None, 0, NOW - 3, NOW - 3),
        (None, None, None, None),
    ],
)
def test_the_more_specific_time_wins(parameter: Any, event: Any, request_: Any, time: int | None) -> None:
    payload = {
        "timestamp_micros": request_,
        "events": [{"name": "a", "timestamp_micros": event, "params": {"timestamp_micros": parameter}}],
    }
    assert decode(QUERY, payload, NOW).events[0].get("x-mp-timestamp_micros") == time


def test_a_time_that_is_too_old_is_moved_and_told_once() -> None:
    old = NOW - 72 * HOUR - 1
    decoded = decode(QUERY, {"timestamp_micros": old, "events": [{"name": "a"}, {"name": "b"}]}, NOW)
    assert [event["x-mp-timestamp_micros"] for event in decoded.events] == [NOW - 71 * HOUR] * 2
    text = f"timestamp_micros [{old}] is older than 72 hours; 71 hours before the request came is used instead."
    assert list(decoded.clamped) == [Finding("timestamp_micros", text, "VALUE_OUT_OF_BOUNDS")]


def test_72_hours_is_not_too_old_and_a_clock_may_be_a_little_ahead() -> None:
    for time in (NOW - 72 * HOUR, NOW + HOUR // 6):
        decoded = decode(QUERY, {"timestamp_micros": time, "events": [{"name": "a"}]}, NOW)
        assert decoded.events[0]["x-mp-timestamp_micros"] == time
        assert not decoded.clamped


@pytest.mark.parametrize("time", [NOW + HOUR, 9 * 10**15, NOW * 2000])
def test_a_time_that_is_still_to_come_is_now_and_told(time: float) -> None:
    decoded = decode(QUERY, {"timestamp_micros": time, "events": [{"name": "a"}]}, NOW)
    assert decoded.events[0]["x-mp-timestamp_micros"] == NOW
    (finding,) = decoded.clamped
    assert finding.code == "VALUE_OUT_OF_BOUNDS"
    assert len(finding.description) < 200


def test_a_time_that_nobody_uses_is_not_told_of() -> None:
    payload = {"timestamp_micros": OLD, "events": [{"name": "a", "timestamp_micros": NOW}]}
    assert not decode(QUERY, payload, NOW).clamped


def test_old_times_are_told_with_their_place_and_of_25_at_most() -> None:
    properties = {f"p{n}": {"value": 1, "timestamp_micros": OLD} for n in range(30)}
    decoded = decode(QUERY, {"user_properties": properties, "events": [{"name": "a"}]}, NOW)
    assert decoded.events[0]["x-mp-user_property_timestamps"] == dict.fromkeys(properties, NOW - 71 * HOUR)
    assert len(decoded.clamped) == 25
    assert decoded.clamped[0].field_path == "user_properties.p0.timestamp_micros"
    assert decode(QUERY, {"events": [{"name": "a", "params": {"timestamp_micros": OLD}}]}, NOW).clamped[0].field_path == (
        "events[0].params.timestamp_micros"
    )


@pytest.mark.parametrize("events", [[{}, {"name": ""}, {"name": None}, {"name": 5}, "a", None]])
def test_what_has_no_name_is_skipped_and_counted(events: list[Any]) -> None:
    decoded = decode(QUERY, {"events": [*events, {"name": "a"}]}, NOW)
    assert [event["event_name"] for event in decoded.events] == ["a"]
    assert decoded.skipped == len(events)


@pytest.mark.parametrize("payload", [{}, {"events": None}, {"events": {}}, {"user_data": {"a": 1}, "events": []}])
def test_no_events(payload: Any) -> None:
    assert decode(QUERY, payload, NOW).events == []


def test_parameters_that_are_no_object_count_as_none() -> None:
    assert one(["a"]) == {}


def test_the_ids_come_from_the_query_and_the_secret_does_not() -> None:
    both = {"measurement_id": "", "firebase_app_id": "1:2:ios:3", "api_secret": "s3cret"}
    (event,) = decode(both, {"events": [{"name": "a", "params": {"x-ga-measurement_id": "G-OTHER"}}]}, NOW).events
    assert event == {"x-ga-protocol_version": "2", "x-mp-firebase_app_id": "1:2:ios:3", "event_name": "a"}


FIELDS = [
    "client_id",
    "user_id",
    "timestamp_micros",
    "user_properties",
    "consent",
    "non_personalized_ads",
    "user_location",
    "device",
    "ip_override",
    "name",
    "params",
    "session_id",
    "session_number",
    "value",
    "ad_user_data",
    "country_id",
    "region_id",
    "language",
    "items",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8), JSON)
def test_every_named_event_comes_out_whatever_the_rest(payload: dict[str, Any], params: Any) -> None:
    decoded = decode(QUERY, {**payload, "events": [{"params": params, **payload, "name": "b"}, params]}, NOW)
    assert decoded.events[0]["event_name"] == "b"
    assert len(decoded.events) + decoded.skipped == 2
    assert None not in decoded.events[0].values()


@pytest.mark.parametrize("time", [2**63, 2.0**64, 1e300])
def test_what_no_clock_could_show_is_no_time(time: float) -> None:
    decoded = decode(QUERY, {"timestamp_micros": time, "events": [{"name": "a"}]}, NOW)
    assert "x-mp-timestamp_micros" not in decoded.events[0]
