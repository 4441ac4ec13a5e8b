"""What any outbox must keep: each test quotes the sentence of the essay that it checks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from core.types import Payload, SecretPlace
from server.outbox import Outbox, OutboxError
from server.outbox.row import State
from server.outbox.sqlite import OutboxFile
from server.outbox.store import Leased

PLACE = "https://vendor.example"


def payload(number: int = 0, *, destination: str = PLACE, body: Any = None, **more: Any) -> Payload:
    return Payload(body if body is not None else {"n": number}, destination, received_at=1000 + number, client_id="7.8", **more)


class Put:
    """A listener that can be awaited."""

    def __init__(self) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def committed(self) -> None:
        self.future.set_result(None)

    def refused(self, error: Exception) -> None:
        self.future.set_exception(error)


async def put(file: OutboxFile, *payloads: Payload, state: State = State.QUEUED, due_at: int = 0, tag: str = "ga4") -> list[int]:
    listener = Put()
    ids = [file.insert(tag, each, state, due_at) for each in payloads]
    file.put(listener)
    await listener.future
    return ids


async def lease(file: OutboxFile, now: int = 0, limit: int = 64, tag: str = "ga4", destination: str = PLACE) -> Leased:
    future: asyncio.Future[Leased | Exception] = asyncio.get_running_loop().create_future()
    file.lease(tag, destination, now, limit, future.set_result)
    leased = await future
    assert isinstance(leased, Leased)
    return leased


def with_file(folder: Path, work: Callable[[OutboxFile], Awaitable[None]], number: int = 0) -> None:
    """Opens the file, works and closes it as a process that stops in good order."""

    async def run() -> None:
        file = OutboxFile.open(folder, number)
        file.start(asyncio.get_running_loop())
        try:
            await work(file)
        finally:
            await file.close()

    asyncio.run(run())


def stored(folder: Path, query: str = "SELECT id, state, attempts, crashes, why FROM rows ORDER BY id") -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / "outbox-0.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_confirmed_row_can_be_read_by_another_process(tmp_path: Path) -> None:
    """1. An acceptance is confirmed only after a flushed commit holds every row of it."""

    async def work(file: OutboxFile) -> None:
        await put(file, payload(1), payload(2))
        assert [row[1] for row in stored(tmp_path)] == [State.QUEUED, State.QUEUED]

    with_file(tmp_path, work)


def test_a_row_comes_back_as_it_was_put(tmp_path: Path) -> None:
    original = payload(
        3, group="g", position=2, event_name="purchase", secrets=(SecretPlace("/url", 4, "KEY"),), body={"ü": [1.5, None]}
    )

    async def work(file: OutboxFile) -> None:
        (number,) = await put(file, original)
        (row,) = (await lease(file)).rows
        assert (row.id, row.tag, row.payload, row.since, row.attempts, row.crashes) == (number, "ga4", original, 1003, 1, 0)

    with_file(tmp_path, work)


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 300])
def test_groups_of_any_size_are_written(tmp_path: Path, count: int) -> None:
    async def work(file: OutboxFile) -> None:
        ids = await put(file, *(payload(n) for n in range(count)))
        rows = (await lease(file, limit=1000)).rows
        assert [row.id for row in rows] == ids
        assert [row.payload.body for row in rows] == [{"n": n} for n in range(count)]
        file.remove(ids)
        await file.flush()
        assert stored(tmp_path) == []

    with_file(tmp_path, work)


def test_a_lease_is_committed_with_its_attempt_before_it_is_answered(tmp_path: Path) -> None:
    """2. A request leaves only for rows whose lease, with its attempt counted, is committed."""

    async def work(file: OutboxFile) -> None:
        await put(file, payload(1))
        await put(file, payload(2), state=State.LEASED)
        await lease(file)
        assert [row[1:3] for row in stored(tmp_path)] == [(State.LEASED, 1), (State.LEASED, 1)]

    with_file(tmp_path, work)


def test_a_lease_takes_what_is_due_oldest_first_and_says_when_the_next_is_due(tmp_path: Path) -> None:
    async def work(file: OutboxFile) -> None:
        for due_at in (30, 10, 20, 99):
            await put(file, payload(due_at), due_at=due_at)
        first = await lease(file, now=50, limit=2)
        assert ([row.payload.body["n"] for row in first.rows], first.next_due) == ([10, 20], 30)
        second = await lease(file, now=50)
        assert ([row.payload.body["n"] for row in second.rows], second.next_due) == ([30], 99)
        assert await lease(file, now=50) == Leased([], 99, [])
        assert await lease(file, now=50, destination="https://other.example") == Leased([], None, [])

    with_file(tmp_path, work)


def test_only_the_own_destination_of_the_own_tag_is_leased(tmp_path: Path) -> None:
    async def work(file: OutboxFile) -> None:
        await put(file, payload(1, destination="https://b.example"))
        await put(file, payload(2), tag="other")
        assert (await lease(file)).rows == []
        assert len((await lease(file, tag="other")).rows) == 1

    with_file(tmp_path, work)


def test_settled_rows_are_gone_or_queued_or_dead(tmp_path: Path) -> None:
    """4. At any time a row is in one state, and only the moves below change it."""

    async def work(file: OutboxFile) -> None:
        gone, again, dead = await put(file, payload(1), payload(2), payload(3), state=State.LEASED)
        file.remove([gone])
        file.queue(again, 77, "HTTP 503")
        file.park(dead, 78, "HTTP 400: 'bad'")
        await file.flush()
        assert stored(tmp_path) == [(again, State.QUEUED, 1, 0, "HTTP 503"), (dead, State.DEAD, 1, 0, "HTTP 400: 'bad'")]
        assert (await lease(file, now=76)).next_due == 77
        assert [(row.id, row.attempts) for row in (await lease(file, now=77)).rows] == [(again, 2)]

    with_file(tmp_path, work)


def test_a_row_that_is_not_leased_cannot_be_settled(tmp_path: Path) -> None:
    """4. At any time a row is in one state, and only the moves below change it."""

    async def work(file: OutboxFile) -> None:
        (number,) = await put(file, payload(1))
        file.park(number, 0, "no")
        await file.flush()
        assert stored(tmp_path) == [(number, State.QUEUED, 0, 0, "")]

    with_file(tmp_path, work)


def crash(folder: Path, times: int = 1) -> None:
    """A process that leases everything that may travel in company, and dies."""
    for _ in range(times):
        connection = sqlite3.connect(folder / "outbox-0.db", isolation_level=None)
        connection.execute("UPDATE rows SET state = 1 WHERE state = 0")
        connection.close()
        file = OutboxFile.open(folder, 0)
        file.shut()


def test_opening_ends_leases_and_counts_a_crash_for_those_rows_only(tmp_path: Path) -> None:
    """6. Opening a file ends every lease in it and counts a crash for those rows and no others."""

    async def work(file: OutboxFile) -> None:
        await put(file, payload(1), state=State.LEASED)
        await put(file, payload(2))

    with_file(tmp_path, work)
    file = OutboxFile.open(tmp_path, 0)
    assert [row[1:4] for row in stored(tmp_path)] == [(State.QUEUED, 1, 1), (State.QUEUED, 0, 0)]
    assert [(each.tag, each.destination, each.rows) for each in file.found.waiting] == [("ga4", PLACE, 2)]
    file.shut()


def test_rows_that_were_there_at_two_crashes_are_found_apart(tmp_path: Path) -> None:
    """7. From its second crash on a row is sent alone, with nothing else of its file on the wire."""

    async def fill(file: OutboxFile) -> None:
        await put(file, payload(1))

    with_file(tmp_path, fill)
    crash(tmp_path, 2)

    async def work(file: OutboxFile) -> None:
        assert file.found.waiting == []
        (suspect,) = file.found.suspects
        assert (await lease(file, now=10**15)).rows == []
        future: asyncio.Future[Leased | Exception] = asyncio.get_running_loop().create_future()
        file.lease_one(suspect, future.set_result)
        leased = await future
        assert isinstance(leased, Leased)
        assert [(row.id, row.crashes) for row in leased.rows] == [(suspect.id, 2)]

    with_file(tmp_path, work)


@pytest.mark.parametrize(("crashes", "state"), [(1, State.QUEUED), (2, State.QUEUED), (6, State.QUEUED), (7, State.DEAD)])
def test_after_five_crashes_alone_a_row_is_poison(tmp_path: Path, crashes: int, state: State) -> None:
    """7. After five crashes alone it is a dead letter."""

    async def fill(file: OutboxFile) -> None:
        await put(file, payload(1))

    with_file(tmp_path, fill)
    crash(tmp_path, crashes)
    ((_, found, _, counted, why),) = stored(tmp_path)
    assert (found, counted) == (state, crashes)
    assert why == ("poison: the process died 7 times while this was being sent" if state is State.DEAD else "")
    file = OutboxFile.open(tmp_path, 0)
    assert file.found.dead == ({"ga4": 1} if state is State.DEAD else {})
    file.shut()


def test_a_file_has_one_owner(tmp_path: Path) -> None:
    """5. One connection writes and checkpoints a file … under a lock that is held for the life of the process."""
    file = OutboxFile.open(tmp_path, 0)
    with pytest.raises(OutboxError, match="already running on this data folder"):
        OutboxFile.open(tmp_path, 0)
    file.shut()
    OutboxFile.open(tmp_path, 0).shut()


def test_ids_never_come_twice_while_rows_remain(tmp_path: Path) -> None:
    async def work(file: OutboxFile) -> None:
        ids.extend(await put(file, payload(1), payload(2)))

    ids: list[int] = []
    with_file(tmp_path, work)
    with_file(tmp_path, work)
    assert ids == sorted(set(ids))


def test_a_body_that_is_no_longer_json_is_a_dead_letter_and_stops_nobody(tmp_path: Path) -> None:
    async def work(file: OutboxFile) -> None:
        bad, good = await put(file, payload(1), payload(2))
        await file._answer(lambda connection: connection.execute("UPDATE rows SET body = x'7b' WHERE id = ?", (bad,)) and None)
        leased = await lease(file)
        assert ([row.id for row in leased.rows], leased.unreadable) == ([good], [bad])
        assert [row[1] for row in stored(tmp_path)] == [State.DEAD, State.LEASED]

    with_file(tmp_path, work)


def test_rows_of_a_later_version_wait_for_it(tmp_path: Path) -> None:
    async def fill(file: OutboxFile) -> None:
        await put(file, payload(1), payload(2))

    def later(version: int) -> None:
        connection = sqlite3.connect(tmp_path / "outbox-0.db", isolation_level=None)
        connection.execute("UPDATE rows SET format = ? WHERE id = 1", (version,))
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()

    with_file(tmp_path, fill)
    later(2)
    file = OutboxFile.open(tmp_path, 0)
    assert (file.found.held, file.found.waiting[0].rows) == (1, 1)
    file.shut()
    later(1)
    file = OutboxFile.open(tmp_path, 0)
    assert (file.found.held, file.found.waiting[0].rows) == (0, 2)
    file.shut()


def test_a_question_that_raises_harms_nobody(tmp_path: Path) -> None:
    def fails(_: sqlite3.Connection) -> None:
        raise ValueError("mine")

    async def work(file: OutboxFile) -> None:
        with pytest.raises(ValueError, match="mine"):
            await file._answer(fails)
        gone = asyncio.ensure_future(file._answer(lambda _: 1))
        await asyncio.sleep(0)
        gone.cancel()
        await put(file, payload(1))
        assert len(stored(tmp_path)) == 1

    with_file(tmp_path, work)


def test_files_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "data"
    outbox = Outbox.open(folder, 0, max_size=1 << 30, workers=1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    asyncio.run(outbox.own.close())


def test_texts_that_are_no_unicode_keep_no_group_from_the_disk(tmp_path: Path) -> None:
    async def work(file: OutboxFile) -> None:
        odd, good = await put(file, payload(1, event_name="\ud800", group="\ud800"), payload(2), state=State.LEASED)
        file.park(odd, 0, "no: \ud800")
        file.queue(good, 0, "later: \ud800")
        await file.flush()
        assert [row[4] for row in stored(tmp_path)] == ["no: ?", "later: ?"]

    with_file(tmp_path, work)
