"""How rows end where a replica dies, or is held up, before any of its steps: never live and dead, and a key goes with its row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from core.types import Sender
from server.outbox.jetstream import JetStreamStore
from server.outbox.jetstream.ending import Ending
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import id_in
from server.outbox.jetstream.stored import StoredRow
from server.outbox.jetstream.verdict import Verdict
from server.outbox.keyfile import KeyClaim
from server.outbox.limits import LONE_FROM, POISON_FROM
from server.outbox.selection import RowFilter
from server.outbox.store import Suspect
from tests.server.outbox.played import Put
from tests.server.outbox.stores import ALL, END, PLACE, lease, lease_one, listed, payload
from tests.server.outbox.streams import Server, StreamPlace

pytestmark = pytest.mark.process

KEY = "digest"
DEAD = RowFilter(state="dead")

Act = Callable[[JetStreamStore], Awaitable[object]]


@dataclass
class Steps:
    """What one replica says to the servers, one after the other: before one of them it is held up, or dies."""

    at: int
    link: Link | None = None
    said: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def over(self) -> bool:
        """Whether there was no such step."""
        return self.said <= self.at

    async def before(self, link: Link) -> None:
        if link is not self.link:
            return
        self.said += 1
        if self.said > self.at:
            self.reached.set()
            await self.goes_on.wait()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Steps], None]:
    """Has these steps counted from now on."""
    methods = {name: getattr(Link, name) for name in ("ask", "write", "write_together", "say", "gather")}

    def count(steps: Steps) -> None:
        for name, method in methods.items():

            async def run(self: Link, *what: Any, method: Any = method, **how: Any) -> Any:
                await steps.before(self)
                return await method(self, *what, **how)

            monkeypatch.setattr(Link, name, run)

    return count


async def opened(place: StreamPlace) -> JetStreamStore:
    """A replica that does only what it is told."""
    store = await place.open()
    store.start(asyncio.get_running_loop())
    store._replica.stop()
    return store


@asynccontextmanager
async def closing(*stores: JetStreamStore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        for store in stores:
            await store.close()


async def keyed(store: JetStreamStore) -> None:
    """A row that waits, and has a key."""
    receipt, id = Put(), store.take_id()
    assert await store.keys.claim(0, [KeyClaim(KEY, id, 3_600_000_000, Sender((), True))], 1) == {}
    store.insert_claimed(id, "ga4", payload(1), 0, KEY)
    store.put(receipt)
    await receipt.future
    await store.keys.confirm(0, [(id, KEY)])


async def sent(store: JetStreamStore) -> None:
    """A row that is on the wire."""
    await keyed(store)
    assert len((await lease(store)).rows) == 1


async def buried(store: JetStreamStore) -> None:
    """A dead letter."""
    await sent(store)
    await park(store)


async def crashed(store: JetStreamStore, times: int) -> None:
    """A row that waits and has cost so many replicas their lives."""
    await keyed(store)
    found = await store._rows.find(await only(store))
    assert found is not None
    assert await store._browse._ending.replace(replace(StoredRow.read(found.data), crashes=times, version=1), found)


async def alone(store: JetStreamStore) -> None:
    await crashed(store, LONE_FROM)


async def sent_once_more(store: JetStreamStore) -> None:
    """It is on the wire, with others for the last time."""
    await crashed(store, LONE_FROM - 1)
    assert len((await lease(store)).rows) == 1


async def sent_for_the_last_time(store: JetStreamStore) -> None:
    """It is on the wire alone, and will be given up if that costs another life."""
    await crashed(store, POISON_FROM - 1)
    assert len((await lease_one(store, Suspect(0, await only(store), "ga4", PLACE))).rows) == 1


async def only(store: JetStreamStore) -> int:
    (number,) = {id_in(subject) for subject in await subjects(store) if ".key." not in subject}
    return number


async def park(store: JetStreamStore) -> None:
    for held in store._hand:
        store.park(held.row.id, 5, "HTTP 400")
    await store.flush()


async def deliver(store: JetStreamStore) -> bool:
    """Whether there was something to deliver."""
    ids = [held.row.id for held in store._hand]
    store.remove(ids)
    await store.flush()
    return bool(ids)


async def try_later(store: JetStreamStore) -> None:
    for held in store._hand:
        store.queue(held.row.id, 0, "HTTP 503")
    await store.flush()


async def drop(store: JetStreamStore) -> None:
    await store.change(ALL, "drop", 50, 60, 0, END)


async def retry(store: JetStreamStore) -> None:
    await store.change(ALL, "retry", 50, 60, 0, END)


async def expire(store: JetStreamStore) -> None:
    await store.expire("ga4", PLACE, 1 << 60, "too old", 70)


async def take_over(store: JetStreamStore) -> None:
    await store._replica.bury(store._rows)


def has_on_wire(store: JetStreamStore) -> bool:
    return any(held.leased for held in store._hand)


async def subjects(store: JetStreamStore) -> list[str]:
    names = store._rows.names
    return [*await store._rows.link.subjects(names.rows, ">"), *await store._rows.link.subjects(names.dead, ">")]


async def outcome(store: JetStreamStore, *, delivered: bool = False) -> str:
    """What has become of the row in the end, by all there is of it: it is there once, and its key is free if nobody sends it."""
    for _ in range(2):
        await listed(store)
    names, link, found = store._rows.names, store._rows.link, await subjects(store)
    rows = [subject for subject in found if subject.split(".")[:2] in ([names.rows, "row"], [names.rows, "lone"])]
    dead = [subject for subject in found if subject.startswith(names.dead)]
    assert len(rows) + len(dead) <= 1, found
    for subject in rows:
        message = await link.last(names.rows, subject)
        assert message is not None
        assert Verdict.read_if_any(message.data) is None
        row = StoredRow.read(message.data)
        assert row.body == b'{"n":1}'
        return f"waits, {row.crashes} crashes, {'a key' if names.key(KEY) in found else 'no key'}"
    assert delivered or names.key(KEY) not in found, "nobody will send it"
    return "dead" if dead else "gone"


async def on_wire(place: StreamPlace, begin: Act) -> JetStreamStore:
    """The replica that acts, which has begun with this; where another one is to die, a second one acts."""
    store = await opened(place)
    await begin(store)
    return store


WAITS = "waits, 0 crashes, a key"
AGAIN = "waits, 0 crashes, no key"
CRASHED = "waits, 1 crashes, a key"

ENDS = [
    pytest.param(sent, park, {CRASHED, "dead"}, "dead", id="given up"),
    pytest.param(keyed, drop, {WAITS, "gone"}, "gone", id="dropped"),
    pytest.param(alone, drop, {f"waits, {LONE_FROM} crashes, a key", "gone"}, "gone", id="dropped, one that is sent alone"),
    pytest.param(buried, drop, {"dead", "gone"}, "gone", id="dropped, a dead letter"),
    pytest.param(keyed, retry, {WAITS}, WAITS, id="tried again"),
    pytest.param(alone, retry, {f"waits, {LONE_FROM} crashes, a key", WAITS}, WAITS, id="tried again, one that is sent alone"),
    pytest.param(buried, retry, {"dead", AGAIN}, AGAIN, id="tried again, a dead letter"),
    pytest.param(keyed, expire, {WAITS, "dead"}, "dead", id="too old"),
    pytest.param(alone, expire, {f"waits, {LONE_FROM} crashes, a key", "dead"}, "dead", id="too old, one that is sent alone"),
]
TAKEN_OVER = [
    pytest.param(sent, CRASHED, id="crashed"),
    pytest.param(sent_once_more, f"waits, {LONE_FROM} crashes, a key", id="crashed, and is sent alone"),
    pytest.param(sent_for_the_last_time, "dead", id="crashed too often"),
]


def every_step(nats: Server, scene: Callable[[StreamPlace, Steps], Awaitable[None]]) -> None:
    """Plays it with a stop before the first step, before the second, and so on, and to the end."""

    async def run() -> None:
        for at in range(100):
            steps, place = Steps(at), StreamPlace(nats)
            await scene(place, steps)
            place.breaks()  # servers bound how much room all streams together may take
            if steps.over:
                assert at > 0
                return

    asyncio.run(run())


async def until_held_up(steps: Steps, act: Act, store: JetStreamStore) -> asyncio.Task[object]:
    steps.link = store._rows.link
    acting = asyncio.ensure_future(act(store))
    reached = asyncio.ensure_future(steps.reached.wait())
    await asyncio.wait([acting, reached], return_when=asyncio.FIRST_COMPLETED)
    reached.cancel()
    return acting


@pytest.mark.parametrize(("begin", "act", "may", "must"), ENDS)
def test_a_replica_that_dies_before_a_step(
    nats: Server, counted: Callable[[Steps], None], begin: Act, act: Act, may: set[str], must: str
) -> None:
    async def scene(place: StreamPlace, steps: Steps) -> None:
        counted(steps)
        store = await on_wire(place, begin)
        acting = await until_held_up(steps, act, store)
        await place.kill(store)
        acting.cancel()
        other = await opened(place)
        async with closing(other):
            assert await outcome(other) in ({must} if steps.over else may), steps.at

    every_step(nats, scene)


@pytest.mark.parametrize(("begin", "act", "may", "must"), [ENDS[0], ENDS[1], ENDS[7]])
def test_a_replica_that_dies_before_a_step_in_a_stream_without_room(
    nats: Server, counted: Callable[[Steps], None], begin: Act, act: Act, may: set[str], must: str
) -> None:
    async def scene(place: StreamPlace, steps: Steps) -> None:
        counted(steps)
        store = await on_wire(place, begin)
        place.room(False)
        acting = await until_held_up(steps, act, store)
        await place.kill(store)
        acting.cancel()
        place.room(True)
        other = await opened(place)
        async with closing(other):
            assert await outcome(other) in ({must} if steps.over else {*may, AGAIN}), steps.at

    every_step(nats, scene)


@pytest.mark.parametrize(("begin", "must"), TAKEN_OVER)
def test_a_replica_that_dies_while_it_takes_over(nats: Server, counted: Callable[[Steps], None], begin: Act, must: str) -> None:
    async def scene(place: StreamPlace, steps: Steps) -> None:
        counted(steps)
        dead, store = await on_wire(place, begin), await opened(place)
        await place.kill(dead)
        await store._replica.live()
        acting = await until_held_up(steps, take_over, store)
        await place.kill(store)
        acting.cancel()
        other = await opened(place)
        async with closing(other):
            assert await outcome(other) == must, steps.at

    every_step(nats, scene)


async def lease_and_deliver(store: JetStreamStore) -> bool:
    await taken_over_from_all(store)
    await lease(store, now=100)
    return await deliver(store)


async def lease_and_park(store: JetStreamStore) -> None:
    await taken_over_from_all(store)
    await lease(store, now=100)
    await park(store)


async def lease_and_hold(store: JetStreamStore) -> None:
    await taken_over_from_all(store)
    await lease(store, now=100)


async def taken_over_from_all(store: JetStreamStore) -> None:
    """As if all the others had been silent for too long."""
    names = store._rows.names
    await store._rows.link.ask(f"STREAM.PURGE.{names.state}", {"filter": names.alive("*")})
    await store._replica.live()
    await take_over(store)


TAKES_OVER = [take_over, lease_and_deliver, lease_and_park, lease_and_hold]
MEANWHILE = [lease, drop, retry, expire, *TAKES_OVER]


@pytest.mark.parametrize("meanwhile", MEANWHILE)
@pytest.mark.parametrize(
    ("begin", "act"),
    [
        pytest.param(sent, park, id="given up"),
        pytest.param(sent, try_later, id="tried later"),
        pytest.param(keyed, drop, id="dropped"),
        pytest.param(buried, drop, id="dropped, a dead letter"),
        pytest.param(buried, retry, id="tried again, a dead letter"),
        pytest.param(alone, retry, id="tried again, one that is sent alone"),
        pytest.param(keyed, expire, id="too old"),
        pytest.param(keyed, lease, id="leased"),
    ],
)
def test_a_replica_that_is_held_up_while_another_one_acts(
    nats: Server, counted: Callable[[Steps], None], begin: Act, act: Act, meanwhile: Act
) -> None:
    async def scene(place: StreamPlace, steps: Steps) -> None:
        counted(steps)
        store, other = await on_wire(place, begin), await opened(place)
        async with closing(store, other):
            acting = await until_held_up(steps, act, store)
            delivered = await meanwhile(other) is True
            steps.goes_on.set()
            await acting
            what = await outcome(other, delivered=delivered)
            if retry not in (act, meanwhile):  # what was a dead letter has no key
                assert not what.startswith("waits") or "a key" in what
            if has_on_wire(other) or (act is lease and meanwhile not in TAKES_OVER and has_on_wire(store)):
                assert what.startswith("waits"), "it may be delivered yet"

    every_step(nats, scene)


@pytest.mark.parametrize("meanwhile", [retry, drop])
def test_a_replica_that_is_held_up_for_longer_than_the_servers_know_what_is_written_twice(
    nats: Server, counted: Callable[[Steps], None], monkeypatch: pytest.MonkeyPatch, meanwhile: Act
) -> None:
    letter = Ending._letter
    monkeypatch.setattr(Ending, "_letter", lambda self, row: replace(letter(self, row), id=""))

    async def scene(place: StreamPlace, steps: Steps) -> None:
        counted(steps)
        store, other = await on_wire(place, sent), await opened(place)
        async with closing(store, other):
            acting = await until_held_up(steps, park, store)
            await listed(other)
            await meanwhile(other)
            steps.goes_on.set()
            await acting
            await outcome(other)

    every_step(nats, scene)
