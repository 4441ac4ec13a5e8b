"""How often something may happen."""

from __future__ import annotations

from server.system.allowance import Allowance


def taken(allowance: Allowance, times: range) -> list[int]:
    """At which of these times it happens, where whoever finds none to take does without."""
    found = []
    for now in times:
        if not allowance.pause(now):
            allowance.take(now)
            found.append(now)
    return found


def test_some_at_once_and_then_one_after_another() -> None:
    assert taken(Allowance(3, 10), range(35)) == [0, 1, 2, 10, 20, 30]


def test_what_was_not_taken_for_a_while_may_be_taken_at_once_again() -> None:
    allowance = Allowance(3, 10)
    taken(allowance, range(3))
    assert taken(allowance, range(1000, 1015)) == [1000, 1001, 1002, 1010]


def test_whoever_takes_without_asking_waits_for_longer() -> None:
    allowance = Allowance(1, 10)
    for _ in range(4):
        allowance.take(0)
    assert [allowance.pause(now) for now in (0, 15, 40)] == [40, 25, 0]
