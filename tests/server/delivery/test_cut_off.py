"""Where an attempt is cut off by a stop or a fault of ours: slots are given back, and nobody gets what is another's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.types import Outbound, OutboundRequest, Payload, Response
from server.delivery.events import DeliveryEvents
from server.delivery.source import Job
from server.outbox.row import State
from tests.server.delivery.conftest import PlayedTag

Stage = Any


def _faulty(*_: Any) -> Any:
    raise RuntimeError("with a secret in it")


def _one_each(payloads: list[Payload]) -> list[Outbound]:
    return [OutboundRequest("POST", "https://v/", (), str(p.body).encode(), (n,)) for n, p in enumerate(payloads)]


def test_what_is_given_up_keeps_no_answer_that_was_anothers(stage: Stage) -> None:
    async def answer(outbound: OutboundRequest) -> Response:
        if outbound.body != b"a":
            await asyncio.Event().wait()
        return Response(400, body=b"no to a")

    async def scene() -> None:
        stage.open()
        stage.answer, stage.tag.packing = answer, _one_each
        await stage.accept("a", "b", "c", group="r")
        await stage.settled()
        await stage.delivery.stop(0.01)
        kept = dict(stage.stored("body, answer"))
        assert kept == {b'"a"': "HTTP 400: no to a", b'"b"': "", b'"c"': ""}

    asyncio.run(scene())


@pytest.mark.parametrize("broken", ["packing", "judging"])
def test_a_fault_of_ours_keeps_no_slot_and_holds_up_nobody(stage: Stage, broken: str) -> None:
    class Watch(DeliveryEvents):
        def attempted(self, *_: object) -> None:
            return None

        def settled(self, *_: object) -> None:
            raise RuntimeError("nobody expects this")

    async def scene(stage: Stage) -> None:
        setattr(stage.tag, broken, _faulty)
        stage.tags["other"] = PlayedTag()
        both = [(tag, stage.payload(tag)) for tag in ("ga4", "other")]
        await stage.delivery.accept(both)
        await stage.settled()
        assert stage.sent[-1] == "other"
        assert stage.stored("tag, state") == [("ga4", State.LEASED)]
        assert [each._slots.busy for each in stage.delivery.board.destinations.values()] == [0, 0]

    stage.watch = Watch()
    stage.play(scene)


def test_a_job_that_comes_when_a_stop_has_waited_already_ends_as_any_other(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a")
        await stage.settled()
        (destination,) = stage.delivery.board.destinations.values()
        jobs = [Job(stage.delivery.board.own, []) for _ in range(2)]
        destination.hold()
        destination.reserve(stage.delivery.board.own, 2)
        destination._under_way.add(jobs[0])
        closing = asyncio.ensure_future(destination.close(5))
        await asyncio.sleep(0)
        for job in jobs:
            destination._under_way.add(job)
            destination.finished(job)
        await closing
        assert destination._slots.busy == 0

    stage.play(scene)
