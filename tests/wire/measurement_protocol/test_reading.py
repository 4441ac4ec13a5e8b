"""Payloads as libraries write them: another spelling, another shape, numbers that a double cannot hold."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.ga4.encode import encode
from wire.measurement_protocol.decode import decode_all
from wire.measurement_protocol.digits import Digits
from wire.measurement_protocol.document import MOST_PAYLOADS, read
from wire.measurement_protocol.validator import validate

NOW = 1_764_340_311_502_000
WEB = {"measurement_id": "G-ABC123XYZ0", "api_secret": "s3cret"}


def payload(body: Any) -> Any:
    return read(body if isinstance(body, bytes) else orjson.dumps(body)).payload


def codes(body: Any) -> list[tuple[str, str]]:
    """Path and code of everything that the validator finds."""
    found = validate(WEB, body if isinstance(body, bytes) else orjson.dumps(body), NOW)
    return [(finding.field_path, finding.code) for finding in found]


SNAKE = {
    "client_id": "1.2",
    "app_instance_id": "0" * 32,
    "user_id": "U",
    "timestamp_micros": NOW,
    "user_properties": {"myTier": {"value": "gold", "timestamp_micros": NOW}},
    "user_data": {
        "sha256_email_address": "a" * 64,
        "sha256_phone_number": ["b" * 64],
        "address": [{"sha256_first_name": "c" * 64, "sha256_last_name": "d" * 64, "sha256_street": "e" * 64, "postal_code": "1"}],
    },
    "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
    "non_personalized_ads": True,
    "user_location": {"city": "Bonn", "region_id": "DE-NW", "country_id": "DE", "subcontinent_id": "155", "continent_id": "150"},
    "ip_override": "203.0.113.7",
    "device": {
        "screen_resolution": "1x2",
        "operating_system": "Android",
        "operating_system_version": "1",
        "browser_version": "2",
    },
    "user_agent": "Mozilla/5.0",
    "validation_behavior": "RELAXED",
    "events": [{"name": "a_b", "timestamp_micros": NOW, "params": {"sessionId": "5", "camelCase": {"innerName": 1}}}],
}


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each[0].upper() + each[1:] for each in others)


def respelt(value: Any) -> Any:
    """The value with names in camelCase wherever they are the schema's own."""
    if isinstance(value, list):
        return [respelt(each) for each in value]
    if not isinstance(value, dict):
        return value
    own = {"params", "user_properties"}
    return {camel(name): inner if name in own else respelt(inner) for name, inner in value.items()}


def test_both_spellings_are_one_payload_wherever_the_schema_has_names() -> None:
    written = respelt(SNAKE)
    written["userProperties"] = {"myTier": {"value": "gold", "timestampMicros": NOW}}
    assert "clientId" in written
    assert "adPersonalization" in written["consent"]
    assert "sha256Street" in str(written)
    assert payload(written) == SNAKE
    assert codes(written) == codes(SNAKE)


def test_names_of_ones_own_are_never_respelt() -> None:
    own = {"clientId": 1, "userId": {"clientId": 2}, "timestampMicros": 3}
    written = {"client_id": "1.2", "events": [{"name": "a", "params": own}], "user_properties": {"userId2": {"value": 1}}}
    assert payload(written) == written


def test_clear_names_of_user_data_are_respelt_so_that_tags_know_them() -> None:
    written = {"userData": {"emailAddress": "x", "phoneNumber": "y", "address": {"firstName": "z", "lastName": "w"}}}
    read_ = {"email_address": "x", "phone_number": "y", "address": {"first_name": "z", "last_name": "w"}}
    assert payload(written) == {"user_data": read_}


