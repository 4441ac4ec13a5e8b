"""Of payloads with one key only the first within the window is accepted; what is refused or lost never suppresses another."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from core.types import Once
from server.delivery import Suppressed, keyed
from server.outbox import OutboxFull
from server.outbox.row import State

Stage = Any
DAY = 86400 * 1_000_000


def once(stage: Stage, body: str, key: str = "", window: int = DAY, **more: Any) -> tuple[str, Any]:
    return "ga4", stage.payload(body, once=Once(key or body, window), **more)


def keys(folder: Path) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / "keys.db")
    try:
        return connection.execute("SELECT file, row, seen, expires, pending FROM keys ORDER BY row").fetchall()
    finally:
        connection.close()


def test_the_second_of_two_is_left_out_and_says_when_the_first_came(stage: Stage) -> None:
    """11. Of two payloads with one key, the second within the window is left out."""

    async def scene(stage: Stage) -> None:
        assert await stage.delivery.accept([once(stage, "a")]) == []
        first = stage.now
        await stage.passes(5)
        again = once(stage, "a")
        assert await stage.delivery.accept([again]) == [Suppressed("ga4", again[1], first)]
        await stage.settled()
        assert (stage.sent, stage.stored()) == (["a"], [])
        assert stage.delivery.health()["suppressed"] == {"ga4": 1}
        assert keys(stage.folder) == [(0, 1, first, first + DAY, 0)]

    stage.play(scene)


def test_the_window_ends(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a", window=10_000_000)])
        await stage.passes(9.999_999)
        assert len(await stage.delivery.accept([once(stage, "a", window=10_000_000)])) == 1
        await stage.passes(0.000_001)
        assert await stage.delivery.accept([once(stage, "a", window=10_000_000)]) == []
        await stage.settled()
        assert stage.sent == ["a", "a"]

    stage.play(scene)


def test_a_request_stands_or_falls_together_but_for_its_duplicates(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a", group="r1")])
        await stage.settled()
        mixed = [once(stage, "a", group="r2"), once(stage, "b", group="r2", position=1), ("ga4", stage.payload("c", group="r2"))]
        suppressed = await stage.delivery.accept(mixed)
        assert [each.payload.body for each in suppressed] == ["a"]
        await stage.settled()
        assert sorted(stage.sent) == ["a", "c,b"]

    stage.play(scene)


def test_what_one_request_has_twice_is_taken_once(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        suppressed = await stage.delivery.accept([once(stage, "a", "k"), once(stage, "b", "k")])
        assert [(each.payload.body, each.first_seen) for each in suppressed] == [("b", stage.now)]
        await stage.settled()
        assert stage.sent == ["a"]

    stage.play(scene)


def test_of_many_at_once_one_passes(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        answers = await asyncio.gather(*(stage.delivery.accept([once(stage, "a")]) for _ in range(40)))
        await stage.settled()
        assert sorted(len(answer) for answer in answers) == [0] + [1] * 39
        assert stage.sent == ["a"]

    stage.play(scene)


def test_with_nothing_left_but_others_the_others_go_the_short_way(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a")])
        await stage.delivery.accept([once(stage, "a"), ("ga4", stage.payload("b"))])
        await stage.settled()
        assert sorted(stage.sent) == ["a", "b"]

    stage.play(scene)


def test_nothing_leaves_before_its_key_is_confirmed(stage: Stage) -> None:
    """12. A row with a key leaves only after its key is confirmed, and it is confirmed only after the row is flushed."""

    async def scene(stage: Stage) -> None:
        reached, gate, real = asyncio.Event(), asyncio.Event(), stage.delivery.board.outbox.keys.confirm

        async def confirm(*about: Any) -> None:
            assert stage.stored("state, attempts") == [(State.CLAIMED, 0)] * 2
            reached.set()
            await gate.wait()
            await real(*about)

        stage.delivery.board.outbox.keys.confirm = confirm
        both = [once(stage, "a", group="r"), ("ga4", stage.payload("b", group="r", position=1))]
        accepted = stage.delivery.accept(both)
        stage.held_up = True
        await asyncio.wait([asyncio.ensure_future(reached.wait()), accepted], return_when=asyncio.FIRST_COMPLETED)
        await stage.passes(1)
        assert (accepted.done(), stage.sent, [row[-1] for row in keys(stage.folder)]) == (False, [], [1])
        stage.held_up = False
        gate.set()
        assert await accepted == []
        await stage.settled()
        assert stage.sent == ["a,b"]

    stage.play(scene)


def test_keys_outlive_the_process_and_the_row(stage: Stage) -> None:
    async def first(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a")])
        await stage.settled()
        assert stage.stored() == []

    async def second(stage: Stage) -> None:
        assert len(await stage.delivery.accept([once(stage, "a")])) == 1
        await stage.settled()

    stage.play(first)
    stage.play(second)
    assert stage.sent == ["a"]


def test_a_refusal_gives_the_key_back(stage: Stage) -> None:
    """13. What was refused, dropped or given up suppresses nothing."""

    async def scene(stage: Stage) -> None:
        await stage.settled()
        writer = stage.delivery.board.own.file._writer
        wake, writer.wake = writer.wake, lambda: writer.group.withdraw()[0].refused(OutboxFull("the disk is full"))
        with pytest.raises(OutboxFull, match="the disk is full"):
            await stage.delivery.accept([once(stage, "a"), ("ga4", stage.payload("b"))])
        writer.wake = wake
        assert (
            stage.delivery.board.rows_by_tag(),
            stage.delivery.board.destination("ga4", "https://vendor.example").pending,
        ) == (
            {},
            0,
        )
        assert await stage.delivery.accept([once(stage, "a")]) == []
        await stage.settled()
        assert stage.sent == ["a"]

    stage.play(scene)


class Elsewhere:
    """Another process that has the file, and claims what it likes."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "keys.db", isolation_level=None)

    def claim_all(self) -> None:
        self.connection.execute("UPDATE keys SET pending = 1, file = 7")

    def confirm_all(self) -> None:
        self.connection.execute("UPDATE keys SET pending = 0")

    def hold(self) -> None:
        self.connection.execute("BEGIN EXCLUSIVE")

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def test_another_worker_s_claim_is_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyed, "WAIT", 60.0)
    monkeypatch.setattr(keyed, "PATIENCE", 60.0)

    async def scene(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a")])
        with Elsewhere(stage.folder) as other:
            other.claim_all()
            accepted = stage.delivery.accept([once(stage, "a")])
            await asyncio.sleep(0.02)
            assert not accepted.done()
            other.confirm_all()
            assert len(await accepted) == 1

    stage.play(scene)


def test_it_is_waited_for_no_longer_than_that(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a")])
        with Elsewhere(stage.folder) as other:
            other.claim_all()
            with pytest.raises(OutboxFull, match="same key"):
                await stage.delivery.accept([once(stage, "a"), once(stage, "b")])
            assert len(keys(stage.folder)) == 1, "of such a request nothing is claimed"

    assert keyed.WAIT == 1.0
    monkeypatch.setattr(keyed, "WAIT", 0.02)
    stage.play(scene)


def test_a_file_that_is_held_elsewhere_refuses_and_holds_nobody_else_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a")])
        monkeypatch.setattr(keyed, "PATIENCE", 0.1)
        with Elsewhere(stage.folder) as other:
            other.hold()
            accepted = stage.delivery.accept([once(stage, "b")])
            await stage.accept("c")
            await stage.settled()
            assert "c" in stage.sent
            with pytest.raises(OutboxFull, match="keys of `deduplicate` did not answer in time"):
                await accepted
        monkeypatch.setattr(keyed, "PATIENCE", 3.0)
        assert await stage.delivery.accept([once(stage, "b")]) == []
        await stage.settled()
        assert sorted(stage.sent) == ["a", "b", "c"]

    stage.play(scene)
