"""One grace for everything that a stop waits for."""

from __future__ import annotations

from server.process.stopping import Stopping


def test_the_first_reason_counts_and_the_grace_runs_from_it() -> None:
    now = [100.0]
    stopping = Stopping(lambda: now[0], 10)
    now[0] = 150.0
    assert (stopping.why, stopping.seconds, stopping.left) == ("", 0.0, 10)
    stopping.begin("SIGTERM")
    now[0] = 154.0
    stopping.begin("SIGINT")
    assert (stopping.why, stopping.seconds, stopping.left) == ("SIGTERM", 4.0, 6.0)
    now[0] = 170.0
    assert stopping.left == 0.0
