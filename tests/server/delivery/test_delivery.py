"""The way of a row from acceptance to its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.types import Delivered, Outbound, OutboundRequest, Payload, Rejected, Response, Retry, SecretPlace
from server.http import InvalidRequest, TransportError
from server.outbox import OutboxFull
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
        return _broken() if any(p.body == "bad" for p in payloads) else stage.tag.one_request(payloads)

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


def test_a_full_set_of_slots_makes_rows_wait_in_the_table(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        gate = asyncio.Event()

        async def answer(_: Outbound) -> Response:
            await gate.wait()
            return Response(204)

        stage.answer = answer
        await asyncio.gather(*(stage.accept(str(n)) for n in range(100)))
        await stage.settled()
        assert len(stage.sent) == 64
        assert sorted(state for state, *_ in stage.stored()) == [State.QUEUED] * 36 + [State.LEASED] * 64
        gate.set()
        await stage.settled()
        assert sorted(stage.sent, key=int) == [str(n) for n in range(100)]
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
        await asyncio.gather(*(stage.accept(str(n), destination="https://slow.example") for n in range(80)))
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


def test_when_it_is_full_nothing_is_accepted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        assert not stage.delivery.full
        stage.delivery.outbox.room.full = True
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


class Refusing:
    """Stands for a disk that filled between two measurements."""

    def __init__(self, stage: Stage) -> None:
        self.writer = stage.delivery.own.file._writer
        self.error = OutboxFull("the disk is full")

    def __enter__(self) -> None:
        group = self.writer.group
        self.hand_over, self.writer._hand_over = self.writer._hand_over, lambda: group.refuse(self.error)

    def __exit__(self, *_: object) -> None:
        self.writer._hand_over = self.hand_over
        self.writer.group.withdraw()
        self.writer._scheduled = False


def test_rows_that_were_refused_leave_nothing_behind(stage: Stage) -> None:
    """1. One that is refused left no row."""

    async def scene(stage: Stage) -> None:
        await stage.settled()
        destination = stage.delivery.destination("ga4", "https://vendor.example")
        with Refusing(stage), pytest.raises(OutboxFull):
            await stage.accept("a", "b", group="g")
        assert (destination.pending, destination._busy, stage.delivery.own.on_wire) == (0, 0, 0)
        assert stage.delivery.rows_by_tag() == {}
        destination.pause(stage.now + 1_000_000)
        with Refusing(stage):
            gone = stage.delivery.accept([("ga4", stage.payload("c"))])
            gone.cancel()
            await asyncio.sleep(0.001)
        assert destination.pending == 0
        await stage.passes(2)
        await stage.accept("d")
        await stage.settled()
        assert (stage.sent, stage.stored()) == (["d"], [])

    stage.play(scene)


def test_a_lease_that_is_answered_while_stopping_is_given_back(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = stage.delivery.destination("ga4", "https://vendor.example")
        destination.pause(stage.now + 1_000_000)
        await stage.accept("a")
        stage.now += 1_000_000
        destination.pump()

    stage.play(scene)
    assert stage.stored("state, attempts, crashes, why") == [(State.QUEUED, 1, 0, "the process stopped before this was sent")]


def test_a_lease_that_fails_with_the_disk_holds_no_slot(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        destination = stage.delivery.destination("ga4", "https://vendor.example")
        destination.pause(stage.now + 1_000_000)
        await stage.accept("a")
        stage.now += 1_000_000
        with Refusing(stage):
            destination.pump()
            assert destination._busy == 64
            await asyncio.sleep(0.001)
        assert destination._busy == 0

    stage.play(scene)


def test_what_is_leased_from_the_table_travels_as_it_would_have_fresh(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        destination = stage.delivery.destination("ga4", "https://vendor.example")
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
        await asyncio.sleep(0.05)
        await stage.settled()
        assert stage.sent == ["a", "a"]

    stage.play(scene)