@pytest.mark.parametrize("swap", [False, True])
def test_of_both_spellings_snake_case_counts_and_that_is_told(swap: bool) -> None:
    both = {"client_id": "1.2", "clientId": "3.4"}
    written = {**(dict(reversed(both.items())) if swap else both), "events": [{"name": "a"}]}
    assert payload(written)["client_id"] == "1.2"
    assert codes(written) == [("client_id", "NAME_DUPLICATED")]
    consent = {"client_id": "1", "consent": {"ad_user_data": "GRANTED", "adUserData": "DENIED"}, "events": [{"name": "a"}]}
    assert payload(consent)["consent"] == {"ad_user_data": "GRANTED"}
    assert codes(consent) == [("consent.ad_user_data", "NAME_DUPLICATED")]


@pytest.mark.parametrize("swap", [False, True])
def test_null_is_no_value(swap: bool) -> None:
    both = {"client_id": None, "clientId": "3.4"}
    assert payload(dict(reversed(both.items())) if swap else both) == {"client_id": "3.4"}


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("9.5", 9.5),
        ("1764340311502000", NOW),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ("0.10000000000000001", 0.1),
        ("9.9900000000000002", 9.99),
        ("0.1000000000000000055", 0.1),
        ("0.1000000000000000055511151231257827", 0.1),
        ("12.50000000000000000000", 12.5),
        ("1.764340311502e+15", float(NOW)),
        ("18446744073709551616", "18446744073709551616"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("-12345678901234567890123", "-12345678901234567890123"),
        ("9007199254740993.0", "9007199254740993.0"),
        ("1307714608.1760043792", "1307714608.1760043792"),
        ("33.333333333333333333333333", "33.333333333333333333333333"),
        ("1e400", "1e400"),
        ("1e-999999999999999999999999", "1e-999999999999999999999999"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_a_number_is_one_unless_a_double_would_change_it(number: str, value: Any) -> None:
    for body in (f'{{"events":[{{"params":{{"a":{number}}}}}]}}', f'{{"events":[{{"params":{{"a": [ {number} ]}}}}]}}'):
        found = payload(body.encode())["events"][0]["params"]["a"]
        found = found[0] if isinstance(found, list) else found
        assert found == value
        assert isinstance(found, str) == isinstance(value, str)


@settings(max_examples=300)
@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.floats(allow_nan=False, allow_infinity=False))
def test_no_number_changes_its_value(number: Any) -> None:
    text = repr(number) if isinstance(number, float) else str(number)
    found = payload(f'{{"a":{text}}}'.encode())["a"]
    if not isinstance(found, float) or Decimal(repr(found)) == Decimal(text):
        assert Decimal(found) == Decimal(text) or Decimal(repr(found)) == Decimal(text)
    else:
        assert abs(Decimal(text) - Decimal(found)) < Decimal((0, (1,), int(Decimal(text).as_tuple().exponent)))


IDS = [
    ("client_id", "1307714608.1760043792", "1307714608.1760043792"),
    ("client_id", "1307714608.1760043790", "1307714608.1760043790"),
    ("clientId", "1307714608.1760043790", "1307714608.1760043790"),
    ("client_id", "555.10", "555.10"),
    ("client_id", "12345678901234567890", "12345678901234567890"),
    ("user_id", "12345678901234567890123", "12345678901234567890123"),
    ("user_id", "42.0", "42"),
    ("user_id", "1.5e3", "1500"),
    ("user_id", "4.20", "4.20"),
]


@pytest.mark.parametrize(("name", "number", "text"), IDS)
def test_an_id_that_is_a_number_is_its_digits_as_they_were_written(name: str, number: str, text: str) -> None:
    body = f'{{"client_id":"1","{name}":{number},"events":[{{"name":"a"}}]}}'.encode()
    body = body.replace(b'"client_id":"1",', b"") if "user" not in name else body
    document = read(body)
    (event,) = decode_all(WEB, document, NOW).events
    assert event[name.replace("Id", "_id")] == text
    assert type(event[name.replace("Id", "_id")]) is str
    assert [code for _, code in codes(body)] == ["VALUE_INVALID"]


def test_digits_are_kept_everywhere_and_parameters_among_them_leave_as_numbers() -> None:
    number = "1234567890.12345678901"
    body = (
        f'{{"client_id":"1.2","user_properties":{{"p":{{"value":{number}}}}},"events":[{{"name":"a","params":'
        f'{{"value":{number},"note":"{number}","list":[{number}],"items":[{{"price":{number}}}]}}}}]}}'
    ).encode()
    (event,) = decode_all(WEB, read(body), NOW).events
    assert event["x-ga-custom_parameters"] == ["epn.value"]
    assert encode(event).own["epn.value"] == f"epn.value={number}"
    assert encode(event).own["ep.note"] == f"ep.note={number}"
    kept = [event["value"], event["list"][0], event["items"][0]["price"], event["x-ga-mp2-user_properties"]["p"]]
    assert kept == [number] * 4
    assert {type(each) for each in kept} == {str}
    assert codes(body)[0] == ("user_properties.p.value", "TOO_MANY_DIGITS")
    assert len(codes(body)) == 4


def test_an_ordinary_payload_is_read_once_and_keeps_its_objects() -> None:
    body = (
        b'{"client_id":"1307714608.1760043792","timestamp_micros":1764340311502000,"events":[{"name":"a","params":{"v":9.99}}]}'
    )
    document = read(body)
    assert (document.exact, document.notes, document.others) == (False, (), ())
    assert document.payload == orjson.loads(body)


EVENT = {"name": "a", "params": {"x": 1}}
SHAPES: list[tuple[str, Any, Any, list[str]]] = [
    ("one event", {"events": EVENT}, {"events": [EVENT]}, ["events"]),
    ("events by index", {"events": {"0": EVENT, "2": EVENT}}, {"events": [EVENT, EVENT]}, ["events"]),
    ("events in a text", {"events": json.dumps([EVENT])}, {"events": [EVENT]}, ["events"]),
    ("one event in a text", {"events": json.dumps(EVENT)}, {"events": [EVENT]}, ["events", "events"]),
    ("an event in a text", {"events": [json.dumps(EVENT)]}, {"events": [EVENT]}, ["events[0]"]),
    (
        "params as pairs",
        {"events": [{"name": "a", "params": [{"key": "x", "value": 1}, {"key": "y", "value": {"string_value": "z"}}]}]},
        {"events": [{"name": "a", "params": {"x": 1, "y": "z"}}]},
        ["events[0].params"],
    ),
    (
        "params as an export has them",
        {"events": [{"name": "a", "params": [{"key": "x", "intValue": 1, "stringValue": None}]}]},
        {"events": [{"name": "a", "params": {"x": 1}}]},
        ["events[0].params"],
    ),
    (
        "params as pairs called name",
        {"events": [{"name": "a", "params": [{"name": "x", "value": 0}]}]},
        {"events": [{"name": "a", "params": {"x": 0}}]},
        ["events[0].params"],
    ),
    (
        "params one by one",
        {"events": [{"name": "a", "params": [{"x": 1}, {"y": 2}]}]},
        {"events": [{"name": "a", "params": {"x": 1, "y": 2}}]},
        ["events[0].params"],
    ),
    (
        "params in a text",
        {"events": [{"name": "a", "params": '{"x":1}'}]},
        {"events": [{"name": "a", "params": {"x": 1}}]},
        ["events[0].params"],
    ),
    (
        "items in a text",
        {"events": [{"name": "a", "params": {"items": '[{"item_id":"A"}]'}}]},
        {"events": [{"name": "a", "params": {"items": [{"item_id": "A"}]}}]},
        ["events[0].params.items"],
    ),
    (
        "one item",
        {"events": [{"name": "a", "params": {"items": {"item_name": "A"}}}]},
        {"events": [{"name": "a", "params": {"items": [{"item_name": "A"}]}}]},
        ["events[0].params.items"],
    ),
    (
        "items by index",
        {"events": [{"name": "a", "params": {"items": {"1": {"item_id": "A"}}}}]},
        {"events": [{"name": "a", "params": {"items": [{"item_id": "A"}]}}]},
        ["events[0].params.items"],
    ),
    (
        "bare user properties",
        {"user_properties": {"tier": "gold", "age": 0, "b": True}, "events": [EVENT]},
        {"user_properties": {"tier": {"value": "gold"}, "age": {"value": 0}, "b": {"value": True}}, "events": [EVENT]},
        ["user_properties.tier", "user_properties.age", "user_properties.b"],
    ),
    (
        "user properties as pairs",
        {"userProperties": [{"key": "tier", "value": "gold", "timestampMicros": NOW}], "events": [EVENT]},
        {"user_properties": {"tier": {"value": "gold", "timestamp_micros": NOW}}, "events": [EVENT]},
        ["user_properties"],
    ),
    (
        "objects in texts",
        {"consent": '{"adUserData":"DENIED"}', "device": '{"model":"x"}', "events": [EVENT]},
        {"consent": {"ad_user_data": "DENIED"}, "device": {"model": "x"}, "events": [EVENT]},
        ["consent", "device"],
    ),
]


@pytest.mark.parametrize(("written", "read_", "paths"), [each[1:] for each in SHAPES], ids=[each[0] for each in SHAPES])
def test_another_shape_is_understood_and_told(written: Any, read_: Any, paths: list[str]) -> None:
    written = {"client_id": "1.2", **written}
    assert payload(written) == {"client_id": "1.2", **read_}
    assert [path for path, code in codes(written) if code == "UNUSUAL_SHAPE"] == paths


NOT_UNDERSTOOD: list[tuple[Any, tuple[str, str]]] = [
    ({"events": "soon"}, ("", "VALUE_INVALID")),
    ({"events": {"purchase": {"value": 1}}}, ("", "VALUE_INVALID")),
    ({"events": "[{"}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": [{"key": "x", "value": 1}, {"key": "x", "value": 2}]}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": [{"a": 1, "b": 2}, {"a": 3}]}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": ["x", 1]}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": []}]}, ("", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": {"items": "A, B"}}]}, ("events[0].params.items", "VALUE_INVALID")),
    ({"events": [{"name": "a", "params": {"items": {"sku": {}}}}]}, ("events[0].params.items", "VALUE_INVALID")),
    ({"events": [EVENT], "user_properties": {"a": ["x"]}}, ("", "VALUE_INVALID")),
    ({"events": [EVENT], "consent": "GRANTED"}, ("", "VALUE_INVALID")),
]


