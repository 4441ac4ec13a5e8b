"""What unfinished requests hold, and who gives it back when it is too much."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop

from server.connections import listener as listening
from server.connections import refusals
from server.connections.pages import Pages
from server.connections.protocol import SMALL
from server.connections.refusals import Refusal
from server.connections.terms import Terms
from server.connections.uploads import RELIEVED, Uploads
from tests.server.connections.echo import Echo, chunks
from tests.server.raw import Raw, connected, exchange, serving
from tests.waiting import until_soon

MOST = 1 << 20
POST = b"POST /g/collect HTTP/1.1\r\nHost: a\r\n"
HIT = POST + b"Content-Length: 4\r\n\r\nen=x"


@dataclass(eq=False)
class Lying:
    name: str
    since: float
    gave: list[str] = field(default_factory=list)

    def occupied(self, held: int, now: float) -> float:
        return held * (now - self.since)

    def give_back(self) -> None:
        self.gave.append(self.name)


def test_the_one_that_held_most_for_longest_gives_way_and_a_small_fresh_one_never() -> None:
    gave: list[str] = []
    uploads = Uploads(lambda: 10.0, 1000)
    old, large, small = Lying("old", 0.0, gave), Lying("large", 8.0, gave), Lying("small", 0.0, gave)
    uploads.hold(small, 10)
    uploads.hold(old, 200)
    uploads.hold(large, 700)
    assert (gave, uploads.held) == ([], 910)
    uploads.hold(Lying("fresh", 10.0, gave), 95)
    assert (gave, uploads.held) == (["old"], 805)
    uploads.hold(large, 950)
    assert (gave, uploads.held) == (["old", "large"], 105)


def test_it_is_brought_down_further_than_to_the_bound() -> None:
    gave: list[str] = []
    uploads = Uploads(lambda: 10.0, 1000)
    for number in range(100):
        uploads.hold(Lying(str(number), number / 10, gave), 10)
    assert gave == []
    uploads.hold(Lying("last", 9.99, gave), 10)
    assert uploads.held <= 1000 * RELIEVED
    assert gave == [str(number) for number in range(len(gave))]


def test_what_is_held_no_more_does_not_count() -> None:
    uploads = Uploads(lambda: 0.0, 1000)
    one = Lying("one", 0.0)
    for size in (10, 500, 20, 0, 0):
        uploads.hold(one, size)
        assert uploads.held == size
    assert not uploads._each


def test_pages_take_what_fits_and_give_it_all() -> None:
    pages = Pages(10_000)
    assert pages.add(b"x" * 6000)
    assert not pages.add(b"y" * 5000)
    assert pages.add(b"z" * 4000)
    assert pages.take() == b"x" * 6000 + b"z" * 4000


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_HELD", MOST)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(scenario(), 60))


def announced(size: int, sent: int) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * sent


BODIES = {
    "of known length": announced(300_000, 0) + b"x" * 300_000,
    "in chunks": POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(*[b"x" * 100_000] * 3),
    "after a wish to upgrade": POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000,
}


@pytest.mark.parametrize("name", BODIES)
def test_a_large_body_arrives_whole_however_it_is_cut(name: str) -> None:
    async def scenario() -> None:
        async with serving(Echo()) as (listener, port), connected(port) as raw:
            for size in (1 << 20, SMALL - 1, 7001):
                for at in range(0, len(BODIES[name]), size):
                    await raw.send(BODIES[name][at : at + size])
                    await asyncio.sleep(0)
                assert (await raw.reply())[::2] == (200, b"x" * 300_000)
            assert listener.uploads.held == 0

    run(scenario)


@pytest.mark.parametrize("head", [b"Content-Length: 5000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n"])
def test_what_has_come_counts_and_not_what_is_announced(head: bytes) -> None:
    async def scenario() -> None:
        async with serving(Echo()) as (listener, port), connected(port) as raw:
            await raw.send(POST + head)
            await until_soon(lambda: bool(listener.server_state.tasks))
            assert listener.uploads.held == 0
            for sent in (1000, SMALL, 300_000):
                await raw.send(b"x" * (sent - listener.uploads.held))
                await until_soon(lambda sent=sent: listener.uploads.held == sent)  # type: ignore[misc]  # bound now
            raw.leave()
            await until_soon(lambda: listener.uploads.held == 0)

    run(scenario)


LYING = {
    "bodies": announced(400_000, 390_000),
    "chunks": POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"fffff\r\n" + b"x" * 390_000,
    "heads": POST + b"".join(b"X-%d: y\r\n" % n for n in range(500)),
    "cookies": POST + b"Cookie: a=" + b"x" * 60_000,
    "a first line": b"GET /" + b"x" * 15_000,
    "behind a request that is answered": HIT + announced(400_000, 60_000),
}
SLOW = "behind a request that is answered"


@pytest.mark.parametrize("name", LYING)
def test_whatever_lies_about_is_bounded_and_a_hit_is_taken_all_the_same(name: str) -> None:
    told: list[Refusal] = []
    echo = Echo()
    senders = 2 * MOST // min(len(LYING[name]), 300_000) + 20 if name != "heads" else 40
    if name == SLOW:
        echo.answering.clear()

    async def scenario() -> None:
        raws: list[Raw] = []
        async with serving(echo, terms=Terms(closed=lambda refusal, *_: told.append(refusal))) as (listener, port):
            for _ in range(senders):
                raws.append(Raw(*await asyncio.open_connection("127.0.0.1", port)))
                raws[-1].writer.write(LYING[name])
            await until_soon(lambda: refusals.MEMORY in told)
            assert listener.uploads.held <= MOST
            echo.answering.set()
            assert (await exchange(port, HIT))[0] == 200
            assert {refusal.reason for refusal in told} == {"memory"}
            for raw in raws:
                raw.leave()
            await until_soon(lambda: listener.uploads.held == 0 and not listener.server_state.connections)

    run(scenario)


def test_whoever_gives_way_is_told_so_after_the_answers_that_he_waits_for() -> None:
    async def scenario() -> None:
        echo = Echo()
        async with serving(echo) as (listener, port), connected(port) as raw:
            echo.answering.clear()
            await raw.send(HIT + announced(400_000, 50_000))
            await until_soon(lambda: listener.uploads.held == 50_000)
            (connection,) = listener.server_state.connections
            connection.give_back()  # type: ignore[union-attr]  # it is ours
            echo.answering.set()
            assert (await raw.reply())[0] == 200
            status, headers, text = await raw.reply()
            assert (status, headers["connection"]) == (503, "close")
            assert b"memory" in text
            assert await raw.closed()

    run(scenario)


def test_a_large_body_counts_whole_while_the_request_before_it_waits_for_its_answer() -> None:
    async def scenario() -> None:
        echo = Echo()
        async with serving(echo) as (listener, port), connected(port) as raw:
            await until_soon(lambda: bool(listener.server_state.connections))
            (connection,) = listener.server_state.connections
            echo.answering.clear()
            pieces = b"".join(b"7530\r\n%s\r\n" % (b"x" * 30_000) for _ in range(6))
            head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
            connection.data_received(HIT + head + pieces)
            assert listener.uploads.held == 180_000
            connection.data_received(b"0\r\n\r\n")
            assert listener.uploads.held == 180_000
            echo.answering.set()
            assert [len((await raw.reply())[2]) for _ in range(2)] == [4, 180_000]
            assert listener.uploads.held == 0

    run(scenario)


def test_a_chunked_body_beyond_the_limit_is_handed_on_to_whoever_refuses_it() -> None:
    async def refusing(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        read = 0
        while read <= 200_000:
            read += len((await receive())["body"])
        await send({"type": "http.response.start", "status": 413, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": b""})

    async def scenario() -> None:
        async with serving(refusing, terms=Terms(max_body=200_000)) as (listener, port), connected(port) as raw:
            raw.writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"fffff\r\n" + b"x" * 300_000)
            assert (await raw.reader.readline()).startswith(b"HTTP/1.1 413 ")
            await until_soon(lambda: listener.uploads.held == 0)

    run(scenario)
