"""What Google takes of an event's own time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.timestamps import CLAMPED, HOUR, OLDEST, SKEW, bounded

NOW = 1_764_340_311_502_000


@pytest.mark.parametrize(
    ("time", "used"),
    [
        (NOW, NOW),
        (NOW - OLDEST, NOW - OLDEST),
        (NOW - OLDEST - 1, NOW - 71 * HOUR),
        (NOW + SKEW, NOW + SKEW),
        (NOW + SKEW + 1, NOW),
    ],
)
def test_what_is_too_old_or_still_to_come_is_moved(time: int, used: int) -> None:
    assert bounded(time, NOW) == used


@given(st.integers(0, 2 * NOW))
def test_a_time_that_is_used_is_used_again(time: int) -> None:
    assert bounded(bounded(time, NOW), NOW) == bounded(time, NOW)
    assert -SKEW <= NOW - bounded(time, NOW) <= max(CLAMPED, OLDEST)
