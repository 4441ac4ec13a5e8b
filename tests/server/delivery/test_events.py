"""What a delivery tells whoever looks on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pytest

from core.types import Delivered, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry
from server.delivery import OUTCOMES, Attempt, RowEnd, Settled
from server.http import TransportError
from tests.server.delivery.conftest import OK, START, VENDOR, Stage

SECOND = 1_000_000


class Audience:
    """Remembers everything it is told, in order."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.ends: list[tuple[str, str, int, Settled]] = []

    def attempted(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    def settled(self, tag: str, group: str, position: int, settled: Settled) -> None:
        self.ends.append((tag, group, position, settled))

    @property
    def statuses(self) -> list[int | None]:
        return [attempt.response.status if attempt.response else None for attempt in self.attempts]

    @property
    def words(self) -> list[tuple[int, str, str]]:
        return [(position, str(settled.end), settled.why) for _, _, position, settled in self.ends]


@pytest.fixture
def audience(stage: Stage) -> Audience:
    listening = Audience()
    stage.watch = listening
    return listening


def test_a_delivered_row_is_told_by_its_attempt_alone(stage: Stage, audience: Audience) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a", group="r1")
        await stage.settled()

    stage.play(scene)
    (attempt,) = audience.attempts
    assert (attempt.tag, attempt.address, attempt.now, attempt.took) == ("ga4", VENDOR, START, 0)
    assert [(row.payload.group, row.payload.position, row.payload.body) for row in attempt.rows] == [("r1", 0, "a")]
    assert (attempt.response, attempt.outcome(0)) == (OK, Delivered())
    assert audience.ends == []


def test_a_row_that_waits_again_is_told_with_the_reason_and_the_time(stage: Stage, audience: Audience) -> None:
    stage.answers(Response(500), OK)

    async def scene(stage: Stage) -> None:
        await stage.accept("a", group="r1")
        await stage.settled()
        ((tag, group, position, settled),) = audience.ends
        assert (tag, group, position, settled.end, settled.why) == ("ga4", "r1", 0, RowEnd.WAITING, "HTTP 500")
        assert settled.due_at > stage.now
        ((name,),) = [(f"0-{number}",) for (number,) in stage.stored("id")]
        assert settled.row == name
        await stage.passes((settled.due_at - stage.now) / SECOND + 1)

    stage.play(scene)
    assert audience.statuses == [500, 204]
    assert [attempt.rows[0].attempts for attempt in audience.attempts] == [1, 2]
    assert len(audience.ends) == 1


def test_a_rejected_row_is_told_as_dead(stage: Stage, audience: Audience) -> None:
    stage.answers(Response(400, body=b"no such event"))

    async def scene(stage: Stage) -> None:
        await stage.accept("a", group="r1")
        await stage.settled()

    stage.play(scene)
    assert [attempt.outcomes for attempt in audience.attempts] == [Rejected("HTTP 400")]
    assert audience.attempts[0].response == Response(400, body=b"no such event")
    assert audience.words == [(0, "dead", "HTTP 400")]


def test_an_exchange_without_an_answer_is_told_without_one(stage: Stage, audience: Audience) -> None:
    stage.answers(TransportError("cannot connect"))

    async def scene(stage: Stage) -> None:
        await stage.accept("a", group="r1")
        await stage.settled()

    stage.play(scene)
    assert audience.statuses == [None]
    assert isinstance(audience.attempts[0].outcome(0), Retry)
    assert [(position, end) for position, end, _ in audience.words] == [(0, "waiting")]


def test_rows_that_travel_together_have_an_outcome_each(stage: Stage, audience: Audience) -> None:
    outcomes: Sequence[Outcome] = [Delivered(), Retry("later"), Rejected("never")]
    stage.tag.judging = lambda outbound, response: outcomes if len(outbound.payloads) == 3 else Delivered()  # noqa: ARG005

    async def scene(stage: Stage) -> None:
        await stage.accept("a", "b", "c", group="r1")
        await stage.settled()

    stage.play(scene)
    attempt = audience.attempts[0]
    assert [attempt.outcome(index) for index in range(3)] == list(outcomes)
    assert audience.words == [(1, "waiting", "later"), (2, "dead", "never")]


def test_rows_that_were_refused_together_wait_to_go_alone(stage: Stage, audience: Audience) -> None:
    stage.answers(Response(400), OK)

    async def scene(stage: Stage) -> None:
        await stage.accept("a", "b", group="r1")
        await stage.settled()
        await stage.passes(1)

    stage.play(scene)
    assert audience.statuses == [400, 204, 204]
    assert audience.words == [(0, "waiting", "HTTP 400"), (1, "waiting", "HTTP 400")]


def test_a_row_that_cannot_be_packed_is_told_as_dead_though_nothing_was_sent(stage: Stage, audience: Audience) -> None:
    def broken(_: Sequence[Payload]) -> Sequence[Outbound]:
        raise ValueError("visitor@example.com")

    stage.tag.packing = broken

    async def scene(stage: Stage) -> None:
        await stage.accept("a", group="r1")
        await stage.settled()

    stage.play(scene)
    assert audience.attempts == []
    assert audience.words == [(0, "dead", "the tag could not pack it: ValueError")]


def test_each_request_of_a_job_is_an_attempt_of_its_own(stage: Stage, audience: Audience) -> None:
    stage.tag.packing = lambda payloads: [
        OutboundRequest("POST", VENDOR, (), str(payload.body).encode(), (at,)) for at, payload in enumerate(payloads)
    ]

    async def scene(stage: Stage) -> None:
        await stage.accept("a", "b", group="r1")
        await stage.settled()

    stage.play(scene)
    assert [[row.payload.position for row in attempt.rows] for attempt in audience.attempts] == [[0], [1]]


def test_every_outcome_is_told_from_a_sequence_of_them() -> None:
    assert get_args(Outcome) == OUTCOMES
    assert not isinstance([], OUTCOMES)
