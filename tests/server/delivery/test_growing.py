"""A batch that grows, lease after lease, before it leaves: within the slots that are free, and never at others' expense."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.component import Batch
from core.types import Outbound, Response
from server.delivery.delivery import SLOTS
from server.delivery.destination import ENOUGH, Destination
from server.outbox import OutboxFull
from server.outbox.row import State
from tests.server.delivery.conftest import OK, VENDOR, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.tag.batch = Batch(500, linger=0)
    return stage


def silent(stage: Stage) -> asyncio.Event:
    """The vendor answers when this is set."""
    speaks = asyncio.Event()

    async def answer(_: Outbound) -> Response:
        await speaks.wait()
        return OK

    stage.answer = answer
    return speaks


async def backlog(stage: Stage, *bodies: str, at: Callable[[int], int] = lambda _: 0) -> Destination:
    """Rows that wait since the destination is paused for a second; ``at``: when each was received."""
    destination = stage.delivery.board.destination("ga4", VENDOR)
    destination.pause(stage.now + 1_000_000)
    for number, body in enumerate(bodies):
        stage.delivery.accept([("ga4", stage.payload(body, received_at=stage.now + at(number)))])
    await stage.settled()
    return destination


def at_lease(stage: Stage, number: int, then: Callable[[], object]) -> list[int]:
    """Does this as the lease of this number is asked for, and counts how many rows each lease asks for."""
    file: Any = stage.delivery.board.own.file
    asked, lease = [], file.lease

    def counted(tag: str, destination: str, now: int, limit: int, answer: Any) -> None:
        asked.append(limit)
        lease(tag, destination, now, limit, answer)
        if len(asked) == number:
            then()

    file.lease = counted
    return asked


def leased(stage: Stage) -> int:
    return len([state for (state,) in stage.stored("state") if state == State.LEASED])


def test_rows_that_fall_into_more_requests_than_before_take_no_more_slots_than_there_are(stage: Stage) -> None:
    """The third was received between the two that travelled together, and is too large to go with either."""

    async def scene(stage: Stage) -> None:
        destination = await backlog(stage, "aa", "bb", *["c" * 7] * 40, at=lambda number: (1, 3, 2)[number] if number < 3 else 9)
        speaks = silent(stage)
        destination.breaker.width = 2
        asked = at_lease(stage, 0, lambda: None)
        await stage.passes(1)
        assert (stage.sent, asked) == (["aa", "c" * 7], [2, 1])
        assert (destination._slots.busy, leased(stage)) == (2, 2)
        speaks.set()
        await stage.until(lambda: not destination.pending)
        assert sorted(stage.sent) == sorted(["aa", "bb", *["c" * 7] * 40])
        assert (destination._slots.busy, stage.delivery.board.own.on_wire, stage.stored()) == (0, 0, [])

    stage.tag.batch = Batch(100, most_bytes=10, linger=0)
    stage.play(scene)


def test_a_reload_while_a_batch_grows_takes_no_more_slots_than_there_are(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        bodies = [str(number) for number in range(400)]
        destination = await backlog(stage, *bodies)
        speaks = silent(stage)
        tag = type(stage.tag)()
        at_lease(stage, 3, lambda: stage.delivery.use({"ga4": tag}))
        await stage.passes(1)
        assert (len(stage.sent), destination._slots.busy, leased(stage)) == (SLOTS, SLOTS, SLOTS)
        speaks.set()
        await stage.until(lambda: not destination.pending)
        assert sorted(stage.sent) == sorted(bodies)
        assert (destination._slots.busy, stage.delivery.board.own.on_wire) == (0, 0)

    stage.play(scene)


def test_companies_that_leave_hardly_a_slot_for_others_are_not_waited_with(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await backlog(stage, *[f"{number % 120}" for number in range(1200)])
        speaks = silent(stage)
        asked = at_lease(stage, 0, lambda: None)
        await stage.passes(1)
        assert (asked, len(stage.sent)) == ([SLOTS], 120)
        speaks.set()

    stage.tag.company = lambda payload: payload.body
    stage.play(scene)


def test_a_stop_while_a_batch_grows_puts_all_of_it_back(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = await backlog(stage, *[str(number) for number in range(400)])
        at_lease(stage, 3, destination.hold)
        await stage.passes(1)

    stage.play(scene)
    assert stage.sent == []
    assert stage.stored("state, crashes") == [(State.QUEUED, 0)] * 400


@pytest.mark.parametrize("fails", [2, 3])
def test_what_has_grown_leaves_where_a_lease_fails(stage: Stage, fails: int) -> None:
    """Nobody else has those rows: they would be leased for ever."""

    async def scene(stage: Stage) -> None:
        destination = await backlog(stage, *[str(number) for number in range(400)])
        file: Any = stage.delivery.board.own.file
        asked, lease = [], file.lease

        def failing(tag: str, address: str, now: int, limit: int, answer: Any) -> None:
            asked.append(limit)
            if len(asked) == fails:
                answer(OutboxFull("no server answers"))
            else:
                lease(tag, address, now, limit, answer)

        file.lease = failing
        await stage.passes(1)
        assert [body.count(",") + 1 for body in stage.sent] == [sum(asked[: fails - 1])]
        assert (destination._slots.busy, leased(stage)) == (0, 0)
        destination.backlog(stage.delivery.board.own).due_by(stage.now)  # as the next count of a store that others share does
        await stage.passes(1)
        await stage.until(lambda: not destination.pending)

    stage.play(scene)


def test_unreadable_rows_in_a_batch_that_grows_are_dead_and_the_others_leave(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = await backlog(stage, *[str(number) for number in range(400)])
        file: Any = stage.delivery.board.own.file
        await file._answer(lambda connection: connection.execute("UPDATE rows SET body = x'7b' WHERE id % 100 = 0") and None)
        await stage.passes(1)
        await stage.until(lambda: not destination.pending)
        assert [body.count(",") + 1 for body in stage.sent] == [396]
        assert stage.delivery.board.dead_letters() == {"ga4": 4}
        assert (destination._slots.busy, stage.delivery.board.rows_by_tag()) == (0, {"ga4": 4})

    stage.play(scene)


def test_who_waits_is_not_counted_where_nothing_may_leave_anyway(stage: Stage) -> None:
    """A destination that is away for days has a new company with every visitor."""

    async def scene(stage: Stage) -> None:
        destination = await backlog(stage, "first")
        destination.pause(stage.now + 10**12)
        await stage.passes(2)
        for number in range(50):
            await stage.accept(f"visitor {number}")
        (waiting,) = destination.backlogs
        assert set(waiting.lingering) == {"first"}
        assert destination.pending == 51

    stage.tag.batch = Batch(10, linger=1.0)
    stage.tag.company = lambda payload: payload.body
    stage.play(scene)


def test_slots_that_come_free_one_by_one_are_not_spent_on_a_row_each(stage: Stage) -> None:
    """With every slot in use, each answer would else take one row along, and what waits would never get less."""
    waiting: list[asyncio.Event] = []

    async def answer(_: Outbound) -> Response:
        waiting.append(speaks := asyncio.Event())
        await speaks.wait()
        return OK

    async def scene(stage: Stage) -> None:
        stage.answer = answer
        destination = await backlog(stage, *[str(number) for number in range(4000)])
        await stage.passes(1)
        before = len(stage.sent)
        assert before > SLOTS - SLOTS // ENOUGH
        for _ in range(2 * SLOTS // ENOUGH):
            waiting.pop(0).set()
            await stage.settled()
        later = stage.sent[before:]
        assert sum(body.count(",") + 1 for body in later) / len(later) > 5
        stage.answers(OK)
        while waiting:
            waiting.pop(0).set()
        await stage.until(lambda: not destination.pending)
        assert destination._slots.busy == 0

    stage.tag.batch = Batch(10, linger=0)
    stage.play(scene)
