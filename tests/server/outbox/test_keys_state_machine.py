"""Two workers' acceptances with keys in random order, killed between any two steps, against a model of what must be on disk."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, precondition, rule

from core.types import Payload
from server.outbox import keyfile
from server.outbox.keyfile import KeyClaim, KeyFile
from server.outbox.row import State, rare_record
from server.outbox.selection import RowFilter
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import given_back, insert_rare, lost_keys, remove, unclaim

WORKERS = (0, 1)
WINDOW = 10


@dataclass
class Flight:
    """An acceptance between two of its steps."""

    worker: int
    key: str
    row: int
    file: OutboxFile
    """The file as its process has it: another object after a kill."""


@dataclass
class Model:
    """``keys``: who has it, since when, and whether it is only claimed. ``rows``: by worker and id, state and key."""

    keys: dict[str, tuple[Flight, int, bool]] = field(default_factory=dict)
    rows: dict[tuple[int, int], list[Any]] = field(default_factory=dict)
    dropped: set[tuple[int, int, str]] = field(default_factory=set)
    now: int = 0

    def holder(self, key: str) -> tuple[Flight, int, bool] | None:
        found = self.keys.get(key)
        return found if found and (found[2] or found[1] + WINDOW > self.now) else None

    def give_back(self, worker: int, row: int, key: str) -> None:
        if key in self.keys and (self.keys[key][0].worker, self.keys[key][0].row) == (worker, row):
            del self.keys[key]

    def restart(self, worker: int) -> None:
        for key, (flight, seen, pending) in list(self.keys.items()):
            if pending and flight.worker == worker:
                if self.rows.get((worker, flight.row)) is not None:
                    self.keys[key] = (flight, seen, False)
                else:
                    del self.keys[key]
        for (owner, _), row in self.rows.items():
            if owner == worker and row[0] == State.CLAIMED:
                row[0] = State.QUEUED


class Keyed(RuleBasedStateMachine):
    claimed: Bundle[Flight] = Bundle("claimed")
    committed: Bundle[Flight] = Bundle("committed")
    confirmed: Bundle[Flight] = Bundle("confirmed")
    queued: Bundle[Flight] = Bundle("queued")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.model = Model()
        self.keys = KeyFile.open(self.folder)
        self.files = {worker: OutboxFile.open(self.folder, worker) for worker in WORKERS}

    def alive(self, flight: Flight) -> bool:
        """Whether the process that began it is still the same."""
        return self.files[flight.worker] is flight.file

    @rule(target=claimed, worker=st.sampled_from(WORKERS), key=st.sampled_from("abc"))
    def claim(self, worker: int, key: str) -> Any:
        file = self.files[worker]
        flight = Flight(worker, key, file.take_id(), file)
        held = self.model.holder(key)
        found = keyfile.claim(self.keys.connection, worker, [KeyClaim(key, flight.row, WINDOW)], self.model.now)
        assert found == (None if held and held[2] else {key: held[1]} if held else {})
        if held:
            return multiple()
        self.model.keys[key] = (flight, self.model.now, True)
        return flight

    @rule(target=committed, flight=consumes(claimed))
    def commit(self, flight: Flight) -> Any:
        if not self.alive(flight):
            return multiple()
        values = rare_record(flight.row, "t", Payload(flight.key, "https://v"), State.CLAIMED, 0, flight.key)
        self.files[flight.worker].ask_now(lambda connection: insert_rare(connection, values))
        self.model.rows[flight.worker, flight.row] = [State.CLAIMED, flight.key]
        return flight

    @rule(flight=consumes(claimed))
    def refuse(self, flight: Flight) -> None:
        if self.alive(flight):
            keyfile.release(self.keys.connection, flight.worker, [(flight.row, flight.key)])
            self.model.give_back(flight.worker, flight.row, flight.key)

    @rule(target=confirmed, flight=consumes(committed))
    def confirm(self, flight: Flight) -> Any:
        if not self.alive(flight):
            return multiple()
        keyfile.confirm(self.keys.connection, flight.worker, [(flight.row, flight.key)])
        self.model.keys[flight.key] = (flight, self.model.keys[flight.key][1], False)
        return flight

    @rule(target=queued, flight=consumes(confirmed))
    def queue(self, flight: Flight) -> Any:
        if not self.alive(flight):
            return multiple()
        self.files[flight.worker].ask_now(lambda connection: unclaim(connection, [flight.row]))
        self.model.rows[flight.worker, flight.row][0] = State.QUEUED
        return flight

    def change(self, worker: int, action: str, wanted: RowFilter) -> None:
        asyncio.run(self.files[worker].change(wanted, action, self.model.now, self.model.now, 0, 1 << 60))

    def waiting(self) -> list[tuple[int, int]]:
        return [place for place, row in self.model.rows.items() if row[0] == State.QUEUED]

    @precondition(lambda self: self.waiting())
    @rule(at=st.integers(0, 9))
    def deliver(self, at: int) -> None:
        worker, number = self.waiting()[at % len(self.waiting())]
        self.files[worker].ask_now(lambda connection: remove(connection, [number]))
        del self.model.rows[worker, number]

    @precondition(lambda self: self.waiting())
    @rule(at=st.integers(0, 9))
    def park(self, at: int) -> None:
        worker, number = self.waiting()[at % len(self.waiting())]
        self.files[worker].ask_now(lambda connection: connection.execute("UPDATE rows SET state = 2 WHERE id = ?", (number,)))
        self.model.rows[worker, number][0] = State.DEAD

    @precondition(lambda self: self.waiting())
    @rule(at=st.integers(0, 9))
    def drop(self, at: int) -> None:
        worker, number = self.waiting()[at % len(self.waiting())]
        self.change(worker, "drop", RowFilter(ids=(number,)))
        key = self.model.rows.pop((worker, number))[1]
        self.model.dropped |= {(worker, number, key)} if key else set()

    @rule(worker=st.sampled_from(WORKERS))
    def operator_retries_dead_letters(self, worker: int) -> None:
        self.change(worker, "retry", RowFilter(state="dead"))
        for (owner, _), row in self.model.rows.items():
            if owner == worker and row[0] == State.DEAD:
                row[0] = State.QUEUED

    @rule(worker=st.sampled_from(WORKERS), die=st.booleans())
    def give_back(self, worker: int, die: bool) -> None:
        """In two steps, between which the process may die."""
        lost = self.files[worker].ask_now(lost_keys)
        keyfile.release(self.keys.connection, worker, lost)
        for row, key in lost:
            self.model.give_back(worker, row, key)
        if die:
            self.crash(worker)
            return
        self.files[worker].ask_now(lambda connection: given_back(connection, lost))
        for (owner, number), held in self.model.rows.items():
            if owner == worker and (number, held[1]) in lost:
                held[1] = None
        self.model.dropped -= {(worker, row, key) for row, key in lost}

    @rule(steps=st.integers(1, WINDOW))
    def tick(self, steps: int) -> None:
        self.model.now += steps

    @rule(worker=st.sampled_from(WORKERS))
    def crash(self, worker: int) -> None:
        self.files[worker].shut()
        self.files[worker] = OutboxFile.open(self.folder, worker)
        self.model.restart(worker)

    @invariant()
    def the_disk_is_as_the_model_says(self) -> None:
        found = self.keys.connection.execute("SELECT key, file, row, seen, pending FROM keys").fetchall()
        on_disk = {key: rest for key, *rest in found if rest[3] or rest[2] + WINDOW > self.model.now}
        held = {key: self.model.holder(key) for key in self.model.keys}
        assert on_disk == {key: [it[0].worker, it[0].row, it[1], it[2]] for key, it in held.items() if it}
        for worker, file in self.files.items():
            rows = file.ask_now(lambda connection: connection.execute("SELECT id, state, once FROM rows").fetchall())
            expected = {row: held for (owner, row), held in self.model.rows.items() if owner == worker}
            assert {number: rest for number, *rest in rows} == expected

    def teardown(self) -> None:
        if hasattr(self, "files"):
            for file in self.files.values():
                file.shut()
            self.keys.close()
            shutil.rmtree(self.folder)


TestKeyed = Keyed.TestCase
TestKeyed.settings = settings(max_examples=30, stateful_step_count=30)
