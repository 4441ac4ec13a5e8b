"""Adoption, age, operators and health in a running delivery."""

from __future__ import annotations

import asyncio
import errno
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import structlog

from core.types import Payload, Response
from server.outbox import OutboxFailed
from server.outbox.row import FORMAT, State, record
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import insert

Stage = Any


def leave_behind(
    folder: Path, number: int, *rows: tuple[str, State], tag: str = "ga4", place: str = "https://vendor.example"
) -> None:
    """A file of a worker that is no more."""
    file = OutboxFile.open(folder, number)
    for position, (body, state) in enumerate(rows, 1):
        values = record(position, tag, Payload(body, place, received_at=10**15), state, 0)
        file.ask_now(partial(insert, values=values))
    file.shut()


def test_a_file_that_cannot_be_opened_is_red_and_said_once_until_it_can(stage: Stage) -> None:
    (stage.folder / "outbox-7.db").mkdir()

    async def scene(stage: Stage) -> None:
        with structlog.testing.capture_logs() as said:
            await stage.until(lambda: bool(stage.delivery.board.outbox.unopened))
            await stage.delivery.upkeep.slow_round()
        health = stage.delivery.health()
        assert (health["colour"], len(health["reasons"])) == ("red", 1)
        assert "outbox-7.db: cannot be opened" in health["reasons"][0]
        assert [line["event"] for line in said] == ["a file of the outbox cannot be opened; what it holds is not delivered"]
        (stage.folder / "outbox-7.db").rmdir()
        await stage.delivery.upkeep.slow_round()
        assert stage.delivery.health()["colour"] == "green"

    stage.play(scene)


def test_a_file_that_nobody_holds_is_drained_and_removed(stage: Stage) -> None:
    """10. A file is removed only when it is adopted, empty and under its lock."""

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.settled()
        assert sorted(stage.sent) == ["x", "y"]
        await stage.delivery.upkeep.slow_round()
        assert not (stage.folder / "outbox-5.db").exists()
        assert len(stage.delivery.board.sources) == 1
        await stage.accept("a")
        await stage.settled()
        assert stage.stored() == []

    leave_behind(stage.folder, 5, ("x", State.QUEUED), ("y", State.LEASED))
    stage.play(scene)


def test_a_file_with_dead_letters_is_kept_and_can_be_operated_on(stage: Stage) -> None:
    """10. One that holds nothing but dead letters is kept, and its rows can be reached."""

    async def scene(stage: Stage) -> None:
        await stage.settled()
        await stage.delivery.upkeep.slow_round()
        assert stage.delivery.health()["dead_letters"] == {"ga4": 1}
        assert await stage.delivery.operate({"do": "retry", "ids": ["5-1"]}) == {"rows": 1}
        await stage.settled()
        assert (stage.sent, stage.delivery.health()["colour"]) == (["x"], "green")
        await stage.delivery.upkeep.slow_round()
        assert not (stage.folder / "outbox-5.db").exists()

    leave_behind(stage.folder, 5, ("x", State.DEAD))
    stage.play(scene)


