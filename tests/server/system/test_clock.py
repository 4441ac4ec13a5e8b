"""How long something lasts, in words."""

from __future__ import annotations

import pytest

from server.system.clock import lasting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86_399, "23 h"), (200_000, "2 d")],
)
def test_the_largest_whole_unit_is_said(seconds: float, words: str) -> None:
    assert lasting(int(seconds * 1_000_000)) == words
