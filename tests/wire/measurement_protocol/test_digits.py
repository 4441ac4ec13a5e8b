"""Numbers and ids keep the digits with which they were written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.measurement_protocol.read_payloads import NOW, WEB, codes, payload
from wire.ga4.encode import encode
from wire.measurement_protocol.decode import decode_all
from wire.measurement_protocol.document import read


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


@pytest.mark.parametrize("text", ["4,245.42", "4.245,42", "12,50", "EUR 12", "12 €", "", "1e", "0x10", "NaN"])
@pytest.mark.parametrize("name", ["value", "tax", "shipping"])
def test_an_amount_that_is_no_number_is_told_whatever_the_behavior(name: str, text: str) -> None:
    written = {"client_id": "1.2", "events": [{"name": "a", "params": {name: text}}]}
    assert codes(written) == [(f"events[0].params.{name}", "VALUE_INVALID")]
    items = {"client_id": "1.2", "events": [{"name": "a", "params": {"items": [{"item_id": "A", "price": text}]}}]}
    assert codes(items) == [("events[0].params.items[0].price", "VALUE_INVALID")]
