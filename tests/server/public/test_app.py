"""The public port: from a request to its reply."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
import structlog

from core.component import Setup
from core.container import Container
from core.registry import installed
from core.triggers import ALL, always
from core.types import Claim, Headers, Once, Payload, Reply, Request, Upstream
from server.connections import head
from server.connections.fields import MOST_NAMES
from server.delivery import Accepted, Suppressed
from server.observe import Counts, Observer, Recorder
from server.observe.recorder import OF_DELIVERY
from server.outbox.keyfile import digest
from server.public import asgi
from server.public.app import App
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors
from tests.core.tiny import Fixed, Keep, plan
from tests.server.in_force import EMPTY
from tests.server.raw import connected, exchange, serving

MAX_BODY = 1000
HOST = (b"host", b"metrics.example.com")
ORIGIN = (b"origin", b"https://www.example.com")


class Intake:
    """Takes deliveries when told to."""

    def __init__(self) -> None:
        self.full = False
        self.refusal: Exception | None = None
        self.accepted: list[tuple[str, Payload]] = []
        self.committed: asyncio.Future[Accepted] | None = None

    def accept(self, deliveries: Sequence[tuple[str, Payload]], /) -> asyncio.Future[Accepted]:
        if self.refusal:
            raise self.refusal
        self.accepted += deliveries
        done: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        if self.committed is None:
            done.set_result(())
        return self.committed or done


UPSTREAM = Upstream("script", "G-1", "https://scripts.example/gtag/js?id=G-1")


class Watching(Fixed):
    """A client that claims everything but ``/other``, and remembers it."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.reply: Reply | Upstream = Reply(204, (("cache-control", "no-cache"),))

    def claim(self, request: Request) -> Claim | None:
        self.requests.append(request)
        events = [] if request.method == "OPTIONS" else [{"event_name": "page_view"}]
        return None if request.path == "/other" else Claim(events, self.reply)


async def file(upstream: Upstream, request: Request) -> Reply:
    """Stands for the cache of somebody else's files."""
    return Reply(304 if request.header("if-none-match") else 200, (("etag", '"1"'),), upstream.url.encode())


_origins = cache(Origins)
"""It reads the list of public suffixes, which takes longer than all else."""


class Bench:
    """An application with a client that watches and an intake that obeys."""

    def __init__(self, client: Any = None, origins: Sequence[str] = ()) -> None:
        self.client = client or Watching()
        self.intake = Intake()
        self.counts = Counts()
        self.observer = Observer(self.counts, Recorder(10, 0), EMPTY)
        container = Container([("web", self.client)], [plan("ga4", Keep())], {ALL: always})
        self.app = App(files=file, observer=self.observer)
        self.app.use(container, self.intake, _origins(tuple(origins)), Visitors(), max_body=MAX_BODY)

    def request(self, *messages: Any, method: str = "GET", path: str = "/g/collect", query: bytes = b"v=2", **rest: Any) -> Call:
        return Call(self.app, list(messages), {"method": method, "path": path, "query_string": query, **rest})


