"""When an event happened, whatever it says of itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.context import Context
from core.types import Request
from wire.conversions.moment import iso, micros

RECEIVED = 1_767_225_600_123_000
SAID = st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.integers().map(str), st.lists(st.integers()))


def when(said: object) -> int:
    event = {"x-mp-timestamp_micros": said}
    return micros(event, Context(Request("r", RECEIVED, "GET", "/"), "web", event))


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (1_767_312_000_000_000, 1_767_312_000_000_000),
        ("1767312000000000", 1_767_312_000_000_000),
        (0, RECEIVED),
        (-5, RECEIVED),
        (10**30, RECEIVED),
        (None, RECEIVED),
    ],
)
def test_the_time_that_it_says_else_that_of_its_request(said: object, at: int) -> None:
    assert when(said) == at


@given(said=SAID)
def test_whatever_it_says_there_is_a_date_to_write(said: object) -> None:
    assert iso(when(said)).endswith("Z")
