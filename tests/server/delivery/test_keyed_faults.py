"""Acceptances with keys while something fails, is slow, or stops."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from core.types import Once
from server.delivery import Suppressed, keyed
from server.outbox import KeyTaken, OutboxFailed, OutboxFull
from server.outbox.keyfile import KeyClaim

Stage = Any
DAY = 86400 * 1_000_000


def once(stage: Stage, body: str) -> tuple[str, Any]:
    return "ga4", stage.payload(body, once=Once(body, DAY))


class Slow:
    """Holds up one of the steps that go to ``keys.db``."""

    def __init__(self, stage: Stage, step: str) -> None:
        self.gate = asyncio.Event()
        self.reached = asyncio.Event()
        keys = stage.delivery.board.outbox.keys
        self.real = getattr(keys, step)
        setattr(keys, step, self)

    async def __call__(self, *about: Any) -> Any:
        self.reached.set()
        await self.gate.wait()
        return await self.real(*about)


def test_a_claim_that_comes_too_late_is_given_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """13. What was refused, dropped or given up suppresses nothing."""

    async def scene(stage: Stage) -> None:
        slow = Slow(stage, "claim")
        with pytest.raises(OutboxFull, match="in time"):
            await stage.delivery.accept([once(stage, "a")])
        monkeypatch.undo()
        slow.gate.set()
        await stage.settled()
        assert stage.sent == []
        assert await stage.delivery.accept([once(stage, "a")]) == []

    monkeypatch.setattr(keyed, "PATIENCE", 0.01)
    stage.play(scene)


def test_a_request_of_which_one_payload_cannot_be_stored_leaves_nothing_behind(stage: Stage) -> None:
    """1. One that is refused left no row. 13. What was refused suppresses nothing."""

    async def scene(stage: Stage) -> None:
        with pytest.raises(TypeError):
            await stage.delivery.accept([once(stage, "a"), ("ga4", stage.payload({(1, 2): "no key of JSON"}))])
        await stage.settled()
        assert (stage.sent, stage.stored(), stage.delivery.board.rows_by_tag()) == ([], [], {})
        assert await stage.delivery.accept([once(stage, "a")]) == []

    stage.play(scene)


def test_rows_that_are_confirmed_too_late_go_out_and_what_is_sent_again_is_left_out(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        slow = Slow(stage, "confirm")
        accepted = stage.delivery.accept([once(stage, "a")])
        await slow.reached.wait()
        with pytest.raises(OutboxFull, match="in time"):
            await accepted
        slow.gate.set()
        await stage.until(lambda: stage.sent == ["a"])
        assert len(await stage.delivery.accept([once(stage, "a")])) == 1

    assert keyed.PATIENCE == 3.0, "long enough for it to reach the step that is held up"
    stage.play(scene)


def test_a_sender_who_has_gone_is_delivered_all_the_same(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.accept([once(stage, "a")]).cancel()
        await stage.settled()
        assert stage.sent == ["a"]

    stage.play(scene)


def test_stopping_waits_for_acceptances_with_keys(stage: Stage) -> None:
    async def run() -> None:
        stage.open()
        accepted = [stage.delivery.accept([once(stage, str(n))]) for n in range(20)]
        await stage.delivery.stop(60.0)
        assert await asyncio.gather(*accepted) == [[]] * 20

    asyncio.run(run())
    stage.play(lambda stage: stage.settled())
    assert sorted(stage.sent, key=int) == [str(n) for n in range(20)]


@pytest.mark.parametrize(("step", "times"), [("claim", 1), ("confirm", 1)])
def test_what_stopping_cannot_wait_for_is_settled_at_the_next_start(
    stage: Stage, step: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """14. Opening a file settles its claims: confirmed where the row is there, given back where it is not."""

    async def run() -> None:
        stage.open()
        slow = Slow(stage, step)
        accepted = stage.delivery.accept([once(stage, "a")])
        await slow.reached.wait()
        await stage.delivery.stop(1.0)
        with pytest.raises(OutboxFull, match="stopping"):
            await accepted

    async def again(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a")])
        await stage.settled()

    monkeypatch.setattr("server.delivery.entrance.PATIENCE", 0.01)
    asyncio.run(run())
    stage.play(again)
    assert stage.sent == ["a"] * times


@pytest.mark.parametrize("step", ["claim", "confirm"])
def test_a_disk_that_fails_refuses_and_ends_the_worker(stage: Stage, step: str) -> None:
    """8. After a write or a flush has failed nothing more is written by this process."""

    async def run() -> None:
        stage.open()
        keys = stage.delivery.board.outbox.keys
        accepted = stage.delivery.accept([once(stage, "a")])
        real = getattr(keys, step)

        async def fails(*_: Any) -> None:
            error = OutboxFailed("keys.db: cannot be written: disk I/O error")
            keys._fail([], error)
            raise error

        setattr(keys, step, fails)
        with pytest.raises(OutboxFailed):
            await accepted
        assert stage.failures == ["keys.db: cannot be written: disk I/O error"]
        with pytest.raises(OutboxFailed):
            stage.delivery.accept([once(stage, "b")])
        setattr(keys, step, real)
        await stage.delivery.stop(1.0)

    async def again(stage: Stage) -> None:
        await stage.delivery.accept([once(stage, "a")])
        await stage.settled()

    asyncio.run(run())
    stage.play(again)
    assert stage.sent == ["a"]


def test_an_outbox_that_fails_leaves_the_claim_to_the_next_start(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        writer = stage.delivery.board.own.file._writer
        wake, writer.wake = writer.wake, lambda: writer.group.withdraw()[0].refused(OutboxFailed("EIO"))
        with pytest.raises(OutboxFailed, match="EIO"):
            await stage.delivery.accept([once(stage, "a")])
        writer.wake = wake

    async def again(stage: Stage) -> None:
        assert await stage.delivery.accept([once(stage, "a")]) == []

    stage.play(scene)
    stage.play(again)


def test_where_another_process_was_first_with_a_key_it_is_left_out_and_the_rest_accepted(stage: Stage) -> None:
    """11. Of two payloads with one key, the second within the window is left out."""

    async def scene(stage: Stage) -> None:
        await stage.settled()
        keys, writer = stage.delivery.board.outbox.keys, stage.delivery.board.own.file._writer
        wake = writer.wake

        async def seen(_: int, wanted: Sequence[KeyClaim], __: int) -> dict[str, int]:
            return {each.key: 5 for each in wanted}

        def taken() -> None:
            writer.wake, keys.claim = wake, seen
            writer.group.withdraw()[0].refused(KeyTaken("another one was first"))

        writer.wake = taken
        payload = once(stage, "a")
        assert await stage.delivery.accept([payload, ("ga4", stage.payload("b"))]) == [Suppressed("ga4", payload[1], 5)]
        await stage.settled()
        assert stage.sent == ["b"]
        assert stage.delivery.board.rows_by_tag() == {}

    stage.play(scene)
