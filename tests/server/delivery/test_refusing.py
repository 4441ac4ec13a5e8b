"""What is not taken, and what becomes of rows when the process stops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.types import Outbound, Response
from server.outbox import OutboxFull
from server.outbox.row import State

Stage = Any


def test_when_it_is_full_nothing_is_accepted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        assert not stage.delivery.full
        stage.delivery.board.outbox.capacity.full = True
        assert stage.delivery.full
        with pytest.raises(OutboxFull):
            await stage.accept("a")
        assert stage.delivery.health()["accepting"] is False
        assert stage.delivery.health()["colour"] == "red"

    stage.play(scene)


def test_stopping_queues_what_is_on_the_wire_and_counts_no_crash(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        async def answer(_: Outbound) -> Response:
            await asyncio.sleep(3600)
            raise AssertionError

        stage.answer = answer
        await stage.accept("a", "b", group="r")
        await stage.settled()

    async def run() -> None:
        stage.open()
        await scene(stage)
        await stage.delivery.stop(0.01)
        with pytest.raises(OutboxFull, match="stopping"):
            stage.delivery.accept([])

    asyncio.run(run())
    rows = stage.stored("state, attempts, crashes, why")
    assert rows == [(State.QUEUED, 1, 0, "the process stopped while this was on the wire")] * 2
    stage.answers(Response(204))

    async def again(stage: Stage) -> None:
        await stage.settled()
        assert stage.stored() == []

    stage.play(again)


def test_stopping_right_after_acceptance_loses_nothing(stage: Stage) -> None:
    async def run() -> None:
        stage.open()
        accepted = [stage.delivery.accept([("ga4", stage.payload(str(n)))]) for n in range(100)]
        await stage.delivery.stop(1.0)
        await asyncio.gather(*accepted)

    asyncio.run(run())
    assert len(stage.sent) + len(stage.stored()) >= 100
    assert {crashes for (crashes,) in stage.stored("crashes")} <= {0}
    assert {state for (state,) in stage.stored("state")} <= {State.QUEUED}


def test_a_sender_who_has_gone_is_delivered_all_the_same(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.accept([("ga4", stage.payload("a"))]).cancel()
        await stage.settled()
        assert stage.sent == ["a"]

    stage.play(scene)


async def turns() -> None:
    """What is called soon has been called, and so has what that calls soon."""
    for _ in range(20):
        await asyncio.sleep(0)


class Refusing:
    """Stands for a disk that filled between two measurements."""

    def __init__(self, stage: Stage) -> None:
        self.writer = stage.delivery.board.own.file._writer
        self.error = OutboxFull("the disk is full")

    def __enter__(self) -> None:
        group = self.writer.group
        self.hand_over, self.writer._hand_over = self.writer._hand_over, lambda: group.refuse(self.error)

    def __exit__(self, *_: object) -> None:
        self.writer._hand_over = self.hand_over
        self.writer.group.withdraw()
        self.writer.awake = False


def test_rows_that_were_refused_leave_nothing_behind(stage: Stage) -> None:
    """1. One that is refused left no row."""

    async def scene(stage: Stage) -> None:
        await stage.settled()
        destination = stage.delivery.board.destination("ga4", "https://vendor.example")
        with Refusing(stage), pytest.raises(OutboxFull):
            await stage.accept("a", "b", group="g")
        assert (destination.pending, destination._slots.busy, stage.delivery.board.own.on_wire) == (0, 0, 0)
        assert stage.delivery.board.rows_by_tag() == {}
        destination.pause(stage.now + 1_000_000)
        with Refusing(stage):
            gone = stage.delivery.accept([("ga4", stage.payload("c"))])
            gone.cancel()
            await turns()
        assert destination.pending == 0
        await stage.passes(2)
        await stage.accept("d")
        await stage.settled()
        assert (stage.sent, stage.stored()) == (["d"], [])

    stage.play(scene)


def test_a_lease_that_is_answered_while_stopping_is_given_back(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = stage.delivery.board.destination("ga4", "https://vendor.example")
        destination.pause(stage.now + 1_000_000)
        await stage.accept("a")
        stage.now += 1_000_000
        destination.pump()

    stage.play(scene)
    assert stage.stored("state, attempts, crashes, why") == [(State.QUEUED, 1, 0, "the process stopped before this was sent")]


def test_a_lease_that_fails_with_the_disk_holds_no_slot(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        destination = stage.delivery.board.destination("ga4", "https://vendor.example")
        destination.pause(stage.now + 1_000_000)
        await stage.accept("a")
        stage.now += 1_000_000
        with Refusing(stage):
            destination.pump()
            assert destination._slots.busy == 128
            await turns()
        assert destination._slots.busy == 0

    stage.play(scene)


def test_while_no_server_of_the_outbox_answers_that_is_what_is_said(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.board.outbox.capacity.lost("no server of the stream answers")
        with pytest.raises(OutboxFull, match="no server of the stream answers"):
            await stage.delivery.accept([("ga4", stage.payload("a"))])

    stage.play(scene)