@pytest.mark.parametrize(("written", "finding"), NOT_UNDERSTOOD)
def test_what_has_no_one_reading_stays_and_what_was_expected_is_told(written: Any, finding: tuple[str, str]) -> None:
    written = {"client_id": "1.2", **written}
    assert payload(written) == written
    assert codes(written)[0] == finding


def test_a_list_of_payloads_is_read_one_after_the_other() -> None:
    body = orjson.dumps(
        [{"client_id": "1.2", "events": [EVENT]}, {"clientId": "3.4", "events": {"name": "b", "params": {"value": "x"}}}]
    )
    decoded = decode_all(WEB, read(body), NOW)
    assert [(event["client_id"], event["event_name"]) for event in decoded.events] == [("1.2", "a"), ("3.4", "b")]
    assert codes(body) == [
        ("[1].events[0].params.value", "VALUE_INVALID"),
        ("", "UNUSUAL_SHAPE"),
        ("[1].events", "UNUSUAL_SHAPE"),
    ]


def test_payloads_are_read_one_by_one_up_to_a_number() -> None:
    many = orjson.dumps([{"client_id": "1", "events": []}] * MOST_PAYLOADS)
    assert len(read(many).payloads) == MOST_PAYLOADS
    assert read(many[:-1] + b",{}]").problem.startswith("It is a list of more than")
    assert read(b"[1]").problem == read(b"[{},1]").problem == "It is not a JSON object."


