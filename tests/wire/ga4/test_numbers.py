from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numbers import javascript
from wire.ga4 import numbers

READ: list[tuple[str, Any]] = [
    ("0", 0),
    ("-0", 0),
    ("7", 7),
    ("-12", -12),
    ("12.50", 12.5),
    ("1e-7", 1e-7),
    ("1E+3", 1000.0),
    ("1764340309313", 1764340309313),
    ("9007199254740992", 2**53),
    ("-9007199254740992", -(2**53)),
    ("12345678901234567", 12345678901234567),
    ("-9007199254740993", -9007199254740993),
    ("12345678901234567000", 1.2345678901234567e19),
    ("12345678901234567890", "12345678901234567890"),
    ("9223372036854775807", 2**63 - 1),
    ("-9223372036854775809", "-9223372036854775809"),
    ("0.30000000000000004", 0.30000000000000004),
    ("0.1000000000000000000000", 0.1),
    ("0.1234567890123456789", "0.1234567890123456789"),
    ("1.50e+0000000003", 1500.0),
    ("0e5", 0.0),
    ("0.00000000000000000", 0.0),
    ("1e-400", "1e-400"),
    ("5e-324", 5e-324),
    ("1e99999999999999999999999999999", "1e99999999999999999999999999999"),
    ("0" * 33, "0" * 33),
    ("1" * 32, "1" * 32),
    ("1" * 33, "1" * 33),
    ("1" * 5000, "1" * 5000),
    *[
        (text, text)
        for text in (
            "NaN",
            "Infinity",
            "-Infinity",
            "1e999",
            "-1e999",
            "1" * 400,
            "",
            " 1",
            "1 ",
            "+1",
            "01",
            "007",
            ".5",
            "5.",
            "1e",
            "0x1",
            "1_0",
            "nan",
            "inf",
            "٣",
            "１",
            "²",
            "1\n",
            "-",
            "a",
        )
    ],
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_a_text_is_read_by_the_strict_rule(text: str, value: Any) -> None:
    read = numbers.read(text)
    assert read == value
    assert type(read) is type(value)


@given(st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)))
def test_what_is_written_reads_as_the_same_number(value: float) -> None:
    text = javascript(value)
    assert text is not None
    if len(text) <= 32:
        assert numbers.read(text) == float(value) or numbers.read(text) == value


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?(e[+-]?[0-9]{1,4})?", fullmatch=True))
def test_what_is_read_as_a_number_has_the_value_that_stands_there(text: str) -> None:
    read = numbers.read(text)
    written = read if isinstance(read, str) else javascript(read)
    assert written is not None
    assert Decimal(written) == Decimal(text)


@pytest.mark.parametrize(("value", "counts"), [(0, True), (1.5, True), (True, False), ("1", False), (None, False)])
def test_a_boolean_is_no_number(value: Any, counts: bool) -> None:
    assert numbers.is_number(value) is counts
