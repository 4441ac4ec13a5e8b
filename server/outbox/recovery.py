"""What is found in a file when it is opened, after the leases of its dead owner have been ended."""

from __future__ import annotations

import sqlite3
from collections import Counter

from server.outbox import statements
from server.outbox.limits import LONE_FROM, POISON, POISON_FROM
from server.outbox.row import FORMAT, State
from server.outbox.store import Found, Suspect, Waiting


def recover(connection: sqlite3.Connection, now: int | None) -> Found:
    """Ends every lease: it is dead by definition, since its owner held the lock. ``now`` as for a file that is opened."""
    connection.execute("BEGIN IMMEDIATE")
    if now is not None:
        statements.bring_forward(connection, now)
    poisoned = f"crashes + 1 >= {POISON_FROM}"
    connection.execute(
        f"UPDATE rows SET crashes = crashes + 1, state = iif({poisoned}, {State.DEAD}, {State.QUEUED}),"
        f" why = iif({poisoned}, ?, why) WHERE state = {State.LEASED}",
        (POISON,),
    )
    _hold_what_is_later(connection)
    found = Found(_waiting(connection), _suspects(connection), _dead(connection), _held(connection))
    connection.execute("COMMIT")
    return found


def _hold_what_is_later(connection: sqlite3.Connection) -> None:
    """Rows of a later version wait for it, those too that it had on the wire, or claimed, when it died."""
    (latest,) = connection.execute("PRAGMA user_version").fetchone()
    if latest > FORMAT:
        connection.execute(f"UPDATE rows SET state = {State.HELD} WHERE state = {State.QUEUED} AND format > ?", (FORMAT,))


def _waiting(connection: sqlite3.Connection) -> list[Waiting]:
    query = (
        "SELECT tag, destination, count(*), min(due_at) FROM rows INDEXED BY due"
        f" WHERE state = {State.QUEUED} AND crashes < {LONE_FROM} GROUP BY tag, destination"
    )
    return [Waiting(*values) for values in connection.execute(query)]


def _suspects(connection: sqlite3.Connection) -> list[Suspect]:
    query = (
        "SELECT due_at, id, tag, destination FROM rows INDEXED BY lone"
        f" WHERE state = {State.QUEUED} AND crashes >= {LONE_FROM} ORDER BY due_at, id"
    )
    return [Suspect(*values) for values in connection.execute(query)]


def _dead(connection: sqlite3.Connection) -> Counter[str]:
    query = f"SELECT tag, count(*) FROM rows INDEXED BY dead WHERE state = {State.DEAD} GROUP BY tag"
    return Counter(dict(connection.execute(query)))


def _held(connection: sqlite3.Connection) -> int:
    held: int = connection.execute(f"SELECT count(*) FROM rows INDEXED BY held WHERE state = {State.HELD}").fetchone()[0]
    return held
