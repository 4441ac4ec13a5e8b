"""How old a row may become, and how that is put."""

from __future__ import annotations

import pytest

from server.delivery.age import MaxAge


@pytest.mark.parametrize(
    ("seconds", "why"), [(90.0, "older than 90 s"), (3600.0, "older than 1 h"), (72 * 3600.0, "older than 72 h")]
)
def test_it_is_said_in_seconds_or_hours(seconds: float, why: str) -> None:
    assert MaxAge(seconds).why == why


def test_a_row_is_too_old_from_that_age_on() -> None:
    age = MaxAge(90.0)
    assert not age.is_over(since=5, now=5 + age.length - 1)
    assert age.is_over(since=5, now=5 + age.length)
