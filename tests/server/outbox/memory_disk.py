"""What is flushed of a store in memory, and what of it there is to find."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.types import Payload
from server.outbox.limits import LONE_FROM, LONGEST_ASKED_WAIT, LONGEST_WAIT, POISON, POISON_FROM, UNREADABLE
from server.outbox.row import FORMAT, Row, State, row_name
from server.outbox.selection import STATES, ListedRow
from server.outbox.store import Found, KeyedRow, Suspect, Waiting

SLICE = 3
"""Rows that an operator's command looks at in one go: few, so that every command takes several."""


@dataclass
class Kept:
    """A row as it is kept; ``body`` is what it is stored as."""

    id: int
    tag: str
    payload: Payload
    state: State
    due_at: int
    since: int
    once: str | None = None
    attempts: int = 0
    crashes: int = 0
    why: str = ""
    answer: str = ""
    body: str = ""
    format: int = FORMAT

    @property
    def place(self) -> tuple[str, str]:
        return self.tag, self.payload.destination

    @property
    def in_company(self) -> bool:
        return self.state is State.QUEUED and self.crashes < LONE_FROM

    def listed(self, store: int) -> ListedRow:
        """As an operator sees it of the store with this number."""
        return {
            "id": row_name(store, self.id),
            "tag": self.tag,
            "destination": self.payload.destination,
            "state": STATES[self.state],
            "received_at": self.payload.received_at,
            "due_at": self.due_at,
            "attempts": self.attempts,
            "crashes": self.crashes,
            "client_id": self.payload.client_id,
            "event_name": self.payload.event_name,
            "why": self.why,
        }


def kept(id: int, tag: str, payload: Payload, state: State, due_at: int, once: str | None) -> Kept:
    """A row that is new."""
    texts: Any = {name: unicode(getattr(payload, name)) for name in ("destination", "group", "client_id", "event_name")}
    row = Kept(id, tag, replace(payload, **texts), state, due_at, payload.received_at, once, body=json.dumps(payload.body))
    row.attempts = int(state is State.LEASED)
    return row


def unicode(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@dataclass
class Disk:
    """What is flushed of one store: it outlives whoever has it open."""

    rows: dict[int, Kept] = field(default_factory=dict)
    dropped: list[KeyedRow] = field(default_factory=list)
    room: bool = True
    broken: bool = False

    def recover(self, now: int | None, reads: int) -> Found:
        """What whoever opens it finds, as a version that reads formats up to ``reads``."""
        rows = self.rows.values()
        for row in rows:
            if row.state is State.CLAIMED or (row.state is State.HELD and row.format <= reads):
                row.state = State.QUEUED
        if now is not None:
            self._bring_forward([row for row in rows if row.state is State.QUEUED], now)
        for row in rows:
            if row.state is State.LEASED:
                row.state, row.crashes = State.QUEUED, row.crashes + 1
                if row.crashes >= POISON_FROM:
                    row.state, row.why = State.DEAD, POISON
            if row.state is State.QUEUED and row.format > reads:
                row.state = State.HELD
        return self._found(rows)

    @staticmethod
    def _bring_forward(queued: Sequence[Kept], now: int) -> None:
        jumped = max((row.since for row in queued), default=now) > now
        for row in queued:
            row.due_at = min(row.due_at, now + (LONGEST_WAIT if jumped else LONGEST_ASKED_WAIT))

    @staticmethod
    def _found(rows: Iterable[Kept]) -> Found:
        dues: dict[tuple[str, str], list[int]] = {}
        for row in rows:
            if row.in_company:
                dues.setdefault(row.place, []).append(row.due_at)
        waiting = [Waiting(*place, len(due), min(due)) for place, due in sorted(dues.items())]
        suspects = sorted(
            Suspect(row.due_at, row.id, *row.place) for row in rows if row.state is State.QUEUED and row.crashes >= LONE_FROM
        )
        dead = Counter(row.tag for row in rows if row.state is State.DEAD)
        return Found(waiting, suspects, dead, sum(row.state is State.HELD for row in rows))

    def lease(self, ids: Sequence[int]) -> tuple[list[Row], list[int]]:
        """Those that can be read, and which cannot."""
        rows, unreadable = [], []
        for row in (self.rows[id] for id in sorted(ids)):
            row.state, row.attempts = State.LEASED, row.attempts + 1
            try:
                payload = replace(row.payload, body=json.loads(row.body))
                rows.append(Row(row.id, row.tag, payload, row.since, row.attempts, row.crashes))
            except ValueError:
                row.state, row.why = State.DEAD, UNREADABLE
                unreadable.append(row.id)
        return rows, unreadable

    def of(self, tag: str, destination: str) -> list[Kept]:
        return [row for row in self.rows.values() if row.place == (tag, destination)]

    def those(self, ids: Sequence[int], state: State) -> list[Kept]:
        return [row for id in ids if (row := self.rows.get(id)) is not None and row.state is state]

    def drop(self, rows: Sequence[Kept]) -> None:
        for row in rows:
            del self.rows[row.id]
            self.dropped += [(row.id, row.once)] if row.once is not None else []

    def part(self, after: int, until: int) -> tuple[list[Kept], int | None]:
        """The next rows, and where the ones after them begin."""
        part = [row for id, row in sorted(self.rows.items()) if after < id <= until][:SLICE]
        return part, part[-1].id if part else None
