"""The way of a row from acceptance to its end."""

from __future__ import annotations

import asyncio
from typing import Any

from core.types import Outbound, OutboundRequest, Response
from server.outbox.row import State

Stage = Any


def test_what_is_delivered_leaves_the_table(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a")
        await stage.settled()
        assert stage.sent == ["a"]
        assert stage.stored() == []
        assert stage.delivery.health()["destinations"][0]["pending"] == 0

    stage.play(scene)


def test_a_row_is_on_the_disk_as_leased_before_its_request_leaves(stage: Stage) -> None:
    async def answer(_: Outbound) -> Response:
        seen.extend(stage.stored())
        return Response(204)

    async def scene(stage: Stage) -> None:
        stage.answer = answer
        await stage.accept("a")
        await stage.settled()
        assert seen == [(State.LEASED, 1, "")]

    seen: list[Any] = []
    stage.play(scene)


def test_events_of_one_request_are_packed_together_in_order(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a", "b", "c", group="r1")
        await stage.accept("d", group="r2")
        await stage.settled()
        assert stage.sent == ["a,b,c", "d"]

    stage.play(scene)


def test_tags_and_destinations_are_packed_apart(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tags["other"] = stage.tag
        one, two = stage.payload("a", group="g"), stage.payload("b", "https://b.example", group="g")
        await stage.delivery.accept([("ga4", one), ("ga4", two), ("other", one)])
        await stage.settled()
        assert sorted(stage.sent) == ["a", "a", "b"]

    stage.play(scene)


def test_a_full_set_of_slots_makes_rows_wait_in_the_table(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        gate = asyncio.Event()

        async def answer(_: Outbound) -> Response:
            await gate.wait()
            return Response(204)

        stage.answer = answer
        await asyncio.gather(*(stage.accept(str(n)) for n in range(164)))
        await stage.settled()
        assert len(stage.sent) == 128
        assert sorted(state for state, *_ in stage.stored()) == [State.QUEUED] * 36 + [State.LEASED] * 128
        gate.set()
        await stage.settled()
        assert sorted(stage.sent, key=int) == [str(n) for n in range(164)]
        assert stage.stored() == []

    stage.play(scene)


def test_a_slow_destination_holds_nobody_else_up(stage: Stage) -> None:
    async def answer(outbound: OutboundRequest) -> Response:
        if "slow" in outbound.url:
            await asyncio.sleep(3600)
        return Response(204)

    async def run() -> None:
        stage.open()
        stage.answer = answer
        await asyncio.gather(*(stage.accept(str(n), destination="https://slow.example") for n in range(144)))
        await stage.accept("quick")
        await stage.settled()
        assert "quick" in stage.sent
        await stage.delivery.stop(0.0)

    asyncio.run(run())


def test_five_failures_open_the_breaker_and_nothing_is_attempted_meanwhile(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(500))
        for n in range(5):
            await stage.accept(str(n))
            await stage.settled()
        await stage.accept("5")
        await stage.passes(22)
        assert len(stage.sent) == 5
        assert sorted(stage.stored("attempts")) == [(0,)] + [(1,)] * 5
        assert "circuit breaker is open" in stage.delivery.health()["reasons"][0]
        await stage.passes(0.5)
        assert len(stage.sent) == 6
        stage.answers(Response(204))
        await stage.passes(45)
        await stage.passes(900)
        assert stage.stored() == []

    stage.play(scene)


def test_what_is_leased_from_the_table_travels_as_it_would_have_fresh(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = stage.delivery.board.destination("ga4", "https://vendor.example")
        destination.pause(stage.now + 1_000_000)
        await stage.accept("a", "b", group="g")
        await stage.accept("c", group="h")
        await stage.accept("d")
        await stage.accept("e")
        await stage.passes(1)
        assert stage.sent == ["a,b", "c", "d", "e"]

    stage.play(scene)


def test_a_timer_wakes_it_when_the_next_row_is_due(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.luck = 0.01
        stage.answers(Response(503), Response(204))
        await stage.accept("a")
        await stage.settled()
        stage.now += 1_000_000
        await stage.until(lambda: len(stage.sent) > 1)
        assert stage.sent == ["a", "a"]

    stage.play(scene)
