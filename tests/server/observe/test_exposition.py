"""Dashboards and alerts live by names and labels: those that there are stay as they are."""

from __future__ import annotations

from pathlib import Path

from server.observe.exposition import exposition
from tests.server.observe.test_metrics import GONE, worker

KNOWN = (Path(__file__).parent / "exposition.txt").read_text(encoding="utf-8").splitlines()
"""What a worker that has seen a little of everything told when the names were settled, line by line. New lines may come."""


def test_what_was_told_once_is_told_still() -> None:
    told = exposition([worker(), GONE]).decode().splitlines()
    assert len(KNOWN) > 200
    assert not set(KNOWN) - set(told)
