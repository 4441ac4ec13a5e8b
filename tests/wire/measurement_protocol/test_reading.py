"""Bodies of the Measurement Protocol are read, whatever is in them, once and in no time worth having."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget.machine import takes_less
from tests.wire.measurement_protocol.read_payloads import EVENT, NOW, SNAKE, WEB, codes, payload, respelt
from wire.measurement_protocol.decode import decode_all
from wire.measurement_protocol.digits import Digits
from wire.measurement_protocol.document import MOST_PAYLOADS, read
from wire.measurement_protocol.validator import validate


def test_an_ordinary_payload_is_read_once_and_keeps_its_objects() -> None:
    body = (
        b'{"client_id":"1307714608.1760043792","timestamp_micros":1764340311502000,"events":[{"name":"a","params":{"v":9.99}}]}'
    )
    document = read(body)
    assert (document.exact, document.notes, document.others) == (False, (), ())
    assert document.payload == orjson.loads(body)


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
    assert takes_less(lambda: decode_all(WEB, read(HOSTILE[name]), NOW), 1.5)


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
