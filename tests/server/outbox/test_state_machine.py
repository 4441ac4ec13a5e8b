"""Random lives of a file beside the same life of the store in memory: after every step nobody can tell them apart."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from server.outbox.jetstream import JetStreamStore
from server.outbox.row import FORMAT, State
from server.outbox.selection import MAY, RowFilter
from server.outbox.store import Found, Leased, Store
from tests.server.outbox.memory import MemoryStore
from tests.server.outbox.played import Put
from tests.server.outbox.stores import END, FilePlace, MemoryPlace, Place, lease, lease_one, listed, payload
from tests.server.outbox.streams import Server, StreamPlace

Seen = TypeVar("Seen")

TAGS, ADDRESSES, KEYS = ("ga4", "log"), ("https://a.example", "https://b.example"), ("a", "b", "c")
NUMBER = 7
tags, addresses = st.sampled_from(TAGS), st.sampled_from(ADDRESSES)
few = st.lists(st.integers(0, 20), max_size=4)
filters = st.builds(
    RowFilter,
    tag=st.sampled_from([None, *TAGS]),
    state=st.sampled_from([None, "queued", "leased", "dead", "held"]),
    older_than=st.one_of(st.none(), st.integers(1000, 1200)),
    event=st.sampled_from([None, "", "purchase"]),
    ids=st.one_of(st.none(), st.lists(st.integers(1, 30), max_size=5).map(tuple)),
)


class Life(RuleBasedStateMachine):
    """Of a file; ``LifeOfStreams`` is that of streams, whose rows come by a lease, and whose ids and marks are their own."""

    marks = True
    """Whether what bounds a command is the largest id."""

    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.places = self.made()
        self.now = 1000
        self.open()

    def made(self) -> tuple[Place, MemoryPlace]:
        return FilePlace(self.root), MemoryPlace()

    def teardown(self) -> None:
        if hasattr(self, "root"):
            self.both(lambda store: store.close())
            self.loop.close()
            shutil.rmtree(self.root)

    def open(self, now: int | None = None, *, adopted: bool = False) -> None:
        async def opened(place: Place) -> Store:
            told = now if place.keeps_time else None
            store = await place.adopt(NUMBER, told) if adopted else await place.open(told, number=NUMBER)
            store.start(self.loop)
            return store

        self.stores = [self.loop.run_until_complete(opened(place)) for place in self.places]
        self.agree()
        ours, model = (self.foundings(store.found) for store in self.stores)
        assert ours == model

    def agree(self) -> None:
        """They may have to agree on something, once they are open."""

    def foundings(self, found: Found) -> Any:
        """What both must have found alike."""
        return _found(found)

    def both(self, scene: Callable[[Store], Awaitable[Seen]]) -> Seen:
        """Plays it with the file and with the model, and gives what both have answered."""
        ours, model = (self.loop.run_until_complete(_awaited(scene(store))) for store in self.stores)
        assert ours == model
        return model

    def rows(self, *states: State) -> list[int]:
        return sorted(id for id, row in self.places[1].disk.rows.items() if row.state in states)

    def some(self, chosen: Sequence[int], *states: State) -> list[int]:
        """The rows in these states that the numbers hit."""
        rows = self.rows(*states)
        return sorted({rows[number % len(rows)] for number in chosen}) if rows else []

    @rule(states=st.lists(st.sampled_from([State.QUEUED, State.LEASED]), min_size=1, max_size=6), tag=tags, address=addresses)
    def inserted(self, states: list[State], tag: str, address: str) -> None:
        if not self.stores[0].straight:
            states = [State.QUEUED for _ in states]

        async def scene(store: Store) -> list[int]:
            receipt = Put()
            ids = [store.insert(tag, self.fresh(address, state), state, self.now) for state in states]
            store.put(receipt)
            await receipt.future
            return ids

        self.both(scene)

    def fresh(self, address: str, number: int) -> Any:
        return payload(number, destination=address, received_at=self.now, event_name="purchase" if number else "")

    @precondition(lambda self: self.stores[0].claims)
    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True), tag=tags, address=addresses)
    def claimed(self, keys: list[str], tag: str, address: str) -> None:
        async def scene(store: Store) -> None:
            receipt = Put()
            for key in keys:
                store.insert_claimed(store.take_id(), tag, self.fresh(address, 0), self.now, key)
            store.put(receipt)
            await receipt.future

        self.both(scene)

    @rule(chosen=few)
    def confirmed(self, chosen: list[int]) -> None:
        ids = self.some(chosen, State.CLAIMED, State.DEAD, State.LEASED)
        self.both(lambda store: store.unclaim(ids))

    @rule(tag=tags, address=addresses, limit=st.integers(1, 5))
    def leased(self, tag: str, address: str, limit: int) -> None:
        self.both(lambda store: _told(lease(store, self.now, limit, tag, address)))

    @precondition(lambda self: self.stores[1].found.suspects)
    @rule(number=st.integers(0, 20))
    def leased_alone(self, number: int) -> None:
        """Also one that is gone, or was retried meanwhile."""
        suspects = self.stores[1].found.suspects
        self.both(lambda store: _told(lease_one(store, suspects[number % len(suspects)])))

    @rule(gone=few, again=few, dead=few, tag=tags, address=addresses, wait=st.integers(0, 9), taken_back=st.booleans())
    def a_turn(
        self, gone: list[int], again: list[int], dead: list[int], tag: str, address: str, wait: int, taken_back: bool
    ) -> None:
        """Whatever comes together: settlements, some of rows that are not on the wire, fresh rows, and a lease."""
        removed = self.some(gone, State.LEASED)
        queued = self.some(again, State.LEASED, State.DEAD, State.QUEUED, State.CLAIMED)
        parked = [id for id in self.some(dead, State.LEASED, State.DEAD, State.QUEUED) if id not in queued]

        async def scene(store: Store) -> Any:
            asked = asyncio.ensure_future(lease(store, self.now, 3, tag, address))
            await asyncio.sleep(0)
            fresh = store.insert(tag, self.fresh(address, 1), State.QUEUED, self.now)
            store.remove([*removed, fresh] if taken_back else removed)
            for id in queued:
                store.queue(id, self.now + wait, "again", f"answer {wait}" if wait % 2 else None)
            for id in parked:
                store.park(id, self.now, "no", "said no")
            store.put(Put())
            return await _told(asked)

        self.both(scene)

    @rule(tag=tags, address=addresses, age=st.integers(0, 60))
    def grown_too_old(self, tag: str, address: str, age: int) -> None:
        self.both(lambda store: store.expire(tag, address, self.now - age, "too old", self.now))

    @rule(age=st.integers(0, 60))
    def buried(self, age: int) -> None:
        self.both(lambda store: store.remove_dead(self.now - age))

    @rule(action=st.sampled_from(sorted(MAY)), wanted=filters)
    def an_operator(self, action: str, wanted: RowFilter) -> None:
        async def scene(store: Store) -> Any:
            found: dict[Any, int] = {}
            after: int | None = 0
            until = await store.last_id()  # a row that is retried may get a place behind all others
            while after is not None:
                part = await store.change(wanted, action, self.now, self.now, after, until)
                for each in part.found:
                    key = each.tag, each.destination, each.state
                    found[key] = found.get(key, 0) + each.rows
                after = part.next
            return found

        self.both(scene)

    @rule(number=st.integers(0, 5))
    def keys_are_given_back(self, number: int) -> None:
        async def scene(store: Store) -> Any:
            lost = sorted(await store.lost_keys())[:number]
            await store.given_back(lost)
            return lost

        self.both(scene)

    @rule(seconds=st.sampled_from([1, 10, 100, -50, 1 << 35]))
    def time_passes(self, seconds: int) -> None:
        self.now = max(1000, self.now + seconds)

    @rule(said=st.booleans(), adopted=st.booleans(), told=st.booleans(), spoilt=few, later=few)
    def killed(self, said: bool, adopted: bool, told: bool, spoilt: list[int], later: list[int]) -> None:
        """What was said and not flushed is gone. Whoever comes next may be another worker, which adopts the file."""
        rows = self.rows(*State)

        async def scene(place: Place, store: Store) -> None:
            if said:
                store.insert("ga4", self.fresh(ADDRESSES[0], 0), State.QUEUED, self.now)
                store.remove(rows)
                store.put(Put())
            await place.kill(store)

        places: Sequence[Place] = self.places
        for place, store in zip(places, self.stores, strict=True):
            self.loop.run_until_complete(scene(place, store))
            place.write([rows[number % len(rows)] for number in spoilt if rows], spoilt=True)
            place.write([rows[number % len(rows)] for number in later if rows], format=FORMAT + 1)
        self.open(self.now if told else None, adopted=adopted)

    @rule(released=st.booleans())
    def stopped_in_good_order(self, released: bool) -> None:
        self.both(lambda store: store.close())
        for place in self.places if released else ():
            place.write(self.rows(State.HELD), format=FORMAT)
        self.open()

    @invariant()
    def nobody_can_tell_them_apart(self) -> None:
        async def scene(store: Store) -> Any:
            await store.flush()
            standing: dict[Any, tuple[int, int]] = {}
            after: int | None = 0
            while after is not None:
                part = await store.status(after, END)
                for each in part.found:
                    rows, oldest = standing.get((each.tag, each.state), (0, each.oldest))
                    standing[each.tag, each.state] = rows + each.rows, min(oldest, each.oldest)
                after = part.next
            ages = [await store.oldest(tag, address) for tag in TAGS for address in ADDRESSES]
            bound = await store.last_id() if self.marks else 0
            return standing, ages, await listed(store), sorted(await store.lost_keys()), bound

        self.both(scene)


async def _awaited(scene: Awaitable[Seen]) -> Seen:
    return await scene


async def _told(asked: Awaitable[Leased]) -> Any:
    leased = await asked
    return list(leased.rows), leased.next_due, list(leased.unreadable)


def _found(found: Found) -> Any:
    return sorted(found.waiting, key=repr), list(found.suspects), +found.dead, found.held


class LifeOfStreams(Life):
    """Its server is started with the first of them."""

    marks = False
    server: ClassVar[Server]

    def made(self) -> tuple[Place, MemoryPlace]:
        return StreamPlace(self.server), MemoryPlace(straight=False)

    def agree(self) -> None:
        """On the ids of rows that are to come."""
        streams, model = self.stores
        assert isinstance(streams, JetStreamStore)
        assert isinstance(model, MemoryStore)
        model._next_id = streams._next_id

    def foundings(self, found: Found) -> Any:
        """The streams do not know when the first row is due."""
        return _found(replace(found, waiting=[replace(each, due_at=0) for each in found.waiting]))


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=25)


def test_a_life_of_streams(nats: Server) -> None:
    LifeOfStreams.server = nats
    run_state_machine_as_test(LifeOfStreams, settings=settings(max_examples=5, stateful_step_count=15, deadline=None))
