"""One outbox file: its lock, its connection, its writer, and what was found in it when it was opened."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import structlog

from core.types import Payload
from server.outbox import files, keyfile, slices, statements, wal
from server.outbox.answering import answered
from server.outbox.capacity import Measured
from server.outbox.damage import code, is_damage, quick_check
from server.outbox.errors import OutboxError, OutboxFailed, OutboxTaken
from server.outbox.failpoints import failpoint
from server.outbox.measuring import measure
from server.outbox.recovery import recover
from server.outbox.row import State, rare_record, record, storable
from server.outbox.schema import connect
from server.outbox.selection import ListedRow, RowFilter, ShownRow, Slice, Standing, Touched
from server.outbox.store import KeyedRow, Leased, Receipt, Suspect
from server.outbox.writer import Ask, Writer

log = structlog.get_logger("tagyard")

Answer = TypeVar("Answer")


class OutboxFile:
    """A Store in a file under its lock."""

    straight = claims = True
    shared = False

    def __init__(self, folder: Path, number: int, lock: files.FileLock, connection: sqlite3.Connection, now: int | None) -> None:
        self.folder = folder
        self.number = number
        self.failed: Callable[[Exception], None] = lambda _: None
        self.full: Callable[[], None] = lambda: None
        self.set_aside: list[Path] = []
        """Damaged files that were set aside when this one was opened."""
        self.unclean = False
        self._lock = lock
        self._connection = connection
        self.found = recover(connection, now)
        self._next_id = slices.last_id(connection) + 1
        self._writer = Writer(connection, lambda: self.full(), self._on_failure)

    @classmethod
    def open(cls, folder: Path, number: int, now: int | None = None) -> OutboxFile:
        """Opens the file and ends the leases in it: their owner is dead. Blocks. Raises OutboxError.

        Where ``now`` is told, no row waits for longer than a row may, whatever the clock said when it was queued.
        """
        path = files.database(folder, number)
        try:
            lock = files.lock_of(folder, number)
        except OSError as error:
            raise OutboxError(f"{path}: its lock cannot be opened: {error.strerror}") from error
        if not lock.take():
            raise OutboxTaken(f"{path}: another process is using it; is Tagyard already running on this data folder?")
        try:
            return cls._locked(folder, number, lock, now)
        except (sqlite3.Error, OSError, OutboxError) as error:
            lock.release()
            raise OutboxError(f"{path}: cannot be opened: {error}") from error

    @classmethod
    def _locked(cls, folder: Path, number: int, lock: files.FileLock, now: int | None) -> OutboxFile:
        """Opens the file; one that is damaged, or was marked as damaged, is set aside for an empty one."""
        path = files.database(folder, number)
        unclean = files.stopped_uncleanly(path)
        why = files.marked(path) or (_damage_in_log(path) if unclean else "")
        aside = cls._set_aside(folder, number, why) if why else None
        try:
            file = cls._opened(folder, number, lock, now, fold=unclean)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            aside = cls._set_aside(folder, number, str(error))
            file = cls._opened(folder, number, lock, now)
        file.set_aside += [aside] if aside else []
        file.unclean = unclean and aside is None
        return file

    @staticmethod
    def _set_aside(folder: Path, number: int, why: str) -> Path:
        keyfile.forget(folder, number)
        return files.set_aside(files.database(folder, number), why)

    @classmethod
    def _opened(cls, folder: Path, number: int, lock: files.FileLock, now: int | None, *, fold: bool = False) -> OutboxFile:
        connection = connect(files.database(folder, number))
        try:
            if fold:
                _fold(connection)
            aside = keyfile.settle(folder, number, connection)
            file = cls(folder, number, lock, connection, now)
        except BaseException:
            connection.close()
            raise
        file.set_aside = [aside] if aside else []
        return file

    @property
    def path(self) -> Path:
        """The database."""
        return files.database(self.folder, self.number)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Starts writing; and, after an unclean stop, checking."""
        self._writer.start(loop)
        if self.unclean:
            threading.Thread(target=self._check, args=(loop,), name="outbox-check", daemon=True).start()

    def insert(self, tag: str, payload: Payload, state: State, due_at: int) -> int:
        number = self._next_id
        self._next_id = number + 1
        if payload.secrets:
            self._writer.group.rare_inserts += rare_record(number, tag, payload, state, due_at)
        else:
            self._writer.group.inserts += record(number, tag, payload, state, due_at)
        return number

    def take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def insert_claimed(self, id: int, tag: str, payload: Payload, due_at: int, once: str | None) -> None:
        self._writer.group.rare_inserts += rare_record(id, tag, payload, State.CLAIMED, due_at, once)

    def put(self, listener: Receipt) -> None:
        writer = self._writer
        writer.group.listeners.append(listener)
        if not writer.awake:
            writer.wake()

    async def unclaim(self, ids: Sequence[int]) -> None:
        await self._answer(lambda connection: statements.unclaim(connection, ids))

    def remove(self, ids: Sequence[int]) -> None:
        writer = self._writer
        writer.group.gone += ids
        if not writer.awake:
            writer.wake()

    def queue(self, id: int, due_at: int, why: str, answer: str | None = None) -> None:
        self._settle((id, State.QUEUED.value, due_at, storable(why), answer))

    def park(self, id: int, now: int, why: str, answer: str | None = None) -> None:
        self._settle((id, State.DEAD.value, now, storable(why), answer))

    def _settle(self, change: statements.Change) -> None:
        self._writer.group.changes.append(change)
        self._writer.wake()

    def lease(self, tag: str, destination: str, now: int, limit: int, answer: Callable[[Leased | Exception], None]) -> None:
        self._ask(lambda connection: statements.lease(connection, tag, destination, now, limit), answer, leases=True)

    def lease_one(self, suspect: Suspect, answer: Callable[[Leased | Exception], None]) -> None:
        self._ask(
            lambda connection: statements.lease_one(connection, suspect.tag, suspect.destination, suspect.id), answer, leases=True
        )

    async def expire(self, tag: str, destination: str, before: int, why: str, now: int) -> int:
        return await self._answer(lambda connection: statements.expire(connection, tag, destination, before, why, now))

    async def oldest(self, tag: str, destination: str) -> int | None:
        return await self._answer(lambda connection: statements.oldest(connection, tag, destination))

    async def remove_dead(self, before: int) -> Mapping[str, int]:
        return await self._answer(lambda connection: statements.remove_dead(connection, before))

    async def lost_keys(self) -> Sequence[KeyedRow]:
        return await self._answer(statements.lost_keys)

    async def given_back(self, lost: Sequence[KeyedRow]) -> None:
        await self._answer(lambda connection: statements.given_back(connection, lost))

    async def last_id(self) -> int:
        return await self._answer(slices.last_id)

    async def list_rows(self, wanted: RowFilter, after: int, until: int, limit: int) -> Slice[ListedRow]:
        return await self._answer(lambda connection: slices.list_rows(connection, wanted, self.number, after, until, limit))

    async def count(self, wanted: RowFilter, action: str, after: int, until: int) -> Slice[Touched]:
        return await self._answer(lambda connection: slices.count(connection, wanted, action, after, until))

    async def change(self, wanted: RowFilter, action: str, now: int, due_at: int, after: int, until: int) -> Slice[Touched]:
        return await self._answer(lambda connection: slices.change(connection, wanted, action, now, due_at, after, until))

    async def status(self, after: int, until: int) -> Slice[Standing]:
        return await self._answer(lambda connection: slices.status(connection, after, until))

    async def show(self, id: int) -> ShownRow | None:
        return await self._answer(lambda connection: slices.show(connection, id, self.number))

    async def census(self) -> None:
        return None

    async def measure(self) -> Measured:
        return await self._answer(lambda connection: measure(connection, self.folder, self.number))

    def measure_now(self) -> Measured:
        """The same while the writer has not been started."""
        return self.ask_now(lambda connection: measure(connection, self.folder, self.number))

    async def _answer(self, run: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Runs a function inside the next commit group and gives what it gave. Raises what it raised, or OutboxFailed.

        Where the writer has not been started, it runs at once, in a transaction of its own.
        """
        if not self._writer.started:
            try:
                return self.ask_now(run)
            except sqlite3.Error as error:
                raise OutboxFailed(f"{self.path}: cannot be used: {error}") from error
        return await answered(lambda answer: self._ask(run, answer))

    def ask_now(self, run: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Runs a function in a transaction of its own, while the writer has not been started."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = run(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def _ask(self, run: Callable[[sqlite3.Connection], Any], answer: Callable[[Any], None], *, leases: bool = False) -> None:
        self._writer.group.asks.append(Ask(run, answer, leases))
        self._writer.wake()

    async def flush(self) -> None:
        with contextlib.suppress(OutboxFailed):
            await self._answer(lambda _: None)

    async def close(self) -> None:
        await self._writer.close()
        self.shut()

    def shut(self) -> None:
        """Closes a file whose writer does not run, and gives the lock back."""
        self._connection.close()
        self._lock.release()

    async def close_and_unlink(self) -> None:
        await self._writer.close()
        self._connection.close()
        failpoint("mid_unlink")
        files.unlink(self.folder, self.number)
        self._lock.release()

    def _on_failure(self, error: Exception) -> None:
        if is_damage(error.__cause__):
            files.mark_damaged(self.path, str(error))
        self.failed(error)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        """Reads the whole file beside the work, over a connection of its own that cannot write."""
        why = quick_check(self.path)
        if why:
            error = OutboxFailed(f"{self.path}: is damaged: {why}")
            files.mark_damaged(self.path, str(error))
            loop.call_soon_threadsafe(self.failed, error)


def _damage_in_log(path: Path) -> str:
    """Why the log that was left is no sound one; empty where it is. Asked before SQLite reads it, and drops what it cannot."""
    verdict = wal.judge(files.log_of(path))
    if verdict.torn:
        log.warning("the last commit of a log is not whole and was left out, as after a power failure", file=str(path))
    return verdict.damage


def _fold(connection: sqlite3.Connection) -> None:
    """Folds a log that was left into the file, so that nothing behind its end is ever taken for a part of the next one."""
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        if code(error) != sqlite3.SQLITE_FULL:
            raise
