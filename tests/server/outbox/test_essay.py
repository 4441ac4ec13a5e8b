"""The essay above the outbox and its tests stay together."""

from __future__ import annotations

import re
from pathlib import Path

import server.outbox


def test_every_invariant_is_quoted_by_a_test() -> None:
    numbers = set(re.findall(r"^(\d+)\. ", server.outbox.__doc__ or "", re.MULTILINE))
    tests = Path(__file__).parent.parent
    quoted = {
        number
        for folder in ("outbox", "delivery")
        for path in (tests / folder).glob("test_*.py")
        for number in re.findall(r'"""(\d+)\. ', path.read_text(encoding="utf-8"))
    }
    assert numbers == quoted == {str(number) for number in range(1, 15)}


def test_what_is_public_is_named() -> None:
    assert server.outbox.__all__ == sorted(server.outbox.__all__)
    assert all(hasattr(server.outbox, name) for name in server.outbox.__all__)
