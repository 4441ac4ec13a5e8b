"""Rows that were on the wire at several crashes."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections import Counter
from typing import Any

from core.types import Response
from server.outbox.row import State
from server.outbox.store import Found, Suspect, Waiting
from tests.server.delivery.conftest import VENDOR

Stage = Any


def suspects(stage: Stage, *bodies: str, crashes: int = 2) -> None:
    """Rows that a process died with, and which the next one has not opened yet."""

    async def fill(stage: Stage) -> None:
        stage.delivery.board.outbox.own.found.waiting.clear()
        for destination in ("https://vendor.example", "https://b.example"):
            stage.delivery.board.destination("ga4", destination).hold()
        for body in bodies:
            await stage.accept(body, destination="https://b.example" if body == "b" else "https://vendor.example")

    stage.play(fill)
    connection = sqlite3.connect(stage.folder / "outbox-0.db")
    connection.execute("UPDATE rows SET state = 1, crashes = ?", (crashes - 1,))
    connection.commit()
    connection.close()


def test_a_suspect_is_sent_with_nothing_else_on_the_wire(stage: Stage) -> None:
    """7. From its second crash on a row is sent alone, with nothing else of its file on the wire."""
    on_wire: list[str] = []
    company: dict[str, list[str]] = {}
    gate = asyncio.Event()

    async def answer(outbound: Any) -> Response:
        body = outbound.body.decode()
        on_wire.append(body)
        for other in on_wire:
            company.setdefault(other, []).extend(set(on_wire) - {other})
        if body == "early":
            await gate.wait()
        await asyncio.sleep(0.003)
        on_wire.remove(body)
        return Response(204)

    async def scene(stage: Stage) -> None:
        stage.answer = answer
        stage.delivery.board.own.next_turn = stage.now + 1
        await stage.accept("early")
        await stage.passes(1)
        assert stage.sent == ["early"]
        await asyncio.gather(stage.accept("c"), stage.accept("d"))
        await stage.settled()
        assert stage.sent == ["early"]
        gate.set()
        for _ in range(5):
            await stage.passes(1)
        assert sorted(stage.sent) == ["b", "c", "d", "early", "x", "y"]
        assert company["x"] == company["y"] == company["b"] == []
        assert stage.stored() == []
        assert stage.delivery.board.rows_by_tag() == {}

    suspects(stage, "x", "y", "b")
    stage.play(scene)


def test_many_suspects_follow_each_other_at_once_and_leave_the_others_as_long_a_turn(stage: Stage) -> None:
    names = [f"x{number}" for number in range(60)]
    turns: list[int] = []

    async def answer(_: Any) -> Response:
        stage.now += 2000
        return Response(204)

    def next_one(source: Any, begin: Any = None) -> None:
        turns.append(source.next_turn - stage.now)
        stage.now = max(stage.now, source.next_turn)
        begin(source)

    async def scene(stage: Stage) -> None:
        stage.answer = answer
        suspects = stage.delivery.suspects
        suspects.begin = functools.partial(next_one, begin=suspects.begin)
        suspects.begin(stage.delivery.board.own)
        async with asyncio.timeout(60):
            while stage.delivery.board.rows_by_tag():
                await asyncio.sleep(0.005)
        assert sorted(stage.sent) == sorted(names)
        assert turns.count(2000) >= 59

    suspects(stage, *names)
    stage.play(scene)


def test_a_suspect_that_has_to_wait_stays_a_suspect(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(429), Response(400))
        await stage.passes(1)
        assert stage.stored("state, crashes") == [(State.QUEUED, 2)]
        assert not stage.delivery.board.own.quiet
        await stage.passes(1)
        assert stage.stored("state, crashes") == [(State.DEAD, 2)]

    suspects(stage, "x")
    stage.play(scene)


def test_a_suspect_waits_while_its_destination_is_paused(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.board.destinations["ga4", "https://vendor.example"].pause(stage.now + 5_000_000)
        await stage.passes(1)
        await stage.accept("other", destination="https://b.example")
        await stage.settled()
        assert stage.sent == ["other"]
        await stage.passes(5)
        assert stage.sent == ["other", "x"]

    async def run(stage: Stage) -> None:
        stage.delivery.board.own.next_turn = 0
        await scene(stage)

    suspects(stage, "x")
    stage.play(run)


def test_a_suspect_that_an_operator_dropped_holds_nobody_up(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.board.own.next_turn = stage.now + 1
        await stage.delivery.operate({"do": "drop", "tag": "ga4"})
        await stage.passes(1)
        await stage.accept("a")
        await stage.settled()
        assert (stage.sent, stage.stored()) == (["a"], [])

    suspects(stage, "x")
    stage.play(scene)


def test_a_suspect_that_cannot_be_read_is_a_dead_letter(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.passes(1)
        assert stage.stored("state, why") == [(State.DEAD, "unreadable: the stored payload is not JSON")]
        assert stage.delivery.board.dead_letters() == {"ga4": 1}

    suspects(stage, "x")
    connection = sqlite3.connect(stage.folder / "outbox-0.db")
    connection.execute("UPDATE rows SET body = x'7b'")
    connection.commit()
    connection.close()
    stage.play(scene)


def test_poison_is_parked_and_never_sent(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.passes(1)
        assert (stage.sent, stage.stored("state")) == ([], [(State.DEAD,)])

    suspects(stage, "x", crashes=7)
    stage.play(scene)


def test_a_suspect_that_meets_a_broken_disk_is_not_sent(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        source = stage.delivery.board.own
        suspect = source.suspects[0][1]
        source.quiet = True
        stage.delivery.board.destination(suspect.tag, suspect.destination).reserve(source)
        destination = stage.delivery.board.destination(suspect.tag, suspect.destination)
        stage.delivery.suspects._leased(source, destination, suspect, RuntimeError("the disk"))
        assert (stage.sent, source.on_wire, source.quiet) == ([], 0, False)

    async def run(stage: Stage) -> None:
        stage.delivery.board.own.next_turn = stage.now + 1
        await scene(stage)

    suspects(stage, "x")
    stage.play(run)


def test_of_a_shared_store_a_suspect_that_another_process_has_is_forgotten_here(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        board, source = stage.delivery.board, stage.delivery.board.own
        mine, others = Suspect(stage.now + 7, 71, "ga4", VENDOR), Suspect(stage.now, 72, "ga4", VENDOR)
        source.suspect(others, stage.now)
        source.suspect(mine, stage.now + 9)
        board.recounted(source, Found([Waiting("ga4", VENDOR, 1, 0)], [mine], Counter(), 0))
        assert source.suspects == [(stage.now + 9, mine)]
        assert board.destination("ga4", VENDOR).pending == 2

    stage.play(scene)


def test_a_suspect_that_another_process_takes_while_the_wire_is_cleared_costs_nobody_a_turn(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        board, source = stage.delivery.board, stage.delivery.board.own
        source.suspect(Suspect(stage.now, 71, "ga4", VENDOR), stage.now)
        destination = board.destination("ga4", VENDOR)
        destination.reserve(source)
        stage.delivery.suspects.begin(source)
        assert source.quiet
        board.recounted(source, Found([], [], Counter(), 0))
        destination.release(source)
        assert (source.quiet, source.next_turn) == (False, stage.now)
        await stage.accept("next")
        await stage.settled()
        assert stage.sent == ["next"]

    stage.play(scene)
