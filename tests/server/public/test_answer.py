"""What is answered without ASGI is answered as by ASGI, byte for byte, and counted and remembered the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import pytest
import structlog
from uvicorn.config import Config
from uvicorn.server import ServerState

from core.types import Payload, Reply
from server.connections.protocol import GuardedProtocol
from server.connections.terms import Terms
from server.connections.uploads import MOST_HELD, Uploads
from server.delivery import Suppressed
from tests.server.connections.wire import DATE, Socket
from tests.server.public.bench import UPSTREAM, Bench

HOST: Final = b"Host: m.example.com\r\n"
GET: Final = b"GET /g/collect?v=2&en=%C3%A4 HTTP/1.1\r\n" + HOST
PAGE: Final = b"Origin: https://www.example.com\r\n"


def post(body: bytes, fields: bytes = b"") -> bytes:
    return b"POST /g/collect?v=2 HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n%s" % (HOST, fields, len(body), body)


REQUESTS: Final = {
    "a hit": GET + b"\r\n",
    "of a page": GET + PAGE + b"\r\n",
    "with a body": post(b"en=x", PAGE),
    "with an empty body": post(b""),
    "with a body that is too large": post(b"x" * 2000),
    "two at once": post(b"en=x") + post(b"en=y"),
    "many at once": (GET + b"\r\n") * 16,
    "the last": GET + b"Connection: close\r\n\r\n",
    "HTTP/1.0": b"GET /g/collect HTTP/1.0\r\n\r\n",
    "that stays in HTTP/1.0": b"GET /g/collect HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "HEAD": b"HEAD /g/collect HTTP/1.1\r\n" + HOST + b"\r\n",
    "a preflight": b"OPTIONS /g/collect HTTP/1.1\r\n" + HOST + PAGE + b"Access-Control-Request-Headers: x-a\r\n\r\n",
    "a probe": b"GET /healthy HTTP/1.1\r\n" + HOST + b"\r\n",
    "a favicon": b"GET /favicon.ico HTTP/1.1\r\n" + HOST + b"\r\n",
    "nobody's": b"GET /other HTTP/1.1\r\n" + HOST + b"\r\n",
    "encoded": b"GET /g%2Fcollect/%C3%A4 HTTP/1.1\r\n" + HOST + b"X-A: \xc3\xa4 \r\nx-a: b\r\n\r\n",
    "crumbs": GET + b"Cookie: a=b\r\nCookie: c=d\r\n\r\n",
    "one that waits": b"POST /g/collect HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\nen=x",
    "chunks": b"POST /g/collect HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nen\r\n2\r\n=x\r\n0\r\n\r\n",
    "an upgrade": GET + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "a body that is none": b"POST /g/collect HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz",
    "a body that does not come": b"POST /g/collect HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nen",
}


def nothing(_: Bench) -> None: ...


def replying(reply: Any) -> Callable[[Bench], None]:
    def change(bench: Bench) -> None:
        bench.client.reply = reply

    return change


def full(bench: Bench) -> None:
    bench.intake.full = True


def refusing(bench: Bench) -> None:
    bench.intake.refusal = OSError("no space left on device")


def losing(bench: Bench) -> None:
    bench.intake.committed = asyncio.get_running_loop().create_future()
    bench.intake.committed.set_exception(OSError("the disk is gone"))


def a_duplicate(bench: Bench) -> None:
    bench.intake.committed = asyncio.get_running_loop().create_future()
    bench.intake.committed.set_result((Suppressed("ga4", Payload({}, "https://vendor.example"), 1),))


def broken(bench: Bench) -> None:
    bench.app._reception = None  # type: ignore[assignment]  # asked for anything it fails


CHANGES: Final = {
    "as it is": nothing,
    "with a text": replying(Reply(200, (("Content-Type", "text/plain"), ("x-a", "b")), b"ok")),
    "with a cookie": replying(Reply(200, (("set-cookie", "a=1; Path=/"), ("cache-control", "no-store")), b"ok")),
    "with lists for headers": replying(Reply(200, (["x-a", "b"],), b"ok")),  # type: ignore[arg-type]  # a plugin's
    "with an end": replying(Reply(200, (("connection", "close"),), b"ok")),
    "with a word of its own on embedding": replying(Reply(200, (("cross-origin-resource-policy", "same-site"),), b"ok")),
    "with such a word in capitals": replying(Reply(200, (("Cross-Origin-Resource-Policy", "same-site"),), b"ok")),
    "with a header that is none": replying(Reply(200, (("x y", "b"),), b"ok")),
    "with a body where none may be": replying(Reply(204, (), b"no")),
    "not modified": replying(Reply(304, (("etag", '"1"'),))),
    "with a file": replying(UPSTREAM),
    "full": full,
    "refusing": refusing,
    "losing": losing,
    "a duplicate": a_duplicate,
    "broken": broken,
}


async def asked(request: bytes, change: Callable[[Bench], None], *, straight: bool) -> Any:
    bench, state, wire = Bench(), ServerState(), Socket()
    change(bench)
    state.default_headers = DATE
    config = Config(bench.app, ws="none", lifespan="off", log_config=None, access_log=False)
    protocol = GuardedProtocol(
        config,
        state,
        {},
        asyncio.get_running_loop(),
        answer=bench.app.answer if straight else None,
        terms=Terms(),
        uploads=Uploads(lambda: 0.0, MOST_HELD),
    )
    protocol.connection_made(wire)
    protocol.data_received(request)
    for _ in range(60):
        await asyncio.sleep(0)
    closed = wire.closing
    protocol.connection_lost(None)
    for _ in range(10):
        await asyncio.sleep(0)
    counts = {name: count for name, count in bench.counts.snapshot().items() if "seconds" not in name}
    records = [(each.status, each.refused, each.suppressed, each.run.client) for each in bench.observer.recorder.since(0)]
    seen = [(each.method, each.path, each.query, each.headers, each.body, each.ip) for each in bench.client.requests]
    return wire.said, closed, len(state.tasks), state.total_requests, counts, records, seen


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_ways_do_and_say_the_same(request_: bytes, change: Callable[[Bench], None]) -> None:
    for _ in range(2):  # the second time its lines are known
        with structlog.testing.capture_logs() as first:
            straight = asyncio.run(asked(request_, change, straight=True))
        with structlog.testing.capture_logs() as second:
            by_asgi = asyncio.run(asked(request_, change, straight=False))
        assert straight == by_asgi
        for each in (*first, *second):
            each.pop("request", None)
        assert first == second


def connected(bench: Bench, state: ServerState, wire: Socket) -> GuardedProtocol:
    config = Config(bench.app, ws="none", lifespan="off", log_config=None, access_log=False)
    uploads, loop = Uploads(lambda: 0.0, MOST_HELD), asyncio.get_running_loop()
    protocol = GuardedProtocol(config, state, {}, loop, answer=bench.app.answer, terms=Terms(), uploads=uploads)
    protocol.connection_made(wire)
    return protocol


def test_what_came_whole_takes_no_task() -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        bench, wire, state = Bench(), Socket(), ServerState()
        bench.intake.committed = asyncio.get_running_loop().create_future()
        connected(bench, state, wire).data_received(post(b"en=x"))
        assert not wire.said, "nothing is answered before it is safe"
        assert len(state.tasks) == 1, "whoever stops the server waits for it"
        bench.intake.committed.set_result(())
        await asyncio.sleep(0)
        assert wire.said.startswith(b"HTTP/1.1 204 ")
        assert not state.tasks
        assert asyncio.all_tasks() == before

    asyncio.run(scenario())


def test_what_is_given_up_at_a_stop_is_no_2xx_however_many_there_are() -> None:
    async def scenario() -> None:
        bench, state = Bench(), ServerState()
        wires = [Socket() for _ in range(50)]
        for wire in wires:
            bench.intake.committed = asyncio.get_running_loop().create_future()
            connected(bench, state, wire).data_received(post(b"en=x"))
        assert len(state.tasks) == len(wires)
        for task in state.tasks:  # as uvicorn does it
            task.cancel(msg="Task cancelled, timeout graceful shutdown exceeded")
        for _ in range(5):
            await asyncio.sleep(0)
        assert [wire.said.startswith(b"HTTP/1.1 500 ") for wire in wires] == [True] * len(wires)
        assert [wire.said.count(b"HTTP/1.1") for wire in wires] == [1] * len(wires)
        assert not state.tasks

    asyncio.run(scenario())


def test_what_is_safe_when_the_server_stops_is_answered_so() -> None:
    async def scenario() -> None:
        bench, wire, state = Bench(), Socket(), ServerState()
        bench.intake.committed = asyncio.get_running_loop().create_future()
        connected(bench, state, wire).data_received(post(b"en=x"))
        bench.intake.committed.set_result(())
        for task in state.tasks:
            task.cancel()
        await asyncio.sleep(0)
        assert wire.said.startswith(b"HTTP/1.1 204 ")
        assert not state.tasks

    asyncio.run(scenario())


def test_who_waits_for_what_is_cancelled_is_answered() -> None:
    async def scenario() -> None:
        bench, wire, state = Bench(), Socket(), ServerState()
        bench.intake.committed = asyncio.get_running_loop().create_future()
        connected(bench, state, wire).data_received(post(b"en=x"))
        bench.intake.committed.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert wire.said.startswith(b"HTTP/1.1 500 ")
        assert not state.tasks

    asyncio.run(scenario())


CHUNKED: Final = b"POST /g/collect HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [post(b"x" * 900), b"POST /healthy HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\nen=x", CHUNKED + b"0\r\nX: y\r\n\r\n"],
    ids=["a body", "a probe's body", "a trailer"],
)
def test_an_idle_connection_keeps_nothing_of_the_body_before(request_: bytes) -> None:
    async def scenario() -> None:
        bench, wire = Bench(), Socket()
        protocol = connected(bench, ServerState(), wire)
        bench.intake.committed = asyncio.get_running_loop().create_future()
        protocol.data_received(request_)
        assert not protocol.cycle.body, "nor does one that waits for the disk"
        bench.intake.committed.set_result(())
        await asyncio.sleep(0)
        assert wire.said.startswith(b"HTTP/1.1 20")
        assert not protocol.fields

    asyncio.run(scenario())
