"""Somebody sets the clock: pauses, breakers and delays take as long as they should, and ages go by what the clock says."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Response
from server.http import TransportError

Stage = Any
HOUR = 3_600_000_000
DEAD = TransportError("nobody is there")


@pytest.mark.parametrize("jump", [-HOUR, HOUR, -1000 * HOUR])
def test_a_destination_that_failed_is_tried_again_in_its_own_time(stage: Stage, jump: int) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(*[DEAD] * 5, Response(204))
        for body in "abcde":
            await stage.accept(body)
        await stage.settled()
        assert len(stage.sent) == 5
        stage.jumped = jump
        await stage.accept("fresh")
        await stage.settled()
        assert "fresh" not in stage.sent
        await stage.passes(60)
        await stage.passes(60)
        assert "fresh" in stage.sent
        assert stage.stored("state") == []

    stage.play(scene)


def test_a_vendors_pause_lasts_as_long_as_it_asked_for_and_is_told_in_the_time_of_day(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(429, (("retry-after", "100"),)), Response(204))
        await stage.accept("a")
        await stage.settled()
        stage.jumped = -HOUR
        [destination] = stage.delivery.health()["destinations"]
        assert destination["paused_until"] == stage.now + stage.jumped + 100_000_000
        await stage.passes(99)
        assert stage.sent == ["a"]
        await stage.passes(2)
        assert stage.sent == ["a", "a"]

    stage.play(scene)


def test_what_an_operator_tries_again_is_due_at_once(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400), Response(204))
        await stage.accept("a")
        await stage.settled()
        stage.jumped = HOUR
        assert await stage.delivery.operate({"do": "retry", "state": "dead"}) == {"rows": 1}
        await stage.settled()
        assert stage.sent == ["a", "a"]

    stage.play(scene)


def test_an_event_is_no_older_for_a_clock_that_went_back(stage: Stage) -> None:
    stage.max_age = 3600.0

    async def scene(stage: Stage) -> None:
        stage.answers(Response(503), Response(204))
        await stage.accept("a")
        await stage.settled()
        stage.jumped = -100 * HOUR
        await stage.passes(30)
        assert stage.sent == ["a", "a"]
        assert stage.stored() == []

    stage.play(scene)


@pytest.mark.parametrize("back", [HOUR, 100 * HOUR])
def test_rows_that_were_queued_by_a_clock_ahead_do_not_wait_for_it(stage: Stage, back: int) -> None:
    async def before(stage: Stage) -> None:
        stage.answers(Response(503))
        await stage.accept("a")
        await stage.settled()

    async def after(stage: Stage) -> None:
        stage.answers(Response(204))
        await stage.passes(15 * 60)
        assert stage.sent == ["a", "a"]

    stage.play(before)
    stage.now -= back
    stage.play(after)


def test_a_wait_that_a_vendor_asked_for_outlives_a_restart(stage: Stage) -> None:
    async def before(stage: Stage) -> None:
        stage.answers(Response(503, (("retry-after", "7200"),)))
        await stage.accept("a")
        await stage.settled()

    async def after(stage: Stage) -> None:
        await stage.passes(7100)
        assert stage.sent == ["a"]
        await stage.passes(200)
        assert stage.sent == ["a", "a"]

    stage.play(before)
    stage.play(after)
