"""Random lives of a file against a model of forty lines; what is compared after every step are the essay's invariants."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, precondition, rule

from core.types import Payload
from server.outbox.limits import LONE_FROM, POISON_FROM
from server.outbox.row import State
from server.outbox.selection import RowFilter
from server.outbox.sqlite import OutboxFile
from server.outbox.store import Suspect

PLACES = ("https://a.example", "https://b.example")


@dataclass
class Model:
    """What must be on the disk: ``id: [state, attempts, crashes, due_at, place]``."""

    rows: dict[int, list[Any]] = field(default_factory=dict)
    now: int = 0

    def put(self, number: int, state: State, place: str) -> None:
        self.rows[number] = [state, int(state is State.LEASED), 0, self.now, place]

    def due(self, place: str, limit: int) -> list[int]:
        waiting = [(row[3], number) for number, row in self.rows.items() if row[0] == State.QUEUED and row[2] < LONE_FROM]
        here = [(due_at, number) for due_at, number in waiting if self.rows[number][4] == place and due_at <= self.now]
        return sorted(number for _, number in sorted(here)[:limit])

    def lease(self, number: int) -> None:
        self.rows[number][0] = State.LEASED
        self.rows[number][1] += 1

    def settle(self, number: int, state: State | None, due_at: int) -> None:
        if state is None:
            del self.rows[number]
        else:
            self.rows[number][0], self.rows[number][3] = state, due_at

    def reopen(self) -> None:
        for row in self.rows.values():
            if row[0] == State.LEASED:
                row[2] += 1
                row[0] = State.DEAD if row[2] >= POISON_FROM else State.QUEUED

    def expire(self, place: str) -> None:
        for row in self.rows.values():
            if row[0] == State.QUEUED and row[4] == place:
                row[0] = State.DEAD

    def retry(self) -> None:
        for row in self.rows.values():
            if row[0] == State.DEAD:
                row[:4] = [State.QUEUED, 0, 0, self.now]


class Life(RuleBasedStateMachine):
    leased: Bundle[int] = Bundle("leased")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.model = Model()
        self.open()

    def open(self) -> None:
        self.file = OutboxFile.open(self.folder, 0)
        self.loop.run_until_complete(self._start())

    async def _start(self) -> None:
        self.file.start(self.loop)

    def flush(self) -> None:
        self.loop.run_until_complete(self.file.flush())

    @rule(
        target=leased,
        states=st.lists(st.sampled_from([State.QUEUED, State.LEASED]), min_size=1, max_size=9),
        place=st.sampled_from(PLACES),
    )
    def put(self, states: list[State], place: str) -> Any:
        numbers = []
        for state in states:
            payload = Payload({"state": state}, place, received_at=self.model.now)
            number = self.file.insert("ga4", payload, state, self.model.now)
            self.model.put(number, state, place)
            numbers += [number] if state is State.LEASED else []
        self.flush()
        return multiple(*numbers)

    @rule(target=leased, place=st.sampled_from(PLACES), limit=st.integers(1, 5))
    def lease(self, place: str, limit: int) -> Any:
        answers: list[Any] = []
        self.file.lease("ga4", place, self.model.now, limit, answers.append)
        self.flush()
        numbers = [row.id for row in answers[0].rows]
        assert numbers == self.model.due(place, limit)
        for number in numbers:
            self.model.lease(number)
        return multiple(*numbers)

    def lone(self) -> list[int]:
        return [n for n, row in self.model.rows.items() if row[0] == State.QUEUED and row[2] >= LONE_FROM]

    @precondition(lambda self: self.lone())
    @rule(target=leased)
    def lease_alone(self) -> int:
        number = self.lone()[0]
        answers: list[Any] = []
        self.file.lease_one(Suspect(0, number, "ga4", self.model.rows[number][4]), answers.append)
        self.flush()
        assert [row.id for row in answers[0].rows] == [number]
        self.model.lease(number)
        return number

    @rule(number=consumes(leased), wait=st.integers(0, 9))
    def again(self, number: int, wait: int) -> None:
        if self.on_wire(number):
            self.file.queue(number, self.model.now + wait, "again")
            self.model.settle(number, State.QUEUED, self.model.now + wait)

    @rule(number=consumes(leased))
    def delivered(self, number: int) -> None:
        if self.on_wire(number):
            self.file.remove([number])
            self.model.settle(number, None, 0)

    @rule(number=consumes(leased))
    def park(self, number: int) -> None:
        if self.on_wire(number):
            self.file.park(number, self.model.now, "no")
            self.model.settle(number, State.DEAD, self.model.now)

    def on_wire(self, number: int) -> bool:
        return number in self.model.rows and self.model.rows[number][0] == State.LEASED

    @rule(seconds=st.integers(1, 10))
    def tick(self, seconds: int) -> None:
        self.model.now += seconds

    @rule(place=st.sampled_from(PLACES))
    def grow_too_old(self, place: str) -> None:
        self.loop.run_until_complete(self.file.expire("ga4", place, self.model.now + 1, "old", self.model.now))
        self.model.expire(place)

    @rule()
    def operator_retries_dead_letters(self) -> None:
        now = self.model.now
        self.loop.run_until_complete(self.file.change(RowFilter(state="dead"), "retry", now, now, 0, 1 << 60))
        self.model.retry()

    @rule()
    def crash(self) -> None:
        self.flush()
        self.loop.run_until_complete(self.file.close())
        self.model.reopen()
        self.open()

    @invariant()
    def the_disk_is_as_the_model_says(self) -> None:
        self.flush()
        connection = sqlite3.connect(self.folder / "outbox-0.db")
        found = connection.execute("SELECT id, state, attempts, crashes, destination FROM rows").fetchall()
        connection.close()
        assert {n: [*rest] for n, *rest in found} == {n: [*row[:3], row[4]] for n, row in self.model.rows.items()}

    def teardown(self) -> None:
        if hasattr(self, "file"):
            self.loop.run_until_complete(self.file.close())
            self.loop.close()
            shutil.rmtree(self.folder)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=30, stateful_step_count=25)
