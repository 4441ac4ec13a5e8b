"""Waiting in front of a worker is as queueing theory has it, and always the same."""

from __future__ import annotations

import math

import pytest

from bench.surge import ROOM, Surge, waiting
from config import ServerSettings


def test_the_same_hits_wait_the_same_each_time() -> None:
    assert waiting(500, 1000) == waiting(500, 1000)


@pytest.mark.parametrize(("busy", "longer"), [(0.3, 0.5), (0.5, 0.7), (0.7, 0.9)])
def test_who_is_busier_lets_wait_longer(busy: float, longer: float) -> None:
    assert waiting(1000 * busy, 1000).p99 < waiting(1000 * longer, 1000).p99


def test_a_worker_twice_as_fast_with_twice_the_hits_lets_wait_half_as_long() -> None:
    slow, fast = waiting(500, 1000, Surge(seconds=200)), waiting(1000, 2000, Surge(seconds=100))
    assert fast.p99 == pytest.approx(slow.p99 / 2, rel=0.1)


def at_most(wait: float, busy: float) -> float:
    """The share of hits that wait so long at most, in times of work: Erlang's formula for arrivals by chance and steady work."""
    terms = ((busy * (wait - hits), hits) for hits in range(int(wait) + 1))
    return (1 - busy) * sum(math.exp(load) * (-load) ** hits / math.factorial(hits) for load, hits in terms)


@pytest.mark.parametrize("busy", [0.3, 0.5, 0.8])
def test_99_of_100_wait_as_long_as_queueing_theory_says(busy: float) -> None:
    p99 = waiting(1000 * busy, 1000, Surge(seconds=600)).p99 * 1000
    assert at_most(p99, busy) == pytest.approx(0.99, abs=0.002)


def test_what_is_more_than_can_be_done_fills_every_place_and_then_is_refused() -> None:
    found = waiting(500, 1000, Surge(times=4, seconds=100))
    assert found.longest == pytest.approx(ROOM / 1000, rel=0.001)
    taken = 100 * 1000 + ROOM
    assert found.refused == pytest.approx(1 - taken / (100 * 2000), abs=0.005)
    assert waiting(500, 1000, Surge(times=1.5)).refused == 0


def test_a_worker_has_as_many_places_as_the_server_has_by_itself() -> None:
    assert ServerSettings().max_connections == ROOM
