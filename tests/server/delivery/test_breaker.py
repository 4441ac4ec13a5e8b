"""The breaker as a table: what happens, when, and how many requests may leave afterwards."""

from __future__ import annotations

import pytest

from server.delivery.breaker import Breaker

SECOND = 1_000_000


def played(script: str, *, limit: int = 4) -> tuple[Breaker, int]:
    """``f`` fails, ``s`` succeeds, ``+30`` lets 30 s pass; luck is highest, so cooldowns are in full. When that is, too."""
    breaker, now = Breaker(limit, lambda: 1.0), 0
    for word in script.split():
        if word == "f":
            breaker.failed(now)
        elif word == "s":
            breaker.succeeded(now)
        else:
            now += int(word) * SECOND
    return breaker, now


@pytest.mark.parametrize(
    ("script", "allowance", "state"),
    [
        ("", 4, "closed"),
        ("f f f f", 4, "closed"),
        ("f f f f s f", 4, "closed"),
        ("f f f f f", 0, "open"),
        ("f f f f f f f f", 0, "open"),
        ("f f f f f +29", 0, "open"),
        ("f f f f f +29 s", 0, "open"),
        ("f f f f f +30", 1, "testing"),
        ("f f f f f +30 f", 0, "open"),
        ("f f f f f +30 f +59", 0, "open"),
        ("f f f f f +30 f +60", 1, "testing"),
        ("f f f f f +30 f +60 f +120 f +240 f +299", 0, "open"),
        ("f f f f f +30 f +60 f +120 f +240 f +300", 1, "testing"),
        ("f f f f f +30 s", 1, "ramping"),
        ("f f f f f +30 s s", 2, "ramping"),
        ("f f f f f +30 s s f", 0, "open"),
        ("f f f f f +30 s s s", 4, "closed"),
        ("f f f f f +30 s s s f", 4, "closed"),
        ("f f f f f +30 s s s f f f f f +30", 1, "testing"),
    ],
)
def test_the_breaker(script: str, allowance: int, state: str) -> None:
    breaker, now = played(script)
    assert (breaker.allowance(now), breaker.state(now)) == (allowance, state)


def test_cooldowns_are_jittered_down_to_a_half() -> None:
    breaker = Breaker(4, lambda: 0.0)
    for _ in range(5):
        breaker.failed(0)
    assert breaker.open_until == 15 * SECOND
