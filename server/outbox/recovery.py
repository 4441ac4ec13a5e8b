"""What is found in a file when it is opened, after the leases of its dead owner have been ended."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from server.outbox import statements
from server.outbox.schema import LONE_FROM, POISON_FROM


@dataclass(frozen=True, slots=True)
class Waiting:
    """Queued rows of one destination of one tag, and when the first of them is due."""

    tag: str
    destination: str
    rows: int
    due_at: int


@dataclass(frozen=True, slots=True, order=True)
class Suspect:
    """A queued row that is to be sent with nothing else of its file on the wire."""

    due_at: int
    id: int
    tag: str
    destination: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a file held when it was opened, after its dead leases had been ended."""

    waiting: Sequence[Waiting]
    lone: Sequence[Suspect]
    dead: Counter[str]
    held: int
    last_id: int


def recover(connection: sqlite3.Connection, now: int | None) -> Found:
    """Ends every lease: it is dead by definition, since its owner held the lock. ``now`` as for a file that is opened."""
    connection.execute("BEGIN IMMEDIATE")
    if now is not None:
        statements.bring_forward(connection, now)
    connection.execute(
        "UPDATE rows SET crashes = crashes + 1, state = iif(crashes + 1 >= ?, 2, 0), why = iif(crashes + 1 >= ?, ?, why)"
        " WHERE state = 1",
        (POISON_FROM, POISON_FROM, f"poison: the process died {POISON_FROM} times while this was being sent"),
    )
    found = Found(_waiting(connection), _lone(connection), _dead(connection), *_totals(connection))
    connection.execute("COMMIT")
    return found


def _waiting(connection: sqlite3.Connection) -> list[Waiting]:
    query = (
        f"SELECT tag, destination, count(*), min(due_at) FROM rows INDEXED BY due"
        f" WHERE state = 0 AND crashes < {LONE_FROM} GROUP BY tag, destination"
    )
    return [Waiting(*values) for values in connection.execute(query)]


def _lone(connection: sqlite3.Connection) -> list[Suspect]:
    query = f"SELECT due_at, id, tag, destination FROM rows WHERE state = 0 AND crashes >= {LONE_FROM} ORDER BY due_at, id"
    return [Suspect(*values) for values in connection.execute(query)]


def _dead(connection: sqlite3.Connection) -> Counter[str]:
    return Counter(dict(connection.execute("SELECT tag, count(*) FROM rows INDEXED BY dead WHERE state = 2 GROUP BY tag")))


def _totals(connection: sqlite3.Connection) -> tuple[int, int]:
    (held,) = connection.execute("SELECT count(*) FROM rows INDEXED BY held WHERE state = 3").fetchone()
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM rows").fetchone()
    return held, last
