"""What can become of an attempt: delivered, again, a dead letter, and nobody else's row with it."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Delivered, Outbound, OutboundRequest, Payload, Rejected, Response, Retry, SecretPlace
from server.delivery.breaker import FAILURES
from server.delivery.events import Attempt, DeliveryEvents
from server.http import InvalidRequest, NoDescriptor, TransportError
from server.outbox.row import State
from server.senders.files import Unwritable
from tests.server.delivery.conftest import START, PlayedTag, one_request

Stage = Any


def test_retry_waits_with_full_jitter_and_counts(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(503), Response(429), Response(204))
        await stage.accept("a")
        await stage.settled()
        assert stage.stored("state, attempts, due_at, why") == [(0, 1, stage.now + 1_000_000, "HTTP 503")]
        await stage.passes(0.9)
        assert len(stage.sent) == 1
        await stage.passes(0.1)
        assert stage.stored("state, attempts, due_at, why") == [(0, 2, stage.now + 2_000_000, "HTTP 429")]
        await stage.passes(2)
        assert (stage.sent, stage.stored()) == (["a", "a", "a"], [])

    stage.play(scene)


@pytest.mark.parametrize("header", ["120", "Sun, 09 Sep 2001 01:48:40 GMT"])
def test_retry_after_pauses_the_whole_destination_and_no_other(stage: Stage, header: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(429, (("retry-after", header),)), Response(204))
        await stage.accept("a")
        await stage.settled()
        await stage.accept("b")
        await stage.accept("c", destination="https://other.example")
        await stage.passes(119)
        assert stage.sent == ["a", "c"]
        assert stage.delivery.health()["destinations"][0]["paused_until"] == 1_000_000_120_000_000
        await stage.passes(1)
        assert sorted(stage.sent) == ["a", "a", "b", "c"]

    stage.now = 1_000_000_000_000_000
    stage.play(scene)


def test_a_tag_may_ask_for_a_pause_itself(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.judging = lambda *_: Retry("busy", after=10**9)
        await stage.accept("a")
        await stage.settled()
        assert stage.stored("due_at") == [(stage.now + 6 * 3600 * 1_000_000,)]

    stage.play(scene)


def test_rejected_is_a_dead_letter_with_the_reason(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400))
        await stage.accept("a")
        await stage.settled()
        assert stage.stored() == [(State.DEAD, 1, "HTTP 400")]
        health = stage.delivery.health()
        assert (health["dead_letters"], health["colour"], health["reasons"]) == ({"ga4": 1}, "amber", ["dead letters: 1"])

    stage.play(scene)


def test_a_rejected_batch_is_split_and_only_the_guilty_row_is_parked(stage: Stage) -> None:
    async def answer(outbound: OutboundRequest) -> Response:
        return Response(400 if b"bad" in outbound.body else 204)

    async def scene(stage: Stage) -> None:
        stage.answer = answer
        await stage.accept("a", "bad", "c", group="r")
        await stage.settled()
        assert stage.sent[0] == "a,bad,c"
        assert sorted(stage.sent[1:]) == ["a", "bad", "c"]
        assert stage.stored("body, state") == [(b'"bad"', State.DEAD)]

    stage.play(scene)


def test_a_vendor_who_names_the_row_spares_the_others_a_second_way(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.judging = lambda *_: [Delivered(), Rejected("no"), Retry("later")]
        await stage.accept("a", "b", "c", group="r")
        await stage.settled()
        assert stage.sent == ["a,b,c"]
        assert stage.stored("body, state, why") == [(b'"b"', State.DEAD, "no"), (b'"c"', State.QUEUED, "later")]

    stage.play(scene)


def test_each_request_of_a_pack_is_judged_for_what_it_carries(stage: Stage) -> None:
    def packing(payloads: Any) -> list[Outbound]:
        return [OutboundRequest("POST", "https://v/", (), str(p.body).encode(), (n,)) for n, p in enumerate(payloads)]

    async def scene(stage: Stage) -> None:
        stage.tag.packing = packing
        stage.answers(Response(204), Response(400), Response(204))
        await stage.accept("a", "b", "c", group="r")
        await stage.settled()
        assert (stage.sent, stage.stored("body, state")) == (["a", "b", "c"], [(b'"b"', State.DEAD)])

    stage.play(scene)


def _broken(*_: Any) -> Any:
    raise RuntimeError("with a secret in it")


@pytest.mark.parametrize(
    ("part", "code", "why"),
    [
        ("packing", _broken, "the tag could not pack it: RuntimeError"),
        ("packing", lambda _: [], "the tag could not pack it: ValueError"),
        ("packing", lambda _: [OutboundRequest("GET", "", (), b"", (0, 0))], "the tag could not pack it: ValueError"),
        ("judging", _broken, "the tag could not judge the answer: RuntimeError"),
        ("judging", lambda *_: [], "the tag could not judge the answer: ValueError"),
        ("judging", lambda *_: ["yes"], "the tag could not judge the answer: ValueError"),
        ("judging", lambda *_: None, "the tag could not judge the answer: TypeError"),
    ],
)
def test_an_error_of_the_tag_is_a_dead_letter_for_that_row(stage: Stage, part: str, code: Any, why: str) -> None:
    async def scene(stage: Stage) -> None:
        setattr(stage.tag, part, code)
        await stage.accept("a")
        await stage.settled()
        assert stage.stored() == [(State.DEAD, 1, why)]

    stage.play(scene)


def test_of_a_group_that_breaks_pack_only_the_row_to_blame_is_parked(stage: Stage) -> None:
    def packing(payloads: list[Payload]) -> Any:
        return _broken() if any(p.body == "bad" for p in payloads) else one_request(payloads)

    async def scene(stage: Stage) -> None:
        stage.tag.packing = packing
        await stage.accept("a", "bad", group="r")
        await stage.settled()
        assert (stage.sent, stage.stored("body, state")) == (["a"], [(b'"bad"', State.DEAD)])

    stage.play(scene)


def test_without_its_tag_a_row_is_parked(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.use({})
        await stage.accept("a")
        await stage.settled()
        assert stage.stored() == [(State.DEAD, 1, "tag gone: the configuration has no tag of this name")]

    stage.play(scene)


def test_without_its_secret_a_row_is_parked(stage: Stage) -> None:
    def packing(_: Any) -> Any:
        raise KeyError("API_KEY")

    async def scene(stage: Stage) -> None:
        stage.tag.packing = packing
        await stage.accept("a", secrets=(SecretPlace("", 0, "API_KEY"),))
        await stage.accept("b")
        await stage.settled()
        assert stage.stored() == [
            (State.DEAD, 1, "tag gone: the environment has no API_KEY"),
            (State.DEAD, 1, "the tag could not pack it: KeyError"),
        ]

    stage.play(scene)


@pytest.mark.parametrize(
    ("error", "row"),
    [
        (TransportError("refused"), (State.QUEUED, 1, "refused")),
        (InvalidRequest("a line break in a header"), (State.DEAD, 1, "a line break in a header")),
        (ValueError("ours"), (State.DEAD, 1, "the request could not be sent: ValueError")),
    ],
)
def test_a_request_without_an_answer(stage: Stage, error: Exception, row: Any) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(error)
        await stage.accept("a")
        await stage.settled()
        assert stage.stored() == [row]

    stage.play(scene)


def test_a_want_of_descriptors_opens_no_breaker(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(*[NoDescriptor("no file descriptor was left")] * (FAILURES + 1), Response(204))
        for number in range(FAILURES + 1):
            await stage.accept(str(number))
        await stage.settled()
        (destination,) = stage.delivery.health()["destinations"]
        assert (destination["breaker"], destination["last_error"]) == ("closed", "no file descriptor was left")
        await stage.passes(3600)
        assert stage.stored() == []

    stage.play(scene)


def test_age_ends_it_and_never_a_count(stage: Stage) -> None:
    """3. A row leaves the table only when it was delivered, or when an operator drops it."""

    async def scene(stage: Stage) -> None:
        stage.answers(Response(429))
        await stage.accept("a")
        await stage.settled()
        for _ in range(20):
            await stage.passes(3600)
        assert stage.stored() == [(State.QUEUED, 21, "HTTP 429")]
        await stage.passes(52 * 3600)
        assert stage.stored() == [(State.DEAD, 22, "older than 72 h; last: HTTP 429")]

    stage.play(scene)


@pytest.mark.parametrize("status", [401, 403, 407])
def test_a_refused_credential_is_red_and_loses_nothing(stage: Stage, status: int) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(status), Response(204))
        await stage.accept("a")
        await stage.settled()
        health = stage.delivery.health()
        assert health["reasons"] == [f"tag ga4: https://vendor.example refuses our credential: HTTP {status}"]
        assert (health["colour"], health["accepting"]) == ("red", True)
        await stage.passes(60)
        assert (stage.stored(), stage.delivery.health()["colour"]) == ([], "green")

    stage.play(scene)


def test_every_request_of_a_job_is_told_of_with_the_time_it_was_sent_at(stage: Stage) -> None:
    seen: list[int] = []

    class Watch(DeliveryEvents):
        def attempted(self, attempt: Attempt) -> None:
            seen.append(attempt.now - START)

        def settled(self, *_: object) -> None:
            return None

    async def answer(_: OutboundRequest) -> Response:
        stage.now += 5
        return Response(204)

    async def scene(stage: Stage) -> None:
        stage.answer = answer
        stage.tag.packing = lambda payloads: [
            OutboundRequest("POST", payload.destination, (), b"x", (index,)) for index, payload in enumerate(payloads)
        ]
        await stage.accept("a", "b", group="g")
        await stage.settled()
        assert seen == [0, 5]

    stage.watch = Watch()
    stage.play(scene)


def test_what_a_vendor_takes_no_more_is_given_up_unsent_and_the_rest_of_the_batch_leaves(stage: Stage) -> None:
    class Short(PlayedTag):
        def expired(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
            return "too old for it" if payload.body == "old" else None

    async def scene(stage: Stage) -> None:
        stage.tags["ga4"] = Short()
        await stage.accept("old", "new", group="g")
        await stage.settled()
        assert stage.sent == ["new"]
        assert stage.stored("why") == [("too old for it",)]

    stage.play(scene)


def test_a_credential_that_a_tag_finds_refused_is_red_whatever_the_status(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.judging = lambda _, __: Retry("code 190", credential=True)
        stage.answers(Response(400))
        await stage.accept("a")
        await stage.settled()
        assert stage.delivery.health()["destinations"][0]["refuses"] == "refuses our credential: code 190"

    stage.play(scene)


def test_what_only_somebody_can_mend_is_red_until_events_are_taken_again_and_loses_nothing(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(*[Unwritable("the disk is full")] * FAILURES, Response(200))
        await stage.accept("a")
        await stage.settled()
        health = stage.delivery.health()
        assert health["colour"] == "red"
        assert health["reasons"] == ["tag ga4: https://vendor.example takes nothing until somebody acts: the disk is full"]
        assert health["destinations"][0]["pending"] == 1
        for _ in range(FAILURES):
            assert stage.delivery.health()["destinations"][0]["breaker"] == "closed"
            await stage.passes(60)
        assert (stage.delivery.health()["colour"], stage.delivery.board.rows_by_tag().total()) == ("green", 0)

    stage.play(scene)
