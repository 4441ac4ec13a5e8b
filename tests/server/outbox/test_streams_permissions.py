"""A user of the servers who may do what the page on JetStream lists, and nothing else."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from config import NatsSettings
from server.outbox.commands import operate
from server.outbox.jetstream import JetStreamStore, Kept, connect, declared, examined, open_store, wanted
from server.outbox.jetstream.client import Connection
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import Names
from server.outbox.jetstream.stored import StoredRow
from server.outbox.keyfile import KeyClaim
from server.outbox.limits import LONE_FROM
from server.outbox.store import Suspect
from tests.server.outbox.played import Put
from tests.server.outbox.servers import NAMES, Nats, serving, settings
from tests.server.outbox.stores import PLACE, lease, lease_one, payload, put, states

PAGE = (Path(__file__).parents[3] / "docs" / "jetstream.md").read_text()
(LISTED,) = re.findall(r"```text\n(authorization \{\n  users.*?)```", PAGE, re.DOTALL)
ACCESS = LISTED.replace("TAGYARD", NAMES.rows).replace("$NATS_PASSWORD", "s3cret")
MAKES = [f"$JS.API.STREAM.CREATE.{name}" for name in NAMES.subjects]


def allowed(kind: str) -> list[str]:
    """The subjects that stand behind this word."""
    (found,) = re.findall(rf"{kind}: \[(.*?)\]", ACCESS, re.DOTALL)
    return re.findall(r'"(.*?)"', found)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """What is published and subscribed to from now on."""
    known: dict[str, set[str]] = {"publish": set(), "subscribe": set()}

    def note(kind: str, do: Callable[..., Any]) -> Callable[..., Any]:
        def noting(self: Connection, subject: str, *rest: Any, **more: Any) -> Any:
            known[kind].add(subject)
            return do(self, subject, *rest, **more)

        return noting

    for kind in known:
        monkeypatch.setattr(Connection, kind, note(kind, getattr(Connection, kind)))
    return known


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Nats]:
    """One that lets in nobody but this user, who may make the streams as well."""
    nats = Nats(tmp_path / "n", also=ACCESS.replace("publish: [", f"publish: [{', '.join(map(repr, MAKES))}, ", 1))
    with serving(nats):
        yield nats


async def deliver(store: JetStreamStore) -> None:
    """A key, a delivery, one that is tried again, dead letters, and a row that is sent alone."""
    claim = KeyClaim("key", store.take_id(), 60_000_000)
    assert await store.keys.claim(0, [claim], 1) == {}
    store.insert_claimed(claim.row, "ga4", payload(0), 0, claim.key)
    receipt = Put()
    store.put(receipt)
    await receipt.future
    ids = [claim.row, *await put(store, *map(payload, range(4)))]
    assert [row.id for row in (await lease(store)).rows] == ids
    gone, again, dead, lone, _ = ids
    store.remove([gone])
    store.queue(again, 1 << 50, "HTTP 503")
    store.park(dead, 5, "no")
    await store.flush()
    store._hand.drop(lone)
    found = await store._rows.find(lone)
    assert found is not None
    await store._rows.write([store._rows.message(replace(StoredRow.read(found.data), crashes=LONE_FROM, version=1))])
    await store._rows.delete(NAMES.rows, found.number)
    assert [row.id for row in (await lease_one(store, Suspect(0, lone, "ga4", PLACE))).rows] == [lone]
    assert (await store.measure()).used > 0
    together = await put(store, payload(5), payload(6))
    assert [row.id for row in (await lease(store)).rows] == together
    store.remove(together)
    assert await store.oldest("ga4", PLACE) is not None
    assert await store.census() is not None


async def command(store: JetStreamStore) -> None:
    """What an operator does, and what age does."""
    for asked in ({"do": "status"}, {"do": "list"}, {"do": "retry", "state": "dead"}, {"do": "drop", "state": "queued"}):
        assert "error" not in await operate(asked, [store], 1, lambda *_: None, 1)
    store.park((await put(store, payload(9)))[0], 5, "no")
    assert await store.expire("ga4", PLACE, 1 << 50, "too old", 5) == 1
    assert await store.remove_dead(10) == {"ga4": 1}


async def live(link: Callable[[], Awaitable[Link]]) -> None:
    """The life of an outbox: one replica dies, and another one goes on."""
    making = await link()
    made = [each.made async for each in declared(making, wanted(NAMES, replicas=1, max_bytes=1 << 20))]
    assert made == [True, True, True]
    await examined(making, NAMES, NatsSettings(), Kept(72 * 3600))
    dying = await open_store(making, NAMES, patience=0)
    dying.start(asyncio.get_running_loop())
    await deliver(dying)
    await command(dying)
    left = set(await states(dying))
    await dying.forsake()
    store = await open_store(await link(), NAMES, patience=0)
    await store._rows.link.ask(f"STREAM.PURGE.{NAMES.state}", {"filter": NAMES.alive(dying._replica.number)})
    store.start(asyncio.get_running_loop())
    await store._replica.bury(store._rows)
    assert set(await states(store)) == left
    await store.close()


def matches(pattern: str, subject: str) -> bool:
    """Whether the servers would count the subject to the pattern."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"[^.]+").replace(">", ".+"), subject) is not None


def test_a_user_who_may_do_what_the_page_lists_needs_nothing_else_and_nothing_less(
    server: Nats, used: dict[str, set[str]]
) -> None:
    with capture_logs() as logs:
        asyncio.run(asyncio.wait_for(live(lambda: connect(settings(server.url, user="tagyard", password="s3cret"))), 60))
    assert [line for line in logs if "refuse" in line["event"]] == []
    for kind in ("publish", "subscribe"):
        for pattern in allowed(kind):
            assert any(matches(pattern, subject) for subject in used[kind]), f"{pattern} is needed for nothing"


def test_a_user_of_one_stream_reaches_no_other(server: Nats) -> None:
    async def run() -> None:
        link = await connect(settings(server.url, user="tagyard", password="s3cret"))
        await link.say(Names("OTHER").changed, b"[]")
        await link.ask("STREAM.CREATE.SHOP", wanted(NAMES, replicas=1, max_bytes=1 << 20)[0])
        await link.close()

    with capture_logs() as logs:
        asyncio.run(run())
    assert ["OTHER-changed" in line["why"] or "other-changed" in line["why"] for line in logs if "refuse" in line["event"]] == [
        True
    ]
