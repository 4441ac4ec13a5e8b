"""What is let in where a tag holds too much of the outbox."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Once, Response
from server.outbox import OutboxFull
from server.outbox.capacity import Measured
from server.outbox.row import State

Stage = Any


def test_a_tag_with_more_than_its_half_is_left_out_and_counted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tags["log"] = stage.tag
        stage.delivery.board.outbox.capacity.crowded = frozenset({"ga4"})
        await stage.delivery.accept([("ga4", stage.payload("a")), ("log", stage.payload("b")), ("ga4", stage.payload("c"))])
        await stage.settled()
        assert stage.sent == ["b"]
        assert stage.delivery.health()["not_chosen"] == {"ga4": 2}

    stage.play(scene)


def test_it_is_taken_where_no_other_tag_is_left(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.board.outbox.capacity.crowded = frozenset({"ga4", "log"})
        await stage.accept("a", "b")
        await stage.settled()
        assert sorted(stage.sent) == ["a,b"]
        assert stage.delivery.health()["not_chosen"] == {}

    stage.play(scene)


def test_what_is_left_out_claims_no_key(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        capacity = stage.delivery.board.outbox.capacity
        stage.tags["log"] = stage.tag
        once = [("ga4", stage.payload("a", once=Once("k", 10**9))), ("log", stage.payload("b"))]
        capacity.crowded = frozenset({"ga4"})
        assert await stage.delivery.accept(once) == ()
        capacity.crowded = frozenset()
        assert await stage.delivery.accept(once) == []
        await stage.settled()
        assert sorted(stage.sent) == ["a", "b", "b"]

    stage.play(scene)


def test_a_crowded_tag_is_red_and_said(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        stage.delivery.board.outbox.capacity.update(Measured(stage.max_size * 6 // 10, 1 << 40, 1 << 40), {"ga4": 9, "log": 1})
        health = stage.delivery.health()
        assert health["colour"] == "red"
        assert "tag ga4 holds more than half of the outbox and is not chosen" in health["reasons"]

    stage.play(scene)


def test_a_store_that_lets_nothing_go_straight_gives_it_back_by_a_lease(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(503))
        stage.delivery.board.own.straight = False
        await stage.accept("a", "b", group="g")
        await stage.settled()
        assert stage.sent == ["a,b"]
        assert stage.stored("state, attempts") == [(State.QUEUED, 1)] * 2

    stage.play(scene)


@pytest.mark.parametrize("client_id", [None, ["a"]], ids=str)
def test_a_payload_that_cannot_be_stored_fails_its_own_request_alone(stage: Stage, client_id: Any) -> None:
    async def scene(stage: Stage) -> None:
        bad = stage.delivery.accept([("ga4", stage.payload("with it")), ("ga4", stage.payload("bad", client_id=client_id))])
        good = stage.delivery.accept([("ga4", stage.payload("beside it"))])
        with pytest.raises(TypeError):
            await bad
        await good
        await stage.accept("later")
        await stage.settled()
        assert (stage.sent, stage.stored(), stage.failures) == (["beside it", "later"], [], [])

    stage.play(scene)


def test_what_was_accepted_is_accepted_again_whatever_its_key(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        payload = stage.payload("a", once=Once("k", 10**9), group="g", position=2)
        await stage.delivery.accept([("ga4", payload)])
        await stage.settled()
        assert [each.tag for each in await stage.delivery.accept([("ga4", payload)])] == ["ga4"]
        id, flushed = stage.delivery.accept_again("ga4", payload)
        assert (id, await flushed) == (3, ())
        await stage.settled()
        assert stage.sent == ["a", "a"]
        assert stage.stored() == []

    stage.play(scene)


def test_what_is_accepted_again_is_on_the_disk_and_has_a_row_of_its_own(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(503))
        payload = stage.payload("a", group="g", position=2)
        await stage.delivery.accept([("ga4", payload)])
        id, flushed = stage.delivery.accept_again("ga4", payload)
        await flushed
        await stage.settled()
        assert stage.stored("id, event_group, position, once, attempts") == [(1, "g", 2, None, 1), (id, "g", 2, None, 1)]
        assert stage.delivery.board.rows_by_tag() == {"ga4": 2}
        stage.answers(Response(204))
        await stage.passes(3600)
        assert stage.stored() == []
        assert stage.delivery.board.rows_by_tag().total() == 0

    stage.play(scene)


def test_a_tag_that_is_crowded_sends_again_what_an_operator_asks_for(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.board.outbox.capacity.crowded = frozenset({"ga4"})
        await stage.delivery.accept_again("ga4", stage.payload("a"))[1]
        await stage.settled()
        assert stage.sent == ["a"]
        assert stage.delivery.health()["not_chosen"] == {}

    stage.play(scene)


def test_nothing_is_accepted_again_where_nothing_is_accepted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        board = stage.delivery.board
        board.stopped = True
        with pytest.raises(OutboxFull, match="stopping"):
            stage.delivery.accept_again("ga4", stage.payload("a"))
        board.stopped = False
        board.outbox.capacity.lost("the servers do not answer")
        with pytest.raises(OutboxFull, match="the servers do not answer"):
            stage.delivery.accept_again("ga4", stage.payload("a"))
        assert stage.stored() == []

    stage.play(scene)
