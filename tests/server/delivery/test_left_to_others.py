"""What this process cannot send stays for others that share its store, is told by name, and is given up for its age alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from core.types import Outbound, Payload, SecretPlace
from server.delivery.lacking import NO_TAG, REMEMBERED
from server.outbox.row import State
from server.outbox.store import Found, Suspect, Waiting
from tests.server.delivery.conftest import VENDOR, PlayedTag, Stage, one_request

NEEDS_KEY = (SecretPlace("", 0, "API_KEY"),)
NO_KEY = "the environment has no API_KEY"


def packing(payloads: Sequence[Payload]) -> Sequence[Outbound]:
    """By an environment that has no API_KEY."""
    if any(payload.secrets for payload in payloads):
        raise KeyError("API_KEY")
    return one_request(payloads)


@pytest.fixture
def shared(stage: Stage) -> Stage:
    """Of a store that others have open, too; nothing goes straight to the wire."""
    begin = stage.open

    def open(worker: int = 0) -> Any:
        delivery = begin(worker)
        own = delivery.board.own
        own.shared, own.straight = True, False
        return delivery

    stage.open = open  # type: ignore[method-assign]  # so that each scene has it
    return stage


def leases(stage: Stage) -> list[str]:
    """The tags that rows are asked for, from now on."""
    file: Any = stage.delivery.board.own.file
    asked: list[str] = []
    lease = file.lease

    def counted(tag: str, *rest: Any) -> None:
        asked.append(tag)
        lease(tag, *rest)

    file.lease = counted
    return asked


def recounted(stage: Stage, *, suspects: Sequence[Suspect] = (), **rows: int) -> None:
    """What there is by now, as a look at the store says every second."""
    waiting = [Waiting(tag, VENDOR, number, 0) for tag, number in rows.items()]
    stage.delivery.board.recounted(stage.delivery.board.own, Found(waiting, suspects, Counter(), 0))


def test_rows_of_a_tag_that_is_not_known_here_are_not_leased_and_told_by_its_name(shared: Stage) -> None:
    async def scene(stage: Stage) -> None:
        asked = leases(stage)
        await stage.accept("a", tag="added")
        for _ in range(5):
            recounted(stage, added=1)
            await stage.passes(1)
        assert (asked, stage.sent) == ([], [])
        assert stage.stored() == [(State.QUEUED, 0, "")]
        health = stage.delivery.health()
        (told,) = health["destinations"]
        assert (told["tag"], told["pending"], told["lacks"], told["colour"]) == ("added", 1, NO_TAG, "amber")
        assert health["reasons"] == [
            f"tag added: {VENDOR}: events wait for a replica that can send them: {NO_TAG} (1 wait)",
        ]

    shared.play(scene)


def test_they_are_sent_from_here_once_the_tag_is_known(shared: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a", tag="added")
        await stage.settled()
        stage.delivery.use({"ga4": stage.tag, "added": stage.tag})
        await stage.until(lambda: stage.sent == ["a"])
        assert stage.delivery.health()["reasons"] == []

    shared.play(scene)


def test_rows_of_a_tag_that_goes_stay(shared: Stage) -> None:
    """Those that are about to be packed just then, too."""

    async def scene(stage: Stage) -> None:
        accepted = stage.delivery.accept([("ga4", stage.payload("a"))])
        await accepted
        stage.delivery.use({})
        await stage.settled()
        assert stage.sent == []
        assert {state for state, *_ in stage.stored()} == {State.QUEUED}

    shared.play(scene)


def test_a_row_that_is_to_be_sent_alone_is_left_to_others_likewise(shared: Stage) -> None:
    async def scene(stage: Stage) -> None:
        known, unknown = Suspect(stage.now + 9, 71, "ga4", VENDOR), Suspect(stage.now, 72, "added", VENDOR)
        recounted(stage, suspects=[known, unknown])
        source = stage.delivery.board.own
        assert [suspect for _, suspect in source.suspects] == [known]
        assert stage.delivery.board.destination("added", VENDOR).pending == 1

    shared.play(scene)


def test_their_age_parks_them_and_says_what_was_missing(shared: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a", tag="added")
        await stage.passes(stage.max_age + 1)
        await stage.delivery.upkeep.slow_round()
        assert stage.stored() == [(State.DEAD, 0, f"older than 72 h; tag gone: {NO_TAG}")]

    shared.play(scene)


def test_a_row_whose_secret_is_missing_here_is_tried_again_later_and_parked_for_its_age(shared: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.packing = packing
        await stage.accept("a", secrets=NEEDS_KEY)
        await stage.settled()
        assert stage.stored() == [(State.QUEUED, 1, f"tag gone: {NO_KEY}")]
        (told,) = stage.delivery.health()["destinations"]
        assert (told["lacks"], told["pending"]) == (NO_KEY, 1)
        asked = leases(stage)
        await stage.passes(0.4)
        assert asked == [], "it waits, as after any failure"
        await stage.passes(stage.max_age)
        assert stage.stored() == [(State.DEAD, 2, f"older than 72 h; last: tag gone: {NO_KEY}")]

    shared.play(scene)


def test_rows_that_need_no_secret_go_on_beside_those_that_do(shared: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.packing = packing
        await stage.delivery.accept(
            [
                ("ga4", stage.payload("needs it", group="g", secrets=NEEDS_KEY)),
                ("ga4", stage.payload("does not", group="g", position=1)),
            ]
        )
        await stage.until(lambda: stage.sent == ["does not"])
        assert stage.stored("state, why") == [(State.QUEUED, f"tag gone: {NO_KEY}")]

    shared.play(scene)


def test_of_a_store_of_its_own_only_those_that_need_the_secret_are_parked(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.packing = packing
        await stage.delivery.accept(
            [
                ("ga4", stage.payload("needs it", group="g", secrets=NEEDS_KEY)),
                ("ga4", stage.payload("does not", group="g", position=1)),
            ]
        )
        await stage.until(lambda: stage.sent == ["does not"])
        assert stage.stored("state, why") == [(State.DEAD, f"tag gone: {NO_KEY}")]

    stage.play(scene)


@pytest.mark.parametrize("reloaded", [False, True])
def test_a_secret_is_called_missing_for_an_hour_or_until_a_reload(shared: Stage, reloaded: bool) -> None:
    async def scene(stage: Stage) -> None:
        destination = stage.delivery.board.destination("ga4", VENDOR)
        destination.pending = 1
        destination.lacking.secret(NO_KEY, stage.now)
        assert destination.lacks(stage.now + REMEMBERED - 1) == NO_KEY
        if reloaded:
            stage.delivery.use({"ga4": PlayedTag()})
        assert destination.lacks(stage.now + REMEMBERED * (not reloaded)) == ""
        destination.pending = 0

    shared.play(scene)
