"""The one thread that writes, and the groups that it commits.

The event loop fills a group; the thread commits it with one flush; the loop is woken once for all of it. While a group is
being committed the next one fills, so the groups grow with the load and nobody waits for a timer.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from server.outbox import statements
from server.outbox.errors import OutboxFailed, OutboxFull
from server.outbox.failpoints import failpoint
from server.outbox.store import Receipt

RETRY_WHEN_FULL = 1.0
"""Seconds between two tries to write settlements to a disk that has no room at all."""

CHECKPOINT_AFTER = 64
"""Commits between two checkpoints; a few thousand pages at the most."""


@dataclass(slots=True)
class Ask:
    """A function that runs inside the group's transaction; what it gave is handed over after the commit.

    An error of the function itself is its result; one of the database ends the group.
    """

    run: Callable[[sqlite3.Connection], Any]
    answer: Callable[[Any], None]
    leases: bool = False
    result: Any = None

    def execute(self, connection: sqlite3.Connection) -> None:
        """Runs it; again from the start where the group is tried again."""
        try:
            self.result = self.run(connection)
        except sqlite3.Error:
            raise
        except Exception as error:
            self.result = error


@dataclass(slots=True)
class CommitGroup:
    """What one commit makes durable."""

    inserts: list[Any] = field(default_factory=list)
    rare_inserts: list[Any] = field(default_factory=list)
    """Rows that have secrets or a key."""
    listeners: list[Receipt] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    changes: list[statements.Change] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.listeners or self.gone or self.changes or self.asks)

    def apply(self, connection: sqlite3.Connection) -> None:
        """Writes everything, inside a transaction."""
        if self.inserts or self.rare_inserts:
            statements.insert(connection, self.inserts)
            statements.insert_rare(connection, self.rare_inserts)
            failpoint("after_insert")
        if self.gone or self.changes:
            failpoint("before_settle")
        if self.gone:
            statements.remove(connection, self.gone)
        if self.changes:
            statements.settle(connection, self.changes)
        for ask in self.asks:
            ask.execute(connection)

    def withdraw(self) -> list[Receipt]:
        """Drops the inserts that are not committed yet, and returns their listeners."""
        listeners = self.listeners
        self.listeners, self.inserts, self.rare_inserts = [], [], []
        return listeners

    def refuse(self, error: Exception) -> None:
        """Tells everybody that nothing of it was done."""
        for listener in self.listeners:
            listener.refused(error)
        for ask in self.asks:
            ask.answer(error)

    def complete(self) -> None:
        """Tells everybody, after the commit."""
        for listener in self.listeners:
            listener.committed()
        for ask in self.asks:
            ask.answer(ask.result)


class Writer:
    """Commits groups until it is closed or fails. All methods belong to the event loop's thread."""

    def __init__(self, connection: sqlite3.Connection, full: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self.group = CommitGroup()
        self.failure: Exception | None = None
        self._connection = connection
        self._full = full
        self._failed = failed
        self._queue: SimpleQueue[CommitGroup | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._closing = threading.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._committing: CommitGroup | None = None
        """What the thread has been given and not yet told of; it is the loop's to know, since the thread may have ended."""
        self.awake = False
        """What is added to ``group`` is handed over without a call of ``wake``: that was called, or the thread is at work."""

    @property
    def started(self) -> bool:
        """Whether the thread runs, or has run."""
        return self._thread.ident is not None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Starts the thread; groups fill from now on."""
        self._loop = loop
        self._thread.start()

    def wake(self) -> None:
        """Something was added to ``group``: it is handed over when this turn of the loop has ended."""
        if not self.awake:
            self.awake = True
            self._idle.clear()
            self._loop.call_soon(self._hand_over)

    async def close(self) -> None:
        """Commits what is left and ends the thread. A disk without room is given one last try. What comes later is refused."""
        self._closing.set()
        await self._idle.wait()
        if self.started:
            self._queue.put(None)
            self._thread.join()
        self.failure = self.failure or OutboxFailed("the file was closed meanwhile")

    def _hand_over(self) -> None:
        if self.group and not self.failure:
            self._committing, self.group = self.group, CommitGroup()
            self._queue.put(self._committing)
            return
        self.awake = False
        if self.failure:
            group, self.group = self.group, CommitGroup()
            group.refuse(self.failure)
        if not self.awake:  # whoever was refused may have asked for more
            self._idle.set()

    def _committed(self, group: CommitGroup) -> None:
        self._committing = None
        self._hand_over()
        group.complete()

    def _fail(self, error: Exception) -> None:
        """The thread has ended. It may have done so after it was given a group that it never looked at."""
        group, self._committing = self._committing, None
        self.failure = error
        self._hand_over()
        if group is not None:
            group.refuse(error)
        self._failed(error)

    def _refuse_for_room(self, listeners: list[Receipt]) -> None:
        self._full()
        for listener in listeners:
            listener.refused(OutboxFull("the disk is full"))

    def _run(self) -> None:
        groups = 0
        while group := self._queue.get():
            try:
                self._commit_in_time(group)
                self._loop.call_soon_threadsafe(self._committed, group)
                groups += 1
                if groups % CHECKPOINT_AFTER == 0:
                    self._checkpoint()
            except Exception as error:
                failure = OutboxFailed(f"the outbox cannot write: {error}")
                failure.__cause__ = error
                self._loop.call_soon_threadsafe(self._fail, failure)
                return

    def _commit_in_time(self, group: CommitGroup) -> None:
        """Commits; a full disk refuses the new rows and makes the settlements wait until there is room."""
        while not self._commit(group):
            self._loop.call_soon_threadsafe(self._refuse_for_room, group.withdraw())
            if self._closing.wait(RETRY_WHEN_FULL):
                self._commit(group)
                return

    def _checkpoint(self) -> None:
        """Folds the log into the file. SQLite's own way of doing it would pass over a failed flush in silence."""
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        failpoint("mid_checkpoint")

    def _commit(self, group: CommitGroup) -> bool:
        """False where the disk has no room and nothing was written."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            group.apply(connection)
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                raise
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return False
        failpoint("after_commit")
        if any(ask.leases for ask in group.asks):
            failpoint("after_lease")
        return True
