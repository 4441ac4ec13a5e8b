"""Histograms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.observe.durations import AGE, EXCHANGE, REPLY, Durations, quantile


@pytest.mark.parametrize(("took", "bucket"), [(0, 0), (10, 0), (11, 1), (20, 1), (21, 2), (10**12, 2)])
def test_a_bound_belongs_to_the_bucket_below_it(took: int, bucket: int) -> None:
    durations = Durations((10, 20))
    durations.add(took)
    assert durations.as_json() == {"buckets": [int(at == bucket) for at in range(3)], "sum": took}


def test_durations_add_up() -> None:
    durations = Durations((10,))
    for took in (3, 4, 30):
        durations.add(took)
    assert durations.as_json() == {"buckets": [2, 1], "sum": 37}


@pytest.mark.parametrize("bounds", [REPLY, EXCHANGE, AGE])
def test_bounds_rise(bounds: tuple[int, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))


BOUNDS = (10, 100, 1000)


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ([0, 0, 0, 0], 0.5, None),
        ([10, 0, 0, 0], 0.5, 5),
        ([10, 0, 0, 0], 1.0, 10),
        ([0, 10, 0, 0], 0.5, 55),
        ([5, 5, 0, 0], 0.5, 10),
        ([5, 0, 5, 0], 0.95, 910),
        ([0, 0, 0, 3], 0.5, 1000),
        ([99, 0, 0, 1], 0.95, 10),
        ([1, 0, 0, 0], 0.0, 0),
    ],
)
def test_a_share_of_them_lies_below(buckets: list[int], share: float, expected: int | None) -> None:
    assert quantile(BOUNDS, buckets, share) == expected


@given(st.lists(st.integers(0, 10**12), min_size=4, max_size=4), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_lies_below_no_less(buckets: list[int], one: float, other: float) -> None:
    low, high = (quantile(BOUNDS, buckets, share) for share in sorted((one, other)))
    if low is None or high is None:
        assert not any(buckets)
    else:
        assert 0 <= low <= high <= BOUNDS[-1]


@given(st.lists(st.integers(0, 1200), min_size=1))
def test_what_is_told_lies_in_the_bucket_of_the_true_one(took: list[int]) -> None:
    durations = Durations(BOUNDS)
    for each in took:
        durations.add(each)
    told = quantile(BOUNDS, durations.buckets, 0.5)
    true = sorted(took)[(len(took) + 1) // 2 - 1]
    start = max((bound for bound in BOUNDS if bound < true), default=0)
    assert told is not None
    assert start <= told <= min((bound for bound in BOUNDS if bound >= true), default=BOUNDS[-1])