def test_a_payload_that_was_written_as_json_twice_is_read() -> None:
    body = json.dumps(json.dumps({"clientId": "1.2", "events": [EVENT]})).encode()
    assert payload(body) == {"client_id": "1.2", "events": [EVENT]}
    assert codes(body) == [("", "UNUSUAL_SHAPE")]


def test_what_is_within_a_text_is_no_deeper_than_anything_else() -> None:
    deep = "[" * 900 + "]" * 900
    body = b'{"events":"' + deep.replace("[", "\\u005b").replace("]", "\\u005d").encode() + b'"}'
    assert read(body).problem == "It has more than 32 levels of objects and lists."


@pytest.mark.parametrize("name", ["user_properties", "userProperties", "user_data", "consent"])
@pytest.mark.parametrize("levels", [40, 300, 900])
def test_what_events_share_is_no_deeper_either(name: str, levels: int) -> None:
    deep = '{"a":{"value":' + "[" * levels + "]" * levels + "}}"
    written = {"client_id": "1.2", name: deep, "events": [{"name": "a"}, {"name": "b"}]}
    assert read(json.dumps(written).encode()).problem == "It has more than 32 levels of objects and lists."
    assert read(json.dumps([written, written]).encode()).problem == "It has more than 32 levels of objects and lists."