class Call:
    """One raw ASGI call and what it sent."""

    def __init__(self, app: App, messages: list[Any], scope: dict[str, Any]) -> None:
        self._app = app
        self._messages = messages
        self.scope = {"type": "http", "headers": [HOST], "client": ("203.0.113.9", 5), **scope}
        self.read = 0
        self.sent: list[Any] = []

    async def receive(self) -> Any:
        self.read += 1
        return self._messages.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def run(self) -> Call:
        await self._app(self.scope, self.receive, self.send)
        return self

    def now(self) -> Call:
        return asyncio.run(self.run())

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        names = [name for name, _ in self.sent[0]["headers"]]
        assert len(names) == len(set(names)), "no header is sent twice"
        return {name.decode(): value.decode("latin-1") for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def piece(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def length(size: int) -> list[tuple[bytes, bytes]]:
    return [HOST, (b"content-length", str(size).encode())]


CHUNKED = [HOST, (b"transfer-encoding", b"chunked")]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_a_hit_is_claimed_accepted_and_answered() -> None:
    bench = Bench()
    call = bench.request().now()
    assert (call.status, call.body, call.read) == (204, b"", 0)
    assert call.headers == {"cache-control": "no-cache", "vary": "Origin", "cross-origin-resource-policy": "cross-origin"}
    assert [tag for tag, _ in bench.intake.accepted] == ["ga4"]
    assert bench.counts.replies == {204: 1}
    assert bench.counts.fired == {"ga4": 1}


def test_the_container_is_given_the_request_as_it_came() -> None:
    bench = Bench()
    headers = [HOST, (b"user-agent", "Bröwser".encode("latin-1")), (b"content-length", b"4")]
    bench.request(
        piece(b"en", True), piece(b"=x"), method="POST", path="/a/g/collect", query=b"v=2&t=%ff+a", headers=headers
    ).now()
    (request,) = bench.client.requests
    assert (request.method, request.path, request.query_string, request.body) == ("POST", "/a/g/collect", "v=2&t=%ff+a", b"en=x")
    assert request.header("user-agent") == "Bröwser"
    assert request.ip == "203.0.113.9"
    assert len(request.entropy) == 32
    assert 1_700_000_000_000_000 < request.received_at < 4_000_000_000_000_000


def test_each_request_has_an_id_and_randomness_of_its_own() -> None:
    bench = Bench()
    for _ in range(5):
        bench.request().now()
    assert len({request.id for request in bench.client.requests}) == 5
    assert len({request.entropy for request in bench.client.requests}) == 5


@pytest.mark.parametrize(
    ("client", "headers", "ip"),
    [
        (None, [HOST], None),
        (("10.0.0.1", 1), [HOST], "10.0.0.1"),
        (("10.0.0.1", 1), [HOST, (b"x-forwarded-for", b"8.8.8.8")], None),
        (("8.8.4.4", 1), [HOST, (b"x-forwarded-for", b"8.8.8.8")], "8.8.4.4"),
    ],
)
def test_the_visitors_address_is_the_peers_or_unknown(client: Any, headers: Any, ip: str | None) -> None:
    bench = Bench()
    bench.request(client=client, headers=headers).now()
    assert bench.client.requests[0].ip == ip


def test_what_nobody_claims_is_400_and_kept_nowhere() -> None:
    bench = Bench()
    call = bench.request(path="/other").now()
    assert call.status == 400
    assert call.headers["vary"] == "Origin"
    assert int(call.headers["content-length"]) == len(call.body)
    assert not bench.intake.accepted


@pytest.mark.parametrize("path", ["/healthy", "/healthz", "/metrics/healthy", "/a/b/healthz", "/healthy/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_health_is_answered_on_any_path_that_ends_so(path: str, method: str) -> None:
    bench = Bench()
    call = bench.request(path=path, method=method).now()
    assert (call.status, call.body) == (200, b"ok\n")
    assert call.headers["content-type"].startswith("text/plain")
    assert "cache-control" not in call.headers
    bench.intake.full = True
    assert bench.request(path=path, method=method).now().status == 503
    assert not bench.client.requests


@pytest.mark.parametrize("path", ["/", "*"])
@pytest.mark.parametrize("headers", [[], [HOST], [(b"host", b"")]], ids=["no host", "a host", "an empty host"])
def test_the_check_that_haproxy_makes_by_itself_is_one_of_health(path: str, headers: list[tuple[bytes, bytes]]) -> None:
    bench = Bench()
    assert bench.request(path=path, method="OPTIONS", headers=headers).now().status == 200
    bench.intake.full = True
    assert bench.request(path=path, method="OPTIONS", headers=headers).now().status == 503
    assert not bench.client.requests


def test_a_preflight_of_a_browser_is_no_check_of_health() -> None:
    bench = Bench()
    bench.request(path="/", method="OPTIONS", headers=[HOST, ORIGIN]).now()
    assert len(bench.client.requests) == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/unhealthy"), ("GET", "/healthy/x"), ("GET", "/healthy?"), ("POST", "/healthy"), ("OPTIONS", "/healthz")],
)
def test_anything_else_is_for_the_clients(method: str, path: str) -> None:
    bench = Bench()
    bench.request(path=path, method=method).now()
    assert [request.path for request in bench.client.requests] == [path]


@pytest.mark.parametrize("size", [0, 1, MAX_BODY - 1, MAX_BODY])
def test_a_body_up_to_the_limit_is_read(size: int) -> None:
    bench = Bench()
    halves = piece(b"x" * (size // 2), True), piece(b"x" * (size - size // 2))
    assert bench.request(*halves, method="POST", headers=length(size)).now().status == 204
    assert bench.request(*halves, method="POST", headers=CHUNKED).now().status == 204
    assert [len(request.body) for request in bench.client.requests] == [size, size]


def refused(call: Call, status: int) -> None:
    assert call.status == status
    assert call.headers["connection"] == "close"
    assert call.headers["vary"] == "Origin"
    assert call.headers["access-control-allow-origin"] == "https://www.example.com"
    assert call.body.endswith(b"\n")


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    bench = Bench()
    for size in (MAX_BODY + 1, 10**18):
        call = bench.request(method="POST", headers=[*length(size), ORIGIN]).now()
        refused(call, 413)
        assert call.read == 0
    assert not bench.client.requests


def test_a_body_that_turns_out_too_large_is_not_read_on() -> None:
    bench = Bench()
    pieces = [piece(b"x" * 600, True) for _ in range(50)]
    call = bench.request(*pieces, method="POST", headers=[*CHUNKED, ORIGIN]).now()
    refused(call, 413)
    assert call.read == 2
    refused(bench.request(piece(b"x" * (MAX_BODY + 1)), method="POST", headers=[*CHUNKED, ORIGIN]).now(), 413)
    assert not bench.client.requests


@pytest.mark.parametrize("headers", [length(4), CHUNKED])
def test_a_sender_that_goes_away_in_its_body_is_answered_nothing(headers: Any) -> None:
    bench = Bench()
    call = bench.request(piece(b"en", True), {"type": "http.disconnect"}, method="POST", headers=headers).now()
    assert call.sent == []
    assert not bench.client.requests
    assert not bench.counts.replies


def test_a_full_intake_is_503_before_the_body_is_read() -> None:
    bench = Bench()
    bench.intake.full = True
    call = bench.request(method="POST", headers=[*length(4), ORIGIN]).now()
    refused(call, 503)
    assert call.headers["retry-after"] == "60"
    assert call.read == 0
    assert not bench.client.requests


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError(), ValueError("visitor")])
@pytest.mark.parametrize("at_once", [True, False])
def test_what_could_not_be_kept_is_never_a_2xx(error: Exception, at_once: bool) -> None:
    async def scenario() -> None:
        bench = Bench()
        if at_once:
            bench.intake.refusal = error
        else:
            bench.intake.committed = asyncio.get_running_loop().create_future()
            bench.intake.committed.set_exception(error)
        call = await bench.request(headers=[HOST, ORIGIN]).run()
        refused(call, 503)
        assert call.headers["retry-after"] == "60"

    asyncio.run(scenario())


def test_a_reply_waits_for_the_commit() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.intake.committed = asyncio.get_running_loop().create_future()
        call = bench.request()
        running = asyncio.create_task(call.run())
        for _ in range(5):
            await asyncio.sleep(0)
        assert bench.intake.accepted
        assert not call.sent
        bench.intake.committed.set_result(())
        await running
        assert call.status == 204

    asyncio.run(scenario())


def test_a_duplicate_is_answered_like_any_other_and_told_with_the_first_ones_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        committed: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        payload = Payload({}, "https://x.example", event_name="purchase", once=Once("order", 1))
        committed.set_result((Suppressed("ga4", payload, 1_764_340_311_502_000),))
        bench.intake.committed = committed
        assert (await bench.request().run()).status == 204

    bench = Bench()
    with structlog.testing.capture_logs() as said, caplog.at_level("INFO", "tagyard"):
        asyncio.run(scenario())
    assert said == []
    with structlog.testing.capture_logs() as said, caplog.at_level("DEBUG", "tagyard"):
        asyncio.run(scenario())
    assert said == [
        {
            "event": "a duplicate was left out",
            "tag": "ga4",
            "key": digest("order"),
            "first": "2025-11-28T14:31:51.502+00:00",
            "request": next(bench.observer.recorder.since(0)).request.id,
            "log_level": "debug",
        }
    ]
    assert bench.counts.suppressed == {"ga4": 2}


def test_a_proxy_that_nobody_configured_is_warned_of_once() -> None:
    bench = Bench()
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            bench.request(headers=[HOST, (b"x-forwarded-for", b"203.0.113.7")], client=("127.0.0.1", 5)).now()
    assert bench.counts.without_visitor_address == 3
    assert [each["proxy"] for each in said] == ["127.0.0.1"]


def test_a_request_that_sends_nothing_needs_no_intake() -> None:
    bench = Bench()
    bench.intake.refusal = RuntimeError("must not be asked")
    bench.client.reply = Reply(204)
    assert bench.request(method="OPTIONS").now().status == 204


@pytest.mark.parametrize("path", ["/g/collect", "/other", "/healthy"])
def test_cors_is_on_every_reply(path: str) -> None:
    headers = Bench().request(path=path, headers=[HOST, ORIGIN]).now().headers
    assert headers["access-control-allow-origin"] == "https://www.example.com"
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", [b"https://evilexample.com", b"https://example.com.evil", b"null", b"", b"\xff"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("path", ["/g/collect", "/other", "/healthy"])
def test_a_foreign_page_may_read_nothing(origin: bytes, method: str, path: str) -> None:
    headers = Bench().request(path=path, method=method, headers=[HOST, (b"origin", origin)]).now().headers
    assert not [name for name in headers if name.startswith("access-control")]
    assert headers["vary"] == "Origin"


def test_a_preflight_is_answered() -> None:
    headers = Bench().request(method="OPTIONS", headers=[HOST, ORIGIN]).now().headers
    assert headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert headers["access-control-max-age"] == "7200"
    assert "access-control-max-age" not in Bench().request(headers=[HOST, ORIGIN]).now().headers


def test_listed_origins_are_allowed_and_may_be_replaced_while_it_runs() -> None:
    bench = Bench(origins=["https://shop.example"])
    shop = [HOST, (b"origin", b"https://shop.example")]
    assert "access-control-allow-origin" in bench.request(headers=shop).now().headers
    bench.app.origins = Origins([])
    assert "access-control-allow-origin" not in bench.request(headers=shop).now().headers


@pytest.mark.parametrize(
    ("reply", "size"), [(Reply(204), None), (Reply(200), "0"), (Reply(200, (("content-type", "image/gif"),), b"GIF"), "3")]
)
def test_a_reply_says_how_long_it_is_where_it_has_a_body(reply: Reply, size: str | None) -> None:
    bench = Bench()
    bench.client.reply = reply
    call = bench.request().now()
    assert (call.headers.get("content-length"), call.body) == (size, reply.body)


def test_cookies_of_a_reply_are_sent_one_by_one() -> None:
    bench = Bench()
    cookies: Headers = (("set-cookie", "a=1"), ("set-cookie", "b=2"))
    bench.client.reply = Reply(204, cookies)
    sent = bench.request().now().sent[0]["headers"]
    assert [value for name, value in sent if name == b"set-cookie"] == [b"a=1", b"b=2"]


def test_a_file_of_somebody_elses_is_answered_by_whoever_keeps_it() -> None:
    bench = Bench()
    bench.client.reply = UPSTREAM
    call = bench.request().now()
    assert (call.status, call.body) == (200, UPSTREAM.url.encode())
    embeddable = {"vary": "Origin", "cross-origin-resource-policy": "cross-origin"}
    assert call.headers == {"etag": '"1"', **embeddable, "content-length": str(len(UPSTREAM.url))}
    assert len(bench.intake.accepted) == 1, "events that come with it are kept all the same"
    unchanged = bench.request(headers=[HOST, (b"if-none-match", b'"1"')]).now()
    assert (unchanged.status, unchanged.headers) == (304, {"etag": '"1"', **embeddable})


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_only_http_is_answered(kind: str) -> None:
    assert Bench().request(type=kind).now().sent == []


def ga4() -> Any:
    entry = installed().find("client", "ga4")
    assert entry
    client = entry.load()
    return client(client.Settings.model_validate({"measurement_ids": ["G-ABC1234567"]}), Setup("web"))


MALFORMED: list[tuple[bytes, bytes]] = [
    (b"en=%zz%", b""),
    (b"en=%ff%fe&ep.x=%c3%28", b""),
    (b"en=a%00b&ep.%00=%00", b""),
    (b"en=page_view&ep.x=%ed%a0%80", b""),
    (b"&".join(b"ep.p%d=%d" % (i, i) for i in range(10_000)), b""),
    (b"", b"&".join(b"ep.p%d=%d" % (i, i) for i in range(100))),
    (b"", b"\xff\xfe\0\r\n" * 100),
    (b"", b"\n" * 900),
    (b"", b"en=a\r\nen=b\r\n\r\nen=\n&&&===\n%"),
    (b"en=x&epn.v=nan&epn.w=1e999&epn.x=-&_et=abc&sid=x&sct=&seg=9&_s=-1", b""),
    (b"en=purchase&pr1=id~~nm~pr9&pr2=" + b"~" * 800 + b"&pr999999999999=idX&pr0=&pr1=", b""),
    (b"en=x&gcs=G1&gcd=zzzzzzzzzzz&dma=x&npa=&_p=&_eu=&ul=&sr=x&cid=&cid=1.2", b""),
    (b"tid=G-ABC1234567&v=3", b""),
    (b"=&==&=x&en", b""),
    ("en=ü&ep.ü=ü".encode(), "en=ü".encode()),
    (b"en=" + b"x" * 10_000, b""),
    (b"ep." + b"a." * 3000 + b"=1&en=x", b""),
]


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_no_hit_however_malformed_is_our_fault(number: int) -> None:
    query, body = MALFORMED[number]
    bench = Bench(ga4())
    query = b"v=2&tid=G-ABC1234567&cid=1.2&" + query
    method = "POST" if body else "GET"
    call = bench.request(piece(body), query=query, method=method, headers=length(len(body)) if body else [HOST]).now()
    assert 200 <= call.status < 500
    assert not bench.counts.failures


def test_a_hit_over_a_real_port() -> None:
    async def scenario() -> None:
        bench = Bench(ga4())
        async with serving(bench.app) as (_, port):
            hit = b"/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view"
            status, headers, body = await exchange(
                port, b"GET " + hit + b" HTTP/1.1\r\nHost: metrics.example.com\r\nOrigin: https://www.example.com\r\n\r\n"
            )
            assert (status, body) == (204, b"")
            assert headers["access-control-allow-origin"] == "https://www.example.com"
            assert "content-length" not in headers
            post = b"POST " + hit + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nen=a\r\nen=b"
            assert (await exchange(port, post))[0] == 204
            assert next(payload.event_name for _, payload in bench.intake.accepted) == "page_view"
            async with connected(port) as raw:
                await raw.send(b"HEAD /healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                assert (await raw.reader.read()).endswith(b"content-length: 3\r\nconnection: close\r\n\r\n")

    asyncio.run(scenario())


WAITING = b"POST /g/collect?v=2 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"


def test_whoever_waits_with_his_body_is_told_at_once_to_go_on_or_that_it_is_not_wanted() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with serving(bench.app) as (_, port):
            async with connected(port) as raw:
                await raw.send(WAITING % 4)
                assert (await raw.reply())[0] == 100
                await raw.send(b"en=x")
                assert (await raw.reply())[0] == 204
            assert (await exchange(port, WAITING % (MAX_BODY + 1)))[0] == 413
            bench.intake.full = True
            assert (await exchange(port, WAITING % 4))[0] == 503
        assert [request.body for request in bench.client.requests] == [b"en=x"]

    asyncio.run(scenario())


def test_ten_megabytes_are_refused_without_being_taken() -> None:
    async def scenario() -> None:
        bench = Bench()
        async with serving(bench.app) as (_, port), connected(port) as raw:
            await raw.send(b"POST /g/collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"]) == (413, "close")
            assert await raw.closed()

    asyncio.run(scenario())


def test_a_full_intake_refuses_over_a_real_port_before_the_body_comes() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.intake.full = True
        async with serving(bench.app) as (_, port), connected(port) as raw:
            await raw.send(b"POST /g/collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            status, headers, _ = await raw.reply()
            assert (status, headers["connection"], headers["retry-after"]) == (503, "close", "60")
            assert await raw.closed()

    asyncio.run(scenario())


def test_what_is_given_up_at_a_stop_is_no_failure_and_no_2xx() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.intake.committed = asyncio.get_running_loop().create_future()
        call = bench.request()
        running = asyncio.create_task(call.run())
        await asyncio.sleep(0)
        bench.intake.committed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not call.sent

    with structlog.testing.capture_logs() as said:
        asyncio.run(scenario())
    assert said == []


def test_what_visitors_make_up_is_not_kept_without_an_end() -> None:
    for number in range(2 * MOST_NAMES):
        name, cookie = b"x-%d" % number, f"_ga={number}; Path=/"
        assert asgi.decoded([(name, b"\xe9")]) == ((name.decode(), "é"),)
        assert asgi.head(Reply(204, (("set-cookie", cookie),)), [])["headers"] == [(b"set-cookie", cookie.encode())]
        asgi.head(Reply(204, (("content-type", f"text/{number}"),)), [])
    assert len(head.NAMES) <= MOST_NAMES >= len(asgi._written)
    assert not [name for name, _ in asgi._written if name == "set-cookie"]


def test_headers_of_a_plugin_may_be_lists() -> None:
    bench = Bench()
    headers: Any = (["content-type", "text/plain"], ["x-own", "1"])
    bench.client.reply = Reply(200, headers, b"ok")
    call = bench.request(piece(b"")).now()
    assert (call.status, call.headers["content-type"], call.headers["x-own"], call.body) == (200, "text/plain", "1", b"ok")


def test_what_is_remembered_of_a_request_is_weighed_with_its_deliveries() -> None:
    with_one, without = Bench(), Bench()
    with_one.request(piece(b"")).now()
    without.request(piece(b""), method="OPTIONS").now()
    assert (len(with_one.intake.accepted), len(without.intake.accepted)) == (1, 0)
    assert with_one.observer.recorder.bytes - without.observer.recorder.bytes == OF_DELIVERY
