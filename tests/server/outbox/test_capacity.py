"""Capacity: when new rows are refused, when they are taken again, and who has to wait."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from server.outbox.capacity import Capacity, Measured

GB = 10**9


@pytest.mark.parametrize(
    ("measurements", "full"),
    [
        ([(0, 100, 1000)], False),
        ([(0, 49, 1000)], True),
        ([(0, 49, 1000), (0, 99, 1000)], True),
        ([(0, 49, 1000), (0, 100, 1000)], False),
        ([(0, 0.5, 6)], True),
        ([(0, 0.6, 6)], False),
        ([(0, 0.5, 6), (0, 0.6, 6)], True),
        ([(0, 0.08, 0.9)], True),
        ([(0, 0.1, 0.9)], False),
        ([(0, 0.08, 0.9), (0, 0.17, 0.9)], True),
        ([(0, 0.08, 0.9), (0, 0.18, 0.9)], False),
        ([(0, 0.03, 0.25)], False),
        ([(10, 500, 1000)], True),
        ([(9.9, 500, 1000)], False),
        ([(10, 500, 1000), (9.6, 500, 1000)], True),
        ([(10, 500, 1000), (9.4, 500, 1000)], False),
    ],
)
def test_it_closes_at_the_mark_and_opens_at_twice_the_mark(measurements: list[tuple[float, float, float]], full: bool) -> None:
    room = Capacity(10 * GB)
    for used, free, total in measurements:
        room.update(Measured(int(used * GB), int(free * GB), int(total * GB)), {})
    assert room.full is full


def test_the_log_says_when_it_closes_and_why_and_when_it_opens() -> None:
    room = Capacity(10 * GB)
    with capture_logs() as lines:
        for free, used in ((500, 0), (40, 0), (41, 0), (500, 0), (500, 11), (500, 1)):
            room.update(Measured(used * GB, free * GB, 1000 * GB), {})
    assert [(line["log_level"], line.get("why")) for line in lines] == [
        ("error", "the disk is nearly full"),
        ("info", None),
        ("error", "it holds max_size"),
        ("info", None),
    ]


@pytest.mark.parametrize(
    ("used", "rows", "crowded"),
    [
        (5.1, {"a": 99, "b": 1}, {"a"}),
        (5.0, {"a": 99, "b": 1}, set()),
        (5.1, {"a": 99}, set()),
        (5.1, {"a": 99, "b": 0}, set()),
        (9.0, {"a": 50, "b": 50}, set()),
        (9.0, {"a": 60, "b": 40}, {"a"}),
    ],
)
def test_no_tag_holds_more_than_half_while_others_wait(used: float, rows: dict[str, int], crowded: set[str]) -> None:
    room = Capacity(10 * GB)
    room.update(Measured(int(used * GB), 500 * GB, 1000 * GB), rows)
    assert room.crowded == crowded


@pytest.mark.parametrize(
    ("used", "rows", "colour", "reason"),
    [
        (4.9, {}, "green", None),
        (5.0, {}, "amber", "the outbox is 50% full"),
        (8.0, {}, "red", "the outbox is 80% full"),
        (10.0, {}, "red", "the outbox is full or the disk is nearly full: new events are refused"),
        (6.0, {"a": 99, "b": 1}, "red", "tag a holds more than half of the outbox and is not chosen"),
    ],
)
def test_the_colour_and_why(used: float, rows: dict[str, int], colour: str, reason: str | None) -> None:
    room = Capacity(10 * GB)
    room.update(Measured(int(used * GB), 500 * GB, 1000 * GB), rows)
    found, reasons = room.reasons()
    assert (found, reasons[:1]) == (colour, [reason] if reason else [])
