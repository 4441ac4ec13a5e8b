"""What workers have put aside, as one."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from server.admin.lately import lately, sums, times
from server.observe.history import MINUTE
from server.observe.ring import Columns, Key

SENT: Key = ("sent", "ga4")


def told(first: int, *rows: tuple[Key, list[int]]) -> Columns:
    """As it comes over a socket."""
    columns: Columns = {"step": MINUTE, "first": first, "rows": list(rows)}
    found: Columns = json.loads(json.dumps(columns))
    return found


def test_workers_are_added_up_slot_by_slot() -> None:
    merged = lately([told(7, (SENT, [1, 2, 3])), told(7, (SENT, [10, 0, 5]), (("lost",), [0, 0, 4]))], 3)
    assert (merged.of(*SENT), merged.of("lost"), merged.total(*SENT)) == ([11, 2, 8], [0, 0, 4], 21)


def test_one_that_looked_before_the_minute_was_over_is_a_minute_behind() -> None:
    merged = lately([told(7, (SENT, [1, 2, 3])), told(8, (SENT, [20, 30, 40]))], 3)
    assert merged.of(*SENT) == [22, 33, 40]


def test_one_whose_clock_is_far_behind_tells_nothing_of_now() -> None:
    assert lately([told(7, (SENT, [1, 2, 3])), told(900, (SENT, [4, 5, 6]))], 3).of(*SENT) == [4, 5, 6]


def test_of_no_worker_and_of_what_nobody_tells_everything_is_zero() -> None:
    nothing = lately([], 3)
    assert (list(nothing.of(*SENT)), nothing.total(*SENT), nothing.step) == ([0, 0, 0], 0, MINUTE)
    assert [list(each) for each in nothing.histogram("took", "ga4", buckets=2)] == [[0, 0, 0], [0, 0, 0]]


def test_names_are_added_up() -> None:
    assert sums([[(SENT, 2)], [(SENT, 3), (("event", "a"), 1)], []]) == {SENT: 5, ("event", "a"): 1}


def test_times_are_of_the_whole_and_of_each_slot() -> None:
    merged = lately([told(0, (("took", "0"), [4, 0, 0]), (("took", "2"), [0, 0, 4]))], 3)
    found = times((100, 200), merged.histogram("took", buckets=3))
    assert (found.median, found.most) == (100, 200)
    assert (found.medians, found.mosts) == ([50, None, 200], [95, None, 200])


def test_times_of_nothing_are_none() -> None:
    found = times((100, 200), lately([], 2).histogram("took", buckets=3))
    assert (found.median, found.most, found.medians, found.mosts) == (None, None, [None, None], [None, None])


@given(st.lists(st.tuples(st.integers(0, 6), st.lists(st.integers(0, 9), min_size=4, max_size=4)), max_size=5))
def test_no_more_is_told_than_the_workers_have_told(workers: list[tuple[int, list[int]]]) -> None:
    merged = lately([told(first, (SENT, numbers)) for first, numbers in workers], 4)
    assert len(merged.of(*SENT)) == 4
    last = max((first for first, _ in workers), default=0)
    assert merged.total(*SENT) == sum(sum(numbers[last - first :]) for first, numbers in workers)
