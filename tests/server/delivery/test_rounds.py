"""How many requests it takes until only the rows to blame are given up, whatever a vendor says of a batch that it refuses."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.component import Batch
from core.types import Delivered, Outbound, OutboundRequest, Outcome, Rejected, Response, Retry
from server.outbox.row import State

Stage = Any

ROWS = 64
BESIDE = Retry("another was", blameless=True)
Judge = Callable[[Outbound, Response], Outcome | Sequence[Outcome]]


def wrong(outbound: Outbound) -> list[int]:
    """The places of the rows that the vendor minds."""
    assert isinstance(outbound, OutboundRequest)
    return [place for place, name in enumerate(outbound.body.decode().split(",")) if name.startswith("bad")]


def naming_none(outbound: Outbound, _: Response) -> Outcome:
    return Rejected("something is wrong") if wrong(outbound) else Delivered()


def naming_the_first(outbound: Outbound, _: Response) -> Outcome | Sequence[Outcome]:
    return named(outbound, wrong(outbound)[:1])


def naming_all(outbound: Outbound, _: Response) -> Outcome | Sequence[Outcome]:
    return named(outbound, wrong(outbound))


def named(outbound: Outbound, places: Sequence[int]) -> Outcome | Sequence[Outcome]:
    rows = range(len(outbound.payloads))
    return [Rejected("this one") if place in places else BESIDE for place in rows] if places else Delivered()


def names(bad: int) -> list[str]:
    """So many bad ones, spread evenly."""
    places = {number * ROWS // bad for number in range(bad)} if bad else set()
    return [f"bad{number}" if number in places else f"e{number}" for number in range(ROWS)]


def played(stage: Stage, judge: Judge, bodies: Sequence[str]) -> None:
    """Until nothing is left to do, and the clock has not moved but for the rows to gather."""

    async def scene(stage: Stage) -> None:
        for body in bodies:
            await stage.accept(body)
        for _ in range(ROWS):
            await stage.passes(1)
            if not stage.delivery.board.rows_by_tag().total() - stage.delivery.board.dead_letters().total():
                break
        parked = stage.stored("state, CAST(body AS TEXT)")
        assert sorted(parked) == sorted((State.DEAD, f'"{body}"') for body in bodies if body.startswith("bad"))
        assert stage.delivery.board.own.parts == {}

    stage.tag.batch = Batch(ROWS, linger=0.5)
    stage.tag.judging = judge
    stage.play(scene)


@pytest.mark.parametrize("bad", [0, 1, 2, 5, ROWS])
def test_where_it_names_none_halves_find_them(stage: Stage, bad: int) -> None:
    played(stage, naming_none, names(bad))
    assert len(stage.sent) <= 1 + 2 * bad * math.ceil(math.log2(ROWS))
    assert len(stage.sent) < 2 * ROWS
    if bad == 1:
        assert len(stage.sent) == 1 + 2 * int(math.log2(ROWS))


@pytest.mark.parametrize("bad", [0, 1, 2, 5, 20, ROWS])
def test_where_it_names_the_first_alone_each_costs_two_requests_at_most(stage: Stage, bad: int) -> None:
    played(stage, naming_the_first, names(bad))
    assert len(stage.sent) <= 2 * bad + 2
    assert max(sent.count("e") for sent in stage.sent[2:] or [""]) <= ROWS // 2 or bad <= 1


@pytest.mark.parametrize("bad", [1, 20, ROWS - 1])
def test_where_it_names_all_the_others_go_at_once(stage: Stage, bad: int) -> None:
    played(stage, naming_all, names(bad))
    assert [len(sent.split(",")) for sent in stage.sent] == [ROWS, ROWS - bad]


def test_what_goes_again_without_the_others_has_no_fresh_rows_beside_it_that_may_be_bad_as_well(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        for body in ("e1", "bad", "e2"):
            await stage.accept(body)
        stage.delivery.board.destination("ga4", "https://vendor.example").pause(stage.now + 2_000_000)
        await stage.passes(1)
        await stage.passes(1)
        for body in ("bad2", "e3"):
            await stage.accept(body)
        await stage.passes(1)
        assert "e1,e2" in stage.sent
        assert not [sent for sent in stage.sent if "e1" in sent and "bad2" in sent]

    stage.tag.batch = Batch(3, linger=1)
    stage.tag.judging = naming_the_first
    stage.play(scene)


def test_where_none_is_to_blame_beside_them_they_wait_like_others(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        for body in ("a", "b"):
            await stage.accept(body)
        await stage.passes(1)
        assert stage.sent == ["a,b"]
        await stage.passes(0.5)
        assert stage.sent == ["a,b"]

    stage.tag.batch = Batch(2, linger=1)
    stage.tag.judging = lambda outbound, _: [BESIDE] * len(outbound.payloads)
    stage.play(scene)


def test_what_is_about_no_single_row_gives_up_all_of_them_with_the_answer_and_sends_none_twice(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(200, (), b"what?"))
        for body in ("a", "b"):
            await stage.accept(body)
        await stage.passes(1)
        assert stage.sent == ["a,b"]
        assert stage.stored("state, why, answer") == [(State.DEAD, "not understood", "HTTP 200: what?")] * 2

    stage.tag.batch = Batch(2, linger=1)
    stage.tag.judging = lambda *_: Rejected("not understood", of_all=True)
    stage.play(scene)


def throttled(*numbers: int) -> Callable[[Outbound], Any]:
    """These requests of all that come are for another time."""
    counted = itertools.count(1)

    async def answer(_: Outbound) -> Response:
        return Response(429 if next(counted) in numbers else 200)

    return answer


def naming_none_and_throttling(outbound: Outbound, response: Response) -> Outcome:
    return Retry("too many") if response.status == 429 else naming_none(outbound, response)


def test_a_row_that_was_refused_beside_another_waits_no_longer_for_that_when_it_is_throttled(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        for name in names(1):
            await stage.accept(name)
        await stage.passes(1)
        assert len(stage.sent) == 2 * math.log2(ROWS) + 1
        assert stage.delivery.board.rows_by_tag().total() == 2  # the one that is parked, and its neighbour
        await stage.passes(1)
        assert stage.delivery.board.rows_by_tag().total() == 1

    stage.answer = throttled(2 * int(math.log2(ROWS)) + 1)
    stage.tag.batch = Batch(ROWS, linger=0.5)
    stage.tag.judging = naming_none_and_throttling
    stage.play(scene)


def throttling_each(outbound: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
    return [Retry("too many")] * len(outbound.payloads) if response.status == 429 else Delivered()


@pytest.mark.parametrize("judge", [naming_none_and_throttling, throttling_each])
def test_what_was_throttled_together_leaves_together_again(stage: Stage, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Stage) -> None:
        for name in names(0):
            await stage.accept(name)
        await stage.passes(1)
        await stage.passes(4)
        assert [len(sent.split(",")) for sent in stage.sent] == [ROWS, ROWS]

    draws = itertools.cycle(number / 7 for number in range(7))
    monkeypatch.setattr(type(stage), "luck", property(lambda _: next(draws), lambda *_: None), raising=False)
    stage.answer = throttled(1)
    stage.tag.batch = Batch(ROWS, linger=1.0)
    stage.tag.judging = judge
    stage.play(scene)
