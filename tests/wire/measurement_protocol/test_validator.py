from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Finding
from tests.budget.machine import takes_less
from wire.measurement_protocol.document import read
from wire.measurement_protocol.validator import as_messages, enforces, validate

NOW = 1_764_340_311_502_000
HOUR = 3_600_000_000
WEB = {"measurement_id": "G-ABC123XYZ0", "api_secret": "s3cret"}
APP = {"firebase_app_id": "1:234:android:abc123", "api_secret": "s3cret"}
HASH = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789"

PURCHASE = {
    "client_id": "1307714608.1760043792",
    "user_id": "U-42",
    "timestamp_micros": NOW - HOUR,
    "user_properties": {"tier": {"value": "gold", "timestamp_micros": NOW - HOUR}, "age": {"value": 42}},
    "consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
    "non_personalized_ads": False,
    "user_location": {
        "city": "Mountain View",
        "region_id": "US-CA",
        "country_id": "US",
        "subcontinent_id": "021",
        "continent_id": "019",
    },
    "ip_override": "2001:db8::1",
    "device": {"category": "mobile", "language": "en", "screen_resolution": "1280x720", "browser": "CHROME"},
    "user_agent": "Mozilla/5.0",
    "user_data": {
        "sha256_email_address": [HASH, HASH],
        "sha256_phone_number": HASH,
        "address": {"sha256_first_name": HASH, "city": "menlopark", "country": "US", "region": None},
    },
    "validation_behavior": "RELAXED",
    "events": [
        {
            "name": "purchase",
            "timestamp_micros": NOW,
            "params": {
                "session_id": "1764340309",
                "session_number": "x" * 120,
                "engagement_time_msec": 100,
                "debug_mode": True,
                "currency": "USD",
                "transaction_id": "T_12345",
                "value": "12.21",
                "tax": 1.11,
                "page_location": f"https://shop.example/{'a' * 900}",
                "items": [
                    {"item_id": "SKU_1", "item_name": "Tee", "index": 0, "price": "10.01", "quantity": 3, "grösse": "m"},
                    {"item_name": "Cap", "google_business_vertical": "retail", "coupon": None},
                ],
            },
        },
        {"name": "überblick", "params": None},
    ],
}
USER_DATA_ONLY = {"client_id": "1.2", "user_id": "U", "user_data": {"sha256_email_address": HASH}}
OF_AN_APP = {"app_instance_id": "0123456789abcdefABCDEF0123456789", "events": [{"name": "screen_view"}]}


@pytest.mark.parametrize("behavior", [None, "RELAXED", "ENFORCE_RECOMMENDATIONS"])
@pytest.mark.parametrize(("query", "payload"), [(WEB, PURCHASE), (WEB, USER_DATA_ONLY), (APP, OF_AN_APP)])
def test_nothing_is_wrong_with_a_valid_payload(query: dict[str, str], payload: Any, behavior: Any) -> None:
    assert validate(query, orjson.dumps(payload), NOW, behavior) == []


def test_times_of_php_are_whole_numbers() -> None:
    body = b'{"client_id":"1.2","timestamp_micros":1.764340311502e+15,"events":[{"name":"a"}]}'
    assert validate(WEB, body, NOW, "ENFORCE_RECOMMENDATIONS") == []


def test_without_an_id_the_payload_shows_which_stream_it_is_for() -> None:
    assert [finding.field_path for finding in validate({}, orjson.dumps(OF_AN_APP), NOW)] == ["measurement_id", "api_secret"]


@pytest.mark.parametrize("name", ["validation_behavior", "validationBehavior"])
def test_a_payload_can_ask_to_be_checked_more_strictly(name: str) -> None:
    payload = {"client_id": "1.2", "events": [{"name": "refund"}]}
    asking = {**payload, name: "ENFORCE_RECOMMENDATIONS"}
    assert not enforces(payload)
    assert all(map(enforces, read(orjson.dumps(asking)).payloads))
    assert validate(WEB, orjson.dumps(payload), NOW) == []
    assert len(validate(WEB, orjson.dumps(asking), NOW)) == 1
    assert validate(WEB, orjson.dumps(asking), NOW, "RELAXED") == []


