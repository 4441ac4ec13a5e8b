"""A worker that ends again and again is started ever later, and is red until it has lived for a while."""

from __future__ import annotations

import pytest

from server.process.restarts import Restarts, how


def ends(restarts: Restarts, times: int, at: float = 0.0) -> list[float]:
    pauses = []
    for _ in range(times):
        restarts.started(at)
        pauses.append(restarts.ended(1, at + 1))
    return pauses


def test_each_pause_is_twice_the_one_before_up_to_a_minute() -> None:
    assert ends(Restarts(0), 9) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_who_has_lived_for_a_minute_begins_anew() -> None:
    restarts = Restarts(0)
    ends(restarts, 5)
    restarts.started(100)
    assert restarts.ended(1, 160) == 1
    restarts.started(200)
    assert restarts.ended(1, 259) == 2


def test_it_is_said_while_it_is_down_and_after_more_than_one_end_until_it_is_well() -> None:
    restarts = Restarts(3)
    restarts.started(0)
    assert restarts.trouble(0) is None
    restarts.ended(-9, 10)
    assert restarts.trouble(10) == "worker 3 ended (killed by SIGKILL): it is started again, the log says why it ended"
    restarts.started(11)
    assert restarts.trouble(11) is None
    restarts.ended(1, 12)
    assert (restarts.trouble(12) or "").startswith("worker 3 ended (exit code 1), 2 times in a row: it is started again")
    restarts.started(14)
    assert restarts.trouble(20) == "worker 3 ended (exit code 1), 2 times in a row, and was started again 6 s ago"
    assert restarts.trouble(74) is None


def test_one_that_is_not_started_again_is_said() -> None:
    restarts = Restarts(0)
    restarts.started(0)
    restarts.ended(74, 1, for_good=True)
    assert "worker 0 ended (exit code 74) and is not started again" in (restarts.trouble(5000) or "")


@pytest.mark.parametrize(("code", "words"), [(0, "exit code 0"), (-11, "killed by SIGSEGV"), (-99, "killed by signal 99")])
def test_an_exit_code_in_words(code: int, words: str) -> None:
    assert how(code) == words
