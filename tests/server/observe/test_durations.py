"""Histograms."""

from __future__ import annotations

import pytest

from server.observe.durations import AGE, EXCHANGE, REPLY, Durations


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