def test_a_file_that_somebody_holds_is_left_alone(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        assert len(stage.delivery.board.sources) == 1

    leave_behind(stage.folder, 5, ("x", State.QUEUED))
    other = OutboxFile.open(stage.folder, 5)
    stage.play(scene)
    other.shut()


def test_queued_rows_that_grow_too_old_are_parked_without_an_attempt(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.delivery.board.destination("ga4", "https://vendor.example").pause(10**16)
        await stage.accept("a")
        await stage.accept("b")
        await stage.delivery.upkeep.slow_round()
        assert stage.delivery.health()["destinations"][0]["oldest"] == stage.now
        stage.now += 72 * 3600 * 1_000_000 + 1
        await stage.delivery.upkeep.slow_round()
        assert stage.stored() == [(State.DEAD, 0, "older than 72 h")] * 2
        assert stage.delivery.health()["destinations"][0]["pending"] == 0

    stage.play(scene)


DAY = 86400.0


def test_dead_letters_older_than_they_may_become_are_removed_in_slices_and_counted(stage: Stage) -> None:
    """3. A row leaves the table only when it was delivered, or when an operator drops it: by a command, or by its age."""

    async def scene(stage: Stage) -> None:
        stage.answers(Response(400))
        await stage.delivery.accept([("ga4", stage.payload(str(number))) for number in range(1001)])
        await stage.until(lambda: stage.delivery.board.dead_letters().total() == 1001)
        await stage.passes(DAY)
        await stage.accept("younger", tag="log")
        await stage.until(lambda: stage.delivery.board.dead_letters().total() == 1002)
        await stage.delivery.upkeep.slow_round()
        assert len(stage.stored()) == 1002
        await stage.passes(29.5 * DAY)
        with structlog.testing.capture_logs() as said:
            await stage.delivery.upkeep.slow_round()
        assert stage.stored("tag, state") == [("log", State.DEAD)]
        assert (stage.delivery.board.dead_letters()["ga4"], stage.delivery.board.rows_by_tag()["ga4"]) == (0, 0)
        assert stage.delivery.health()["dead_letters_removed"] == {"ga4": 1001}
        assert [(line["event"], line["tag"], line["rows"]) for line in said] == [
            ("dead letters were removed for their age", "ga4", 1001)
        ]

    stage.tags["log"] = stage.tag
    stage.dead_max_age = 30 * DAY
    stage.play(scene)


def test_what_was_retried_is_young_again_and_what_waits_is_never_removed(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400))
        await stage.accept("a")
        await stage.until(lambda: stage.delivery.board.dead_letters().total() == 1)
        await stage.passes(20 * DAY)
        await stage.delivery.operate({"do": "retry", "state": "dead"})
        await stage.settled()
        stage.delivery.board.destination("ga4", "https://vendor.example").pause(stage.now + 10**18)
        await stage.accept("waits")
        await stage.passes(20 * DAY)
        await stage.delivery.upkeep.slow_round()
        assert [state for (state,) in stage.stored("state")] == [State.DEAD, State.QUEUED]

    stage.max_age = 10.0**9
    stage.dead_max_age = 30 * DAY
    stage.play(scene)


def test_what_waited_is_not_removed_where_the_clock_jumps_ahead(stage: Stage) -> None:
    """It is given up for its age, and can be retried: nobody has decided to remove it."""

    async def scene(stage: Stage) -> None:
        await stage.settled()
        stage.delivery.board.destination("ga4", "https://vendor.example").pause(stage.now + 10**18)
        await stage.accept("waits")
        stage.jumped = int(400 * DAY * 1_000_000)
        for _ in range(2):
            await stage.delivery.upkeep.slow_round()
        assert [state for (state,) in stage.stored("state")] == [State.DEAD]
        await stage.delivery.operate({"do": "retry", "state": "dead"})
        await stage.settled()
        assert stage.sent == ["waits"]

    stage.dead_max_age = 30 * DAY
    stage.play(scene)


def test_an_operator_sees_retries_and_drops_in_a_running_process(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.answers(Response(400))
        await stage.accept("a")
        await stage.accept("b")
        await stage.settled()
        assert len((await stage.delivery.operate({"do": "list", "state": "dead"}))["rows"]) == 2
        stage.answers(Response(204))
        assert await stage.delivery.operate({"do": "retry", "ids": ["0-1"]}) == {"rows": 1}
        await stage.settled()
        assert stage.sent == ["a", "b", "a"]
        assert await stage.delivery.operate({"do": "drop", "state": "dead"}) == {"rows": 1}
        assert (stage.stored(), stage.delivery.board.dead_letters(), stage.delivery.board.rows_by_tag()) == ([], {}, {})
        assert stage.delivery.health()["destinations"][0]["pending"] == 0

    stage.play(scene)


def test_rows_of_a_later_version_are_amber(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.delivery.health()["reasons"] == ["1 rows were written by a later version of Tagyard and wait for it"]
        assert stage.delivery.health()["colour"] == "amber"

    leave_behind(stage.folder, 0, ("x", State.HELD))
    file = OutboxFile.open(stage.folder, 0)
    file.ask_now(lambda c: c.execute(f"UPDATE rows SET format = {FORMAT + 1}, state = 3") and None)
    file.shut()
    stage.play(scene)


def test_files_that_change_places_while_they_are_looked_after_are_all_looked_after(stage: Stage) -> None:
    """Whose turn is next at a destination changes whenever it looks what it can lease."""

    async def scene(stage: Stage) -> None:
        destination = stage.delivery.board.destination("ga4", "https://vendor.example")
        destination.pause(10**16)
        await stage.delivery.upkeep.stop()
        await stage.accept("a")
        await stage.delivery.upkeep.slow_round()
        own: Any = stage.delivery.board.own.file
        oldest = own.oldest

        async def meanwhile(tag: str, place: str) -> int | None:
            destination.pump()
            return cast(int | None, await oldest(tag, place))

        own.oldest = meanwhile
        destination.backlogs.sort(key=lambda backlog: backlog.source.file.number)
        stage.now += 80 * 3600 * 1_000_000
        await stage.delivery.upkeep.slow_round()
        assert stage.delivery.board.dead_letters() == {"ga4": 2}

    leave_behind(stage.folder, 5, ("x", State.QUEUED))
    stage.play(scene)


def test_a_failed_write_is_told_once_and_nothing_more_is_accepted(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        stage.delivery.board.outbox.own._on_failure(OutboxFailed("the outbox cannot write: EIO"))
        stage.delivery.board.outbox.own._on_failure(OutboxFailed("again"))
        assert stage.failures == ["the outbox cannot write: EIO"]
        with pytest.raises(OutboxFailed):
            await stage.accept("a")
        health = stage.delivery.health()
        assert (health["accepting"], health["colour"], health["reasons"]) == (False, "red", ["the outbox cannot write: EIO"])

    stage.play(scene)


def test_a_damaged_file_that_was_set_aside_is_red(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        health = stage.delivery.health()
        assert health["reasons"] == [
            "a damaged file was set aside as outbox-0.db.damaged-1: what it holds is not delivered; see `tagyard outbox salvage`"
        ]
        assert (health["colour"], health["accepting"]) == ("red", True)

    (stage.folder / "outbox-0.db").write_bytes(b"nonsense" * 1000)
    stage.play(scene)


def test_upkeep_ends_with_the_outbox(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_: Any) -> None:
        raise OutboxFailed("gone")

    async def scene(stage: Stage) -> None:
        monkeypatch.setattr(stage.delivery.board.outbox, "measure", fails)
        monkeypatch.setattr("server.delivery.upkeep.EVERY", 0.001)
        task = stage.delivery.upkeep._tasks[0]
        await asyncio.wait([task], timeout=60)
        assert task.done()

    stage.play(scene)


def test_a_want_of_descriptors_is_no_disk_that_failed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        rounds, measure = 0, stage.delivery.board.outbox.measure
        again = asyncio.Event()

        async def lacks(rows: Any) -> None:
            nonlocal rounds
            rounds += 1
            if rounds <= 2:
                raise OSError(errno.EMFILE, "Too many open files")
            await measure(rows)
            again.set()

        monkeypatch.setattr(stage.delivery.board.outbox, "measure", lacks)
        await asyncio.wait_for(again.wait(), 60)
        assert stage.failures == []
        assert stage.delivery.health()["accepting"]

    monkeypatch.setattr("server.delivery.upkeep.EVERY", 0.001)
    stage.play(scene)


def test_own_and_adopted_rows_of_one_destination_take_turns(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        place = ("ga4", "https://vendor.example")
        await stage.until(lambda: place in stage.delivery.board.destinations)
        destination = stage.delivery.board.destinations[place]
        destination.pause(stage.now + 1_000_000)
        await stage.accept("own")
        await stage.accept("more")
        await stage.passes(1)
        first, second = destination.backlogs
        destination.pump()
        assert destination.backlogs == [second, first]
        assert sorted(stage.sent) == ["more", "own", "x"]
        await stage.delivery.upkeep.slow_round()
        assert [backlog.source for backlog in destination.backlogs] == [stage.delivery.board.own]

    leave_behind(stage.folder, 5, ("x", State.QUEUED))
    stage.play(scene)


def test_files_that_are_left_later_are_adopted_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.delivery.upkeep.EVERY", 0.001)
    monkeypatch.setattr("server.delivery.upkeep.ADOPT_EVERY", 5)

    async def scene(stage: Stage) -> None:
        await stage.settled()
        leave_behind(stage.folder, 8, ("x", State.QUEUED))
        await stage.until(lambda: not (stage.folder / "outbox-8.db").exists())
        assert stage.sent == ["x"]

    stage.play(scene)


def test_a_disk_that_fills_between_two_measurements_stops_acceptance(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.settled()
        stage.delivery.board.own.file._writer._refuse_for_room([])
        assert stage.delivery.full
        await stage.delivery.upkeep.round()
        assert not stage.delivery.full

    stage.play(scene)


def test_stopping_before_a_suspect_had_its_turn_leaves_it_for_the_next_start(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        source = stage.delivery.board.own
        source.when_clear = lambda: stage.delivery.suspects._send(source)
        stage.delivery.board.stopped = True
        source.is_clear()
        assert source.when_clear is None
        for destination in stage.delivery.board.destinations.values():
            destination.hold()
            destination.pump()

    stage.play(scene)
