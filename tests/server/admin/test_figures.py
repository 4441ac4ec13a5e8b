"""Figures as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.admin.figures import count, many, rate, share, time

SECOND = 1_000_000
MINUTE = 60 * SECOND


def test_large_numbers_are_readable() -> None:
    assert (count(0), count(12_345)) == ("0", "12,345")
    assert (many(1, "row"), many(0, "row"), many(2_345, "row")) == ("1 row", "0 rows", "2,345 rows")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, None),
        (0, 7, "0 %"),
        (7, 7, "100 %"),
        (9, 7, "100 %"),
        (1, 3, "33.3 %"),
        (99_999, 100_000, "99.9 %"),
        (1, 100_000, "0.1 %"),
    ],
)
def test_a_share_is_rounded_neither_to_all_nor_to_none(part: int, whole: int, words: str | None) -> None:
    assert share(part, whole) == words


@given(st.integers(1, 10**30), st.integers(1, 10**30))
def test_only_all_is_all(part: int, whole: int) -> None:
    assert (share(part, whole) == "100 %") == (part >= whole)
    assert share(part, whole) != "0 %"


@pytest.mark.parametrize(
    ("number", "of", "words"),
    [
        (0, MINUTE, "0"),
        (12, MINUTE, "12"),
        (12, 5 * SECOND, "12"),
        (25, 2 * MINUTE, "12.5"),
        (1, 60 * MINUTE, "< 0.1"),
        (66_000, 60 * MINUTE, "1,100"),
        (12, 0, "12"),
        (12, -5, "12"),
    ],
)
def test_a_rate_is_by_the_minute_and_no_higher_than_what_came(number: int, of: int, words: str) -> None:
    assert rate(number, of) == words


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [
        (None, "–"),
        (0, "0 ms"),
        (400, "1 ms"),
        (40_000, "40 ms"),
        (999_999, "1000 ms"),
        (1_200_000, "1.2 s"),
        (3 * MINUTE, "3 min"),
        (72 * 60 * MINUTE, "3 d"),
    ],
)
def test_a_time_is_told_in_the_unit_that_fits(microseconds: int | None, words: str) -> None:
    assert time(microseconds) == words
