"""What comes and what has waited share the slots of a destination."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from core.types import Outbound, Response
from server.delivery import delivery
from server.delivery.slots import YIELDS_AFTER, Slots, kept

Stage = Any
SLOTS = 16
QUARTER = SLOTS // 4


@pytest.fixture(autouse=True)
def few_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SLOTS", SLOTS)


def take(slots: Slots, number: int, *, waited: bool) -> None:
    """So many more; a negative number gives them back."""
    slots.busy += number
    slots.waited += number * waited


def test_a_quarter_is_kept_from_fresh_rows() -> None:
    slots = Slots()
    for _ in range(96):
        assert slots.for_fresh(128, 0)
        take(slots, 1, waited=False)
    assert not slots.for_fresh(128, 0)
    assert slots.for_waiting(128, 0) == 32


def test_what_waits_may_have_what_nobody_else_wants() -> None:
    slots = Slots()
    take(slots, 100, waited=True)
    assert slots.for_waiting(128, 0) == 28


def test_what_waits_gives_way_to_fresh_rows_until_it_has_no_more_than_its_quarter() -> None:
    slots = Slots()
    take(slots, 128, waited=True)
    assert not slots.for_fresh(128, 1000)
    take(slots, -90, waited=True)
    assert slots.for_waiting(128, 1000) <= 0
    assert slots.for_fresh(128, 1000)
    take(slots, -10, waited=True)
    assert slots.for_waiting(128, 1000) == 4
    assert slots.for_waiting(128, 1000 + 5 * YIELDS_AFTER) == 9
    assert slots.for_waiting(128, 1000 + 1000 * YIELDS_AFTER) == 100


@pytest.mark.parametrize(("width", "slots"), [(1, 1), (2, 1), (4, 1), (8, 2), (128, 32)])
def test_one_slot_at_least_is_kept(width: int, slots: int) -> None:
    assert kept(width) == slots


class Wire:
    """A vendor that answers when it is told to, the first request first."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.open: list[tuple[str, asyncio.Future[Response]]] = []
        stage.answer = self.answer

    async def answer(self, outbound: Outbound) -> Response:
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.open.append((outbound.body.decode(), future))  # type: ignore[union-attr]  # an http tag sends requests
        return await future

    def first(self) -> None:
        self.open.pop(0)[1].set_result(Response(204))

    def shares(self) -> Counter[str]:
        return Counter(body[0] for body, _ in self.open)

    async def empty(self) -> None:
        while self.open:
            self.first()
            await self.stage.settled()


async def outage(stage: Stage, rows: int) -> Wire:
    """So many rows wait, and the destination takes events again."""
    wire = Wire(stage)
    destination = stage.delivery.board.destination("ga4", "https://vendor.example")
    destination.pause(stage.now + 1_000_000)
    for number in range(rows):
        await stage.accept(f"w{number}")
    await stage.passes(1)
    return wire


async def under_load(stage: Stage, wire: Wire, events: int, fresh: int = 2) -> None:
    """Each millisecond two fresh events come and one answer does."""
    for _ in range(events):
        stage.now += 1000
        for _ in range(fresh):
            await stage.accept("f")
        wire.first()
        await stage._turn()


def test_beside_full_fresh_traffic_what_waits_has_its_quarter_oldest_first(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        wire = await outage(stage, 50)
        assert wire.shares() == {"w": SLOTS}
        for _ in range(2):
            await under_load(stage, wire, 2 * SLOTS)
            assert wire.shares()["w"] == QUARTER
            assert wire.shares()["f"] >= SLOTS - QUARTER - 1  # the one that has just ended is the next event's
        waited = [int(body[1:]) for body in stage.sent if body[0] == "w"]
        assert waited == list(range(len(waited)))
        assert len(waited) > SLOTS + 2 * QUARTER
        stage.answers(Response(204))
        await wire.empty()

    stage.play(scene)


def test_what_fresh_traffic_leaves_goes_to_what_waits(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        wire = await outage(stage, 50)
        await under_load(stage, wire, 2 * SLOTS)
        await stage.passes(2)
        await under_load(stage, wire, SLOTS, fresh=0)
        assert wire.shares() == {"w": SLOTS}
        stage.answers(Response(204))
        await wire.empty()

    stage.play(scene)


def test_where_nothing_waits_fresh_rows_have_every_slot(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        wire = Wire(stage)
        for number in range(SLOTS):
            await stage.accept(f"f{number}")
        await stage.settled()
        assert wire.shares() == {"f": SLOTS}
        stage.answers(Response(204))
        await wire.empty()

    stage.play(scene)
