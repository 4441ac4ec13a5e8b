"""What the log says of dead letters."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.types import Payload, Response
from server.delivery.dead_letters import EVERY, LINES, DeadLetters
from server.http import TransportError
from server.outbox.row import Row
from tests.server.delivery.conftest import START, VENDOR

Stage = Any
MOST = LINES[0]


class Clock:
    """One that is set."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def row(number: int, tag: str = "ga4") -> Row:
    return Row(number, tag, Payload("jo@example.com", VENDOR, group="a1b2"), 0, attempts=2)


def masked(text: str) -> str:
    return text.replace("jo@example.com", "•••")


def flood(dead: DeadLetters, rows: int, tag: str = "ga4") -> list[MutableMapping[str, Any]]:
    with capture_logs() as lines:
        for number in range(rows):
            dead.one(f"0-{number}", row(number, tag), "HTTP 400: jo@example.com", 400)
    return lines


def counted(dead: DeadLetters, *, last: bool = False) -> list[tuple[str, int, str]]:
    with capture_logs() as lines:
        dead.tell(last=last)
    assert {line["event"] for line in lines} <= {"dead letters"}
    return [(line["tag"], line["rows"], line["why"]) for line in lines]


def test_each_has_a_line_with_where_to_look_and_nothing_of_a_visitor() -> None:
    (line,) = flood(DeadLetters(Clock(), masked), 1)
    assert line == {
        "event": "a dead letter",
        "log_level": "warning",
        "tag": "ga4",
        "destination": VENDOR,
        "row": "0-0",
        "request": "a1b2",
        "attempts": 2,
        "status": 400,
        "why": "HTTP 400: •••",
    }


def test_of_a_flood_some_have_a_line_and_the_others_are_counted() -> None:
    clock = Clock()
    dead = DeadLetters(clock, masked)
    assert len(flood(dead, 500)) == MOST
    flood(dead, 7, "ads")
    assert counted(dead) == [("ga4", 500 - MOST, "HTTP 400: •••"), ("ads", 7, "HTTP 400: •••")]
    assert counted(dead) == [], "nothing is told twice"


def test_they_are_counted_once_a_minute_and_at_the_end() -> None:
    clock = Clock()
    dead = DeadLetters(clock, masked)
    told = []
    for clock.now in range(0, 4 * EVERY, EVERY // 10):
        dead.several("ga4", 1, "older than 72h")
        told += counted(dead)
    assert [rows for _, rows, _ in told] == [1, 10, 10, 10]
    assert counted(dead, last=True) == [("ga4", 9, "older than 72h")]


def test_a_minute_with_none_says_nothing() -> None:
    assert counted(DeadLetters(Clock(), masked), last=True) == []


@pytest.mark.parametrize(
    ("answer", "status", "why"), [(Response(400), 400, "HTTP 400"), (TransportError("no such host"), None, "no such host")]
)
def test_a_delivery_tells_of_what_it_gives_up(stage: Stage, answer: Any, status: int | None, why: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(answer)
        await stage.accept("a")
        await stage.settled()
        await stage.passes(2 * stage.max_age)

    with capture_logs() as lines:
        stage.play(scene)
    (line,) = (line for line in lines if line["event"] == "a dead letter")
    assert (line["tag"], line["destination"], line["row"], line["status"]) == ("ga4", VENDOR, "0-1", status)
    assert why in line["why"]


def test_what_is_too_old_is_counted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(TransportError("nobody is there"))
        for number in range(8):
            await stage.accept(number)
        await stage.settled()
        stage.now = int(START + 2 * stage.max_age * 1_000_000)
        await stage.delivery.upkeep.slow_round()

    with capture_logs() as lines:
        stage.play(scene)
    (line,) = (line for line in lines if line["event"] == "dead letters")
    assert (line["tag"], line["rows"]) == ("ga4", 8)
    assert "72" in line["why"]


def test_what_cannot_be_read_is_counted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery._attempts.unreadable(stage.delivery.board.destination("ga4", VENDOR), stage.delivery.board.own, 2)

    with capture_logs() as lines:
        stage.play(scene)
    assert [(line["tag"], line["rows"], line["why"]) for line in lines] == [
        ("ga4", 2, "unreadable: the stored payload is not JSON")
    ]
