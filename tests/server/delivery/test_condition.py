"""What an operator hears of a destination that is unwell: in the log when that changes, in health while it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.types import Response, Retry
from server.delivery.breaker import Breaker
from server.delivery.condition import AGAIN, ALL_REJECTED, ALWAYS, SILENCE, SOON, Condition
from server.http import TransportError
from tests.server.delivery.conftest import VENDOR

Stage = Any
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
NAME = f"tag ga4: {VENDOR}"


class Played:
    """A destination where three events wait, and whose breaker is closed."""

    def __init__(self) -> None:
        self.pending = 3
        self.breaker = Breaker(8, lambda: 0.5)
        self.paused_until = 0


PLAYED = Played()


def condition() -> Condition:
    return Condition("ga4", VENDOR, lambda text: text.replace("jo@example.com", "•••"))


def logged(condition: Condition, failures: Sequence[int], of: Played = PLAYED) -> list[int]:
    """At which of these failures, by their times, a line says that it fails."""
    times = []
    for now in failures:
        with capture_logs() as lines:
            condition.failed("HTTP 503", now, of)
        times += [now] * len(lines)
    return times


def test_it_is_said_that_a_destination_fails_and_that_it_is_back() -> None:
    ill = condition()
    with capture_logs() as lines:
        for now in range(ALWAYS):
            ill.failed("HTTP 503: jo@example.com", now * SECOND, PLAYED)
        ill.recovered(MINUTE, PLAYED)
    at = {"tag": "ga4", "destination": VENDOR}
    assert lines == [
        {
            "event": "a destination does not take events",
            "log_level": "warning",
            **at,
            "why": "HTTP 503: •••",
            "failures": ALWAYS,
            "seconds": ALWAYS - 1,
            "waiting": 3,
            "breaker": "closed",
            "paused_for": 0,
        },
        {
            "event": "a destination takes events again",
            "log_level": "info",
            **at,
            "failures": ALWAYS,
            "seconds": 60.0,
            "waiting": 3,
        },
    ]


def test_a_failure_now_and_then_is_no_line() -> None:
    ill = condition()
    with capture_logs() as lines:
        for now in range(0, HOUR, 2 * MINUTE):
            for attempt in range(ALWAYS - 1):
                ill.failed("HTTP 500", now + attempt, PLAYED)
            ill.recovered(now + SECOND, PLAYED)
    assert lines == []


def test_few_failures_are_a_line_when_they_last() -> None:
    assert logged(condition(), [0, SOON - 1, SOON, SOON + 1]) == [SOON]


def test_as_long_as_it_lasts_it_is_said_once_more_every_ten_minutes() -> None:
    told = logged(condition(), range(0, HOUR, 30 * SECOND))
    assert told == [30 * SECOND + number * AGAIN for number in range(6)]


def test_one_that_comes_and_goes_fills_no_log() -> None:
    ill = condition()
    told: list[int] = []
    for now in range(0, HOUR, SECOND):
        told += logged(ill, [now] * ALWAYS)
        ill.recovered(now + 1, PLAYED)
    assert told == list(range(0, HOUR, SILENCE))


@pytest.mark.parametrize(("seconds", "lines"), [(60, 0), (61, 1)])
def test_a_long_pause_is_a_line_at_once(seconds: int, lines: int) -> None:
    paused = Played()
    paused.paused_until = seconds * SECOND
    with capture_logs() as told:
        condition().failed("HTTP 429", 0, paused)
    assert [line["paused_for"] for line in told] == [seconds] * lines


def test_the_line_says_that_the_circuit_is_open(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(500))
        for number in range(ALWAYS):
            await stage.accept(number)
        await stage.settled()

    with capture_logs() as lines:
        stage.play(scene)
    (line,) = (line for line in lines if line["event"] == "a destination does not take events")
    assert (line["breaker"], line["waiting"], line["failures"]) == ("open", ALWAYS, ALWAYS)


def test_a_tag_whose_every_event_is_rejected_is_red(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400))
        for number in range(ALL_REJECTED):
            assert not any("rejected the last" in reason for reason in stage.delivery.health()["reasons"])
            await stage.accept(number)
            await stage.settled()
        health = stage.delivery.health()
        assert health["colour"] == "red"
        assert f"{NAME} rejected the last 10 events: HTTP 400" in health["reasons"]
        stage.answers(Response(204))
        await stage.accept("good")
        await stage.settled()
        assert stage.delivery.health()["colour"] == "amber", "its dead letters are still there"

    stage.play(scene)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Response(500), "answers HTTP 500"),
        (Response(503), "answers HTTP 503"),
        (TransportError("nobody is there"), "does not take events: nobody is there"),
        (TransportError("HTTP is not what it speaks"), "does not take events: HTTP is not what it speaks"),
    ],
)
def test_the_reason_is_what_the_destination_said(stage: Stage, answer: Any, why: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(answer)
        for number in range(5):
            await stage.accept(number)
        await stage.settled()
        assert stage.delivery.health()["reasons"] == [f"{NAME} {why}; the circuit breaker is open"]
        assert stage.delivery.health()["destinations"][0]["colour"] == stage.delivery.health()["colour"] == "red"

    stage.play(scene)


def test_it_is_said_how_long_a_destination_has_answered_so(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(500))
        for number in range(5):
            await stage.accept(number)
        await stage.settled()
        await stage.passes(59)
        assert " now;" not in stage.delivery.health()["reasons"][0]
        await stage.passes(12 * 60)
        assert f"{NAME} answers HTTP 500, for 12 min now; the circuit breaker is " in stage.delivery.health()["reasons"][0]
        stage.answers(Response(204))
        await stage.passes(3600)
        assert stage.delivery.health()["reasons"] == [f"{NAME} takes events again; the circuit breaker is ramping"]

    stage.play(scene)


def test_a_tags_own_words_stand_beside_the_status(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.judging = lambda *_: Retry("no room left")
        stage.answers(Response(500))
        for number in range(5):
            await stage.accept(number)
        await stage.settled()
        assert stage.delivery.health()["reasons"] == [f"{NAME} answers HTTP 500: no room left; the circuit breaker is open"]
        stage.answers(TransportError("nobody is there"))
        await stage.passes(3600)
        assert "does not take events: nobody is there, for 1 h now; the circuit" in stage.delivery.health()["reasons"][-1]

    stage.play(scene)


def test_one_that_takes_nothing_is_red_though_the_breaker_is_closed(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(429))
        for number in range(ALWAYS):
            assert stage.delivery.health()["colour"] == "green", "throttling is nobody's business"
            await stage.accept(number)
            await stage.settled()
        health = stage.delivery.health()
        assert (health["colour"], health["reasons"]) == (
            "red",
            [f"{NAME} answers HTTP 429; none of the last {ALWAYS} attempts succeeded"],
        )
        stage.answers(Response(204))
        await stage.accept("good")
        await stage.settled()
        assert stage.delivery.health()["colour"] == "green"

    stage.play(scene)


def test_a_long_pause_is_amber_with_its_end_and_an_operator_lifts_it(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(429, (("retry-after", "9" * 20),)), Response(204))
        await stage.accept("a")
        await stage.settled()
        health = stage.delivery.health()
        assert (health["colour"], health["reasons"]) == (
            "amber",
            [f"{NAME} asked for a pause until 2001-09-09T07:46:40+00:00: HTTP 429; `tagyard outbox retry` lifts it"],
        )
        await stage.delivery.operate({"do": "retry"})
        await stage.settled()
        assert stage.sent == ["a", "a"]
        assert stage.delivery.health()["colour"] == "green"

    stage.play(scene)


def test_a_short_pause_is_nobodys_business(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(429, (("retry-after", "30"),)))
        await stage.accept("a")
        await stage.settled()
        assert stage.delivery.health()["colour"] == "green"

    stage.play(scene)