def test_the_json_is_that_of_google() -> None:
    found = [Finding("events", "Bad.", "NAME_INVALID"), Finding("", "Worse.", "VALUE_INVALID")]
    assert json.loads(as_messages(found)) == {
        "validationMessages": [
            {"fieldPath": "events", "description": "Bad.", "validationCode": "NAME_INVALID"},
            {"description": "Worse.", "validationCode": "VALUE_INVALID"},
        ]
    }
    assert as_messages([]) == b'{"validationMessages":[]}'


def test_of_one_check_no_more_than_25_findings_are_kept_and_values_are_cut() -> None:
    payload = {"client_id": "1.2", "events": [{"name": "a", "params": {f"{n}{'x' * 2000}": 1 for n in range(60)}}]}
    found = validate(WEB, orjson.dumps(payload), NOW)
    assert len(found) == 1 + 25 + 25  # the number of parameters, their letters, their lengths
    assert len(as_messages(found)) < 40_000


def test_braces_in_a_value_are_only_text() -> None:
    found = validate(WEB, b'{"client_id":"1.2","events":[{"name":"{i}{0}"}]}', NOW)
    assert "[{i}{0}]" in found[0].description


HOSTILE = {
    "events": b'{"events":[' + b",".join([b'{"name":"a"}'] * 80_000) + b"]}",
    "parameters": b'{"events":[{"params":{' + b",".join(b'"_%d":[]' % n for n in range(80_000)) + b"}}]}",
    "items": b'{"events":[{"params":{"items":[' + b",".join(b'{"_%d":[]}' % n for n in range(80_000)) + b"]}}]}",
    "properties": b'{"user_properties":{' + b",".join(b'"_%d":0' % n for n in range(80_000)) + b"}}",
    "repeated": b"{" + b",".join([b'"a":1'] * 20_000) + b"}",
    "long": b'{"' + b"k" * 60_000 + b'":[' + b",".join([b"[]"] * 20_000) + b'],"a":1,"a":1}',
    "brackets": b"[" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_takes_no_time_worth_having(name: str) -> None:
    assert takes_less(lambda: validate(WEB, HOSTILE[name], NOW), 1)
    assert len(as_messages(validate(WEB, HOSTILE[name], NOW))) < 30_000


FIELDS = [
    "client_id",
    "app_instance_id",
    "user_id",
    "timestamp_micros",
    "user_properties",
    "user_data",
    "consent",
    "user_location",
    "ip_override",
    "device",
    "validation_behavior",
    "events",
    "name",
    "params",
    "items",
    "session_id",
    "engagement_time_msec",
    "value",
    "currency",
    "sha256_email_address",
    "address",
    "country",
    "ad_user_data",
    "country_id",
    "screen_resolution",
    "item_id",
    "price",
    "a",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=6),
    max_leaves=30,
)


@settings(max_examples=150)
@given(
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8),
    st.lists(st.fixed_dictionaries({"name": JSON, "params": JSON}), max_size=2) | st.none(),
    st.booleans(),
)
def test_it_never_raises_whatever_the_json(payload: dict[str, Any], events: list[Any] | None, enforced: bool) -> None:
    body = orjson.dumps(payload if events is None else {**payload, "events": events})
    found = validate(WEB, body, NOW, "ENFORCE_RECOMMENDATIONS" if enforced else "RELAXED")
    assert all(finding.description and finding.code for finding in found)
    json.loads(as_messages(found))


@settings(max_examples=100)
@given(st.binary(max_size=60), st.dictionaries(st.sampled_from(["measurement_id", "firebase_app_id", "api_secret"]), st.text()))
def test_it_never_raises_whatever_the_bytes(body: bytes, query: dict[str, str]) -> None:
    json.loads(as_messages(validate(query, body, NOW, "ENFORCE_RECOMMENDATIONS")))


def test_half_a_surrogate_pair_in_the_query_is_no_trouble() -> None:
    as_messages(validate({**APP, "firebase_app_id": "\ud800"}, b"{}", NOW, "ENFORCE_RECOMMENDATIONS"))
