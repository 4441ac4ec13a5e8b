"""How long to wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.delivery.backoff import LONGEST_ASKED, asked, delay, retry_after

NOW = 1_000_000_000_000_000  # Sun, 09 Sep 2001 01:46:40 GMT


@pytest.mark.parametrize(
    ("attempts", "draw", "seconds"),
    [(1, 0.5, 1.0), (1, 0.0, 0.0), (2, 0.5, 2.0), (5, 0.25, 8.0), (9, 0.5, 256.0), (10, 0.5, 450.0), (10**6, 0.5, 450.0)],
)
def test_the_delay_is_evenly_spread_below_a_doubling_limit(attempts: int, draw: float, seconds: float) -> None:
    assert delay(attempts, draw) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("٣", 0),
        ("999999999999999999999999", LONGEST_ASKED),
        ("Sun, 09 Sep 2001 01:47:40 GMT", 60),
        ("Sunday, 09-Sep-01 01:47:40 GMT", 60),
        ("Sun, 09 Sep 2001 01:46:00 GMT", 0),
        ("Sun, 09 Sep 2001 23:00:00 GMT", LONGEST_ASKED),
        ("Sun, 99 Sep 2001 01:47:40 GMT", 0),
        ("Sun, 09 Sep 99999999 01:47:40 GMT", 0),
    ],
)
def test_retry_after_in_either_form(header: str | None, seconds: float) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text())
def test_retry_after_never_raises_and_stays_in_bounds(header: str) -> None:
    assert 0 <= retry_after(header, NOW) <= LONGEST_ASKED


@pytest.mark.parametrize(("wish", "seconds"), [(-1.0, 0.0), (5.0, 5.0), (1e12, LONGEST_ASKED)])
def test_a_wish_is_honoured_within_bounds(wish: float, seconds: float) -> None:
    assert asked(wish) == seconds
