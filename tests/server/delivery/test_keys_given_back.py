"""What becomes of a key when its row is given up, dropped, or tried again by an operator."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from core.types import Once, Response
from server.outbox.row import State

Stage = Any
DAY = 86400 * 1_000_000


def once(stage: Stage, body: str) -> tuple[str, Any]:
    return "ga4", stage.payload(body, once=Once(body, DAY))


def keys(folder: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / "keys.db")
    try:
        return connection.execute("SELECT file, row FROM keys ORDER BY row").fetchall()
    finally:
        connection.close()


async def given_up(stage: Stage) -> None:
    stage.answers(Response(400))
    await stage.delivery.accept([once(stage, "a")])
    await stage.settled()
    stage.answers(Response(204))


async def give_back(stage: Stage) -> None:
    for source in stage.delivery.board.sources:
        await stage.delivery.upkeep.give_keys_back(source)


def test_a_dead_letter_gives_its_key_back(stage: Stage) -> None:
    """13. What was refused, dropped or given up suppresses nothing."""

    async def scene(stage: Stage) -> None:
        await given_up(stage)
        await give_back(stage)
        assert await stage.delivery.accept([once(stage, "a")]) == []
        await stage.settled()
        assert (stage.sent, stage.stored("state, once")) == (["a", "a"], [(State.DEAD, None)])

    stage.play(scene)


def test_a_retried_dead_letter_goes_out_and_takes_nobody_s_key(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await given_up(stage)
        await give_back(stage)
        await stage.delivery.accept([once(stage, "a")])
        await stage.settled()
        stage.answers(Response(400))
        assert await stage.delivery.operate({"do": "retry", "state": "dead"}) == {"rows": 1}
        await stage.settled()
        await give_back(stage)
        assert stage.sent == ["a", "a", "a"]
        assert len(await stage.delivery.accept([once(stage, "a")])) == 1

    stage.play(scene)


def test_a_retry_before_the_key_is_given_back_keeps_it(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await given_up(stage)
        await stage.delivery.operate({"do": "retry", "state": "dead"})
        await give_back(stage)
        await stage.settled()
        assert stage.sent == ["a", "a"]
        assert len(await stage.delivery.accept([once(stage, "a")])) == 1

    stage.play(scene)


def test_a_dropped_row_gives_its_key_back(stage: Stage) -> None:
    """13. What was refused, dropped or given up suppresses nothing."""

    async def scene(stage: Stage) -> None:
        stage.delivery.board.destination("ga4", "https://vendor.example").pause(stage.now + DAY)
        await stage.delivery.accept([once(stage, "a"), once(stage, "b")])
        await stage.settled()
        assert await stage.delivery.operate({"do": "drop", "ids": ["0-1"]}) == {"rows": 1}
        await give_back(stage)
        assert await stage.delivery.accept([once(stage, "a")]) == []
        assert len(await stage.delivery.accept([once(stage, "b")])) == 1

    stage.play(scene)


def test_an_adopted_file_goes_only_when_its_keys_are_given_back(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400))
        await stage.until(lambda: len(stage.delivery.board.sources) > 1)
        await stage.delivery.upkeep.stop()  # its rounds, one a second, would do what is done here step by step
        assert await stage.delivery.operate({"do": "drop", "ids": ["5-1"]}) == {"rows": 1}
        (source,) = stage.delivery.board.sources[1:]
        await stage.delivery.upkeep.slow_round()
        assert (stage.folder / "outbox-5.db").exists()
        await give_back(stage)
        await stage.delivery.upkeep.slow_round()
        assert not (stage.folder / "outbox-5.db").exists()
        await stage.delivery.upkeep.give_keys_back(source)
        assert keys(stage.folder) == []

    async def other(stage: Stage) -> None:
        stage.answers(Response(400))
        await stage.delivery.accept([once(stage, "a")])
        await stage.until(lambda: stage.delivery.board.dead_letters().total() == 1)

    async def run() -> None:
        stage.open(worker=5)
        await other(stage)
        await stage.delivery.stop(1.0)

    asyncio.run(run())
    stage.play(scene)
