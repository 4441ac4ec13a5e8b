"""Fresh rows of a tag that collects wait for others, on the disk, and leave as one request."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.component import Batch
from core.types import Delivered, Once, Outbound, Outcome, Rejected, Response
from server.outbox.row import State
from tests.server.delivery.conftest import VENDOR, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.tag.batch = Batch(10, linger=1.0)
    return stage


async def ten(stage: Stage) -> None:
    for number in range(10):
        await stage.accept(f"e{number}")
    await stage.settled()


def test_ten_fresh_events_leave_as_one_request_when_they_have_lingered(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await ten(stage)
        assert stage.sent == []
        assert stage.stored("state, attempts") == [(State.QUEUED, 0)] * 10
        await stage.passes(0.999)
        assert stage.sent == []
        await stage.passes(0.001)
        assert stage.sent == ["e0,e1,e2,e3,e4,e5,e6,e7,e8,e9"]
        assert (stage.stored(), stage.delivery.board.rows_by_tag()) == ([], {})

    stage.tag.batch = Batch(100, linger=1.0)
    stage.play(scene)


def test_a_batch_that_is_full_does_not_wait(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await ten(stage)
        assert stage.sent == ["e0,e1,e2,e3,e4,e5,e6,e7,e8,e9"]
        await stage.accept("next")
        await stage.passes(0.9)
        assert len(stage.sent) == 1
        await stage.passes(0.1)
        assert stage.sent[1:] == ["next"]

    stage.play(scene)


def test_a_batch_is_full_by_its_bytes_too(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a" * 20)
        await stage.settled()
        assert stage.sent == []
        await stage.accept("b" * 30)
        await stage.settled()
        assert stage.sent == [",".join(("a" * 20, "b" * 30))]
        await stage.accept("c" * 500)
        await stage.settled()
        assert stage.sent[1:] == ["c" * 500]

    stage.tag.batch = Batch(10, most_bytes=54, linger=1.0)
    stage.play(scene)


def test_nobody_waits_by_hand_of_the_clock_alone(stage: Stage) -> None:
    """One timer for a batch, and it comes by itself."""

    async def scene(stage: Stage) -> None:
        await ten(stage)
        (destination,) = stage.delivery.board.destinations.values()
        timer = destination._timer
        await stage.accept("more")
        assert destination._timer is timer is not None
        stage.now += 1_000_000
        await stage.until(lambda: len(stage.sent) == 1)

    stage.tag.batch = Batch(100, linger=0.2)
    stage.play(scene)


def test_without_lingering_fresh_rows_go_straight(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await ten(stage)
        assert stage.sent == [f"e{number}" for number in range(10)]

    stage.tag.batch = Batch(10, linger=0)
    stage.play(scene)


def test_what_has_no_company_goes_straight_and_companies_do_not_mix(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        for body in ("a1", "b1", "-", "a2"):
            await stage.accept(body)
        await stage.accept("a3", destination="https://b.example")
        await stage.settled()
        assert stage.sent == ["-"]
        await stage.passes(1)
        assert sorted(stage.sent) == ["-", "a1,a2", "a3", "b1"]

    stage.tag.company = lambda payload: None if payload.body == "-" else payload.body[0]
    stage.play(scene)


def test_five_that_are_refused_by_row_are_parked_with_the_vendors_words_and_five_are_gone(stage: Stage) -> None:
    def judge(outbound: Outbound, _: Response) -> Sequence[Outcome]:
        return [Rejected(f"row {index} is bad") if index % 2 else Delivered() for index in range(len(outbound.payloads))]

    async def scene(stage: Stage) -> None:
        stage.answers(Response(200, (), b"odd ones are bad"))
        stage.tag.judging = judge
        await ten(stage)
        assert len(stage.sent) == 1
        answer = "HTTP 200: odd ones are bad"
        parked = [(State.DEAD, f"row {index} is bad", answer, f'"e{index}"') for index in (1, 3, 5, 7, 9)]
        assert stage.stored("state, why, answer, CAST(body AS TEXT)") == parked
        assert stage.delivery.board.dead_letters() == {"ga4": 5}

    stage.play(scene)


def test_a_batch_that_is_refused_as_a_whole_goes_in_halves_the_next_time(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400), Response(204))
        await ten(stage)
        assert stage.sent[1:] == ["e0,e1,e2,e3,e4", "e5,e6,e7,e8,e9"]
        assert stage.stored() == []

    stage.play(scene)


def test_rows_with_keys_linger_too(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        for name in ("a", "b", "a"):
            await stage.delivery.accept([("ga4", stage.payload(name, once=Once(name, 10**12)))])
        await stage.settled()
        assert stage.sent == []
        await stage.passes(1)
        assert stage.sent == ["a,b"]

    stage.play(scene)


def test_what_lingers_when_the_process_dies_goes_out_and_nobody_is_suspected(stage: Stage) -> None:
    async def killed(stage: Stage) -> None:
        for body in "abc":
            await stage.accept(body)
        shutil.copytree(before, stage.folder)

    async def scene(stage: Stage) -> None:
        assert stage.stored("state, attempts, crashes") == [(State.QUEUED, 0, 0)] * 3
        await stage.passes(1)
        assert stage.sent == ["a,b,c"]
        assert stage.stored() == []

    before, stage.folder = stage.folder, stage.folder / "after"
    opened, stage.folder = stage.folder, before

    async def run() -> None:
        stage.open()
        stage.folder = opened
        await killed(stage)
        await stage.delivery.stop(1.0)

    asyncio.run(run())
    stage.play(scene)


def test_a_stop_leaves_what_lingers_in_the_queue_for_the_next_start(stage: Stage) -> None:
    async def fill(stage: Stage) -> None:
        await stage.accept("a")
        await stage.accept("b")

    async def drain(stage: Stage) -> None:
        await stage.passes(1)
        assert stage.sent == ["a,b"]

    stage.play(fill)
    assert (stage.sent, stage.stored("state, attempts, crashes")) == ([], [(State.QUEUED, 0, 0)] * 2)
    stage.play(drain)


@pytest.mark.parametrize("batch", [None, Batch(10, linger=0), Batch(2, linger=5)])
def test_after_a_reload_nothing_lingers_by_the_old_configuration(stage: Stage, batch: Batch | None) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a")
        await stage.settled()
        tag = type(stage.tag)()
        tag.batch = batch
        stage.delivery.use({"ga4": tag})
        await stage.settled()
        assert stage.sent == ["a"]
        assert stage.stored() == []

    stage.play(scene)


def test_a_batch_whose_destination_is_away_waits_with_the_others_and_holds_no_slot(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = stage.delivery.board.destination("ga4", VENDOR)
        destination.pause(stage.now + 5_000_000)
        await ten(stage)
        await stage.passes(2)
        await stage.accept("late")
        assert (stage.sent, destination._slots.busy) == ([], 0)
        await stage.passes(3)
        assert stage.sent == ["e0,e1,e2,e3,e4,e5,e6,e7,e8,e9", "late"]

    stage.play(scene)


def test_a_backlog_leaves_in_batches_as_large_as_they_may_be_though_fewer_slots_are_free(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = stage.delivery.board.destination("ga4", VENDOR)
        destination.pause(stage.now + 1_000_000)
        await asyncio.gather(*(stage.delivery.accept([("ga4", stage.payload(str(number)))]) for number in range(1100)))
        await stage.passes(1)
        await stage.until(lambda: not destination.pending)
        assert [len(body.split(",")) for body in stage.sent] == [500, 500, 100]
        assert sorted(int(name) for body in stage.sent for name in body.split(",")) == list(range(1100))
        assert (destination._slots.busy, stage.delivery.board.own.on_wire) == (0, 0)

    stage.tag.batch = Batch(500, linger=0)
    stage.play(scene)


def test_a_destination_that_is_tested_gets_one_row_in_one_request(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(503))
        for _ in range(5):
            await ten(stage)
            await stage.passes(120)
        destination = stage.delivery.board.destination("ga4", VENDOR)
        assert destination.breaker.width == 0
        stage.sent.clear()
        stage.answers(Response(204))
        await stage.passes(600)
        await stage.until(lambda: not destination.pending)
        assert stage.sent[0].count(",") == 0
        assert max(body.count(",") + 1 for body in stage.sent) <= 10

    stage.play(scene)


def test_a_reply_waits_for_the_disk_and_never_for_the_batch(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        accepted: Any = stage.delivery.accept([("ga4", stage.payload("a"))])
        async with asyncio.timeout(60):
            await accepted
        assert (stage.sent, stage.stored("state")) == ([], [(State.QUEUED,)])

    stage.play(scene)