@pytest.mark.parametrize("text", ["4,245.42", "4.245,42", "12,50", "EUR 12", "12 €", "", "1e", "0x10", "NaN"])
@pytest.mark.parametrize("name", ["value", "tax", "shipping"])
def test_an_amount_that_is_no_number_is_told_whatever_the_behavior(name: str, text: str) -> None:
    written = {"client_id": "1.2", "events": [{"name": "a", "params": {name: text}}]}
    assert codes(written) == [(f"events[0].params.{name}", "VALUE_INVALID")]
    items = {"client_id": "1.2", "events": [{"name": "a", "params": {"items": [{"item_id": "A", "price": text}]}}]}
    assert codes(items) == [("events[0].params.items[0].price", "VALUE_INVALID")]


HOSTILE = {
    "digits": b'{"a":' + b"1" * 1_000_000 + b"}",
    "decimals": b'{"a":0.' + b"1" * 1_000_000 + b"}",
    "numbers": b'{"a":[' + b",".join([b"1.2345678901234567890123"] * 29_000) + b"]}",
    "exponents": b'{"a":[' + b",".join([b"1e-99999999999999999999"] * 29_000) + b"]}",
    "events in texts": b'{"events":[' + b",".join([b'"{\\"name\\":\\"a\\"}"'] * 29_000) + b"]}",
    "pairs": b'{"events":[{"name":"a","params":[' + b",".join([b'{"key":"x","value":1}'] * 14_000) + b"]}]}",
    "a text of commas": b'{"events":"[' + b"0\\\\u002c" * 100_000 + b'0]"}',
    "payloads": b"[" + b",".join([b'{"clientId":1.25,"client_id":1.25}'] * 14_000) + b"]",
    "properties": b'{"user_properties":{' + b",".join(b'"a%d":0' % n for n in range(29_000)) + b"}}",
    "surrogates": b'{"a":"' + b"\\ud83d" * 150_000 + b'"}',
    "deep overflow": b'{"a":1e999,"b":' + b"[" * 400_000 + b"]" * 400_000 + b"}",
    "times": b'{"timestamp_micros":"' + b"1" * 900_000 + b'"}',
    "no JSON": b"'" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_takes_no_time_worth_having(name: str) -> None:
    start = time.process_time()
    document = read(HOSTILE[name])
    decode_all(WEB, document, NOW)
    assert time.process_time() - start < 1.5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda each: (
        st.lists(each, max_size=3)
        | st.dictionaries(st.sampled_from([*SNAKE, *respelt(SNAKE), "key", "value", "0"]), each, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(JSON)
def test_whatever_the_json_there_is_an_answer_and_no_digits_in_events(value: Any) -> None:
    document = read(json.dumps(value).encode())
    for event in decode_all(WEB, document, NOW).events:
        assert not any(isinstance(each, Digits) for each in event.values())
    validate(WEB, json.dumps(value).encode(), NOW)
