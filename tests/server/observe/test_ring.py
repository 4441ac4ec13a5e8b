"""What was counted lately, by a time that comes from outside: starts, gaps, clocks that jump, counters that go back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.observe.ring import LATE, Key, Ring, difference

MINUTE = 60_000_000
START = 29_405_671 * MINUTE
"""The first microsecond of a minute."""
SENT: Key = ("sent",)
LOST: Key = ("lost",)


def anything(_: Key) -> bool:
    return True


def told(ring: Ring, now: int) -> dict[Key, list[int]]:
    return dict(ring.columns(now, anything)["rows"])


def test_what_grew_is_told_and_what_did_not_is_not() -> None:
    assert difference({SENT: 7, LOST: 2}, {SENT: 4, LOST: 2}) == {SENT: 3}
    assert difference({SENT: 4}, {}) == {SENT: 4}
    assert difference({SENT: 0}, {}) == {}


def test_a_counter_that_went_back_has_begun_anew_and_is_never_negative() -> None:
    assert difference({SENT: 3}, {SENT: 90}) == {SENT: 3}
    assert difference({SENT: 0}, {SENT: 90}) == {}
    assert difference({}, {SENT: 90}) == {}


def test_a_minute_that_is_over_has_a_column_of_its_own_and_the_current_one_is_the_last() -> None:
    ring = Ring(MINUTE, 4)
    ring.add({SENT: 5}, START + MINUTE)
    ring.add({SENT: 2}, START + MINUTE + 30_000_000)
    ring.add({SENT: 1}, START + MINUTE + 31_000_000)
    found = ring.columns(START + MINUTE + 40_000_000, anything)
    assert found == {"step": MINUTE, "first": START // MINUTE - 2, "rows": [(SENT, [0, 0, 5, 3])]}


def test_who_looks_a_little_late_tells_of_the_minute_before() -> None:
    ring = Ring(MINUTE, 3)
    ring.add({SENT: 5}, START + MINUTE + LATE - 1)
    ring.add({LOST: 1}, START + MINUTE + LATE)
    assert told(ring, START + MINUTE + LATE) == {SENT: [0, 5, 0], LOST: [0, 0, 1]}


def test_minutes_in_which_nothing_came_are_zero_and_take_no_room() -> None:
    ring = Ring(MINUTE, 5)
    ring.add({SENT: 1}, START + MINUTE)
    for minute in (2, 3):
        ring.add({}, START + minute * MINUTE)
    ring.add({SENT: 4}, START + 4 * MINUTE)
    assert told(ring, START + 4 * MINUTE) == {SENT: [1, 0, 0, 4, 0]}
    assert len(ring._slots) == 2


def test_what_is_too_old_is_forgotten() -> None:
    ring = Ring(MINUTE, 3)
    ring.add({SENT: 1}, START + MINUTE)
    assert told(ring, START + 2 * MINUTE) == {SENT: [1, 0, 0]}
    assert told(ring, START + 3 * MINUTE) == {}
    ring.add({}, START + 3 * MINUTE)
    assert ring._slots == {}


def test_after_a_suspension_what_was_counted_stands_in_the_minute_that_saw_it() -> None:
    ring = Ring(MINUTE, 3)
    ring.add({SENT: 1}, START + MINUTE)
    awake = START + 500 * MINUTE + 30_000_000
    ring.add({SENT: 6}, awake)
    assert told(ring, awake) == {SENT: [0, 0, 6]}
    assert len(ring._slots) == 1


def test_a_clock_that_is_set_back_leaves_nothing_in_the_future() -> None:
    ring = Ring(MINUTE, 3)
    ring.add({SENT: 9}, START + 90 * MINUTE)
    ring.add({SENT: 2}, START + 30_000_000)
    assert told(ring, START + 30_000_000) == {SENT: [0, 0, 2]}
    assert len(ring._slots) == 1


def test_a_clock_that_is_set_back_by_a_second_loses_nothing() -> None:
    ring = Ring(MINUTE, 3)
    ring.add({SENT: 9}, START + 30_000_000 + MINUTE)
    ring.add({SENT: 2}, START + MINUTE - 500_000)
    assert told(ring, START + MINUTE + LATE) == {SENT: [0, 2, 9]}


def test_only_what_is_wanted_is_told_and_summed() -> None:
    ring = Ring(MINUTE, 3)
    ring.add({SENT: 1, LOST: 2}, START + MINUTE)
    ring.add({SENT: 4}, START + 2 * MINUTE)
    now = START + 2 * MINUTE
    assert [key for key, _ in ring.columns(now, lambda key: key == LOST)["rows"]] == [LOST]
    assert ring.sums(now, lambda key: key == SENT) == {SENT: 5}
    assert ring.sums(now + MINUTE, anything) == {SENT: 4}, "the first minute is over and gone"


@given(st.lists(st.tuples(st.integers(0, 2**62), st.integers(1, 10**6)), max_size=40), st.integers(1, 5))
def test_however_the_clock_jumps_no_more_is_kept_or_told_than_there_was(seen: list[tuple[int, int]], most: int) -> None:
    ring = Ring(MINUTE, most)
    for now, number in seen:
        ring.add({SENT: number}, now)
        assert len(ring._slots) <= most + 2
        columns = told(ring, now).get(SENT, [])
        assert len(columns) in (0, most)
        assert 0 <= sum(columns) <= sum(number for _, number in seen)
