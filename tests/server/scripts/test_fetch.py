"""What is taken from upstream, and what is not."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from typing import Any

import httpcore
import pytest

from server.scripts.fetch import Fetched, FetchError, HttpFetch
from tests.server.http.scripted import CLOSE, READ, RESET, ScriptedServer, Step, serving

JAVASCRIPT = frozenset({"text/javascript", "application/javascript"})
TYPE = b"Content-Type: application/javascript; charset=UTF-8\r\n"
LARGEST = 10_000


def answer(body: bytes = b"body", *, head: bytes = TYPE, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s" % (status, head, len(body), body)


async def _fetched(scripts: list[list[Step]], times: int = 1, whole: float = 3.0) -> tuple[list[Fetched], ScriptedServer]:
    fetch = HttpFetch(whole, LARGEST)
    try:
        async with serving(*scripts) as server:
            url = f"http://127.0.0.1:{server.port}/gtag/js?id=G-1"
            return [await fetch(url, {"x-gclb-country": "DE"}, JAVASCRIPT) for _ in range(times)], server
    finally:
        await fetch.close()


def fetched(*script: Step, whole: float = 3.0) -> Fetched:
    return asyncio.run(_fetched([list(script)], whole=whole))[0][0]


def failure(*script: Step, whole: float = 3.0) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetched(*script, whole=whole)
    return caught.value


@pytest.mark.parametrize(
    ("head", "max_age"),
    [
        (b"", None),
        (b"Cache-Control: private, max-age=900\r\n", 900),
        (b"Cache-Control: MAX-AGE=60, private\r\n", 60),
        (b"Cache-Control: s-maxage=5\r\n", None),
        (b"Cache-Control: no-store\r\n", None),
    ],
)
def test_a_file_comes_with_how_long_it_keeps(head: bytes, max_age: float | None) -> None:
    assert fetched(READ, answer(head=TYPE + head)) == Fetched(b"body", max_age)


def test_a_compressed_one_is_decompressed() -> None:
    compressed = gzip.compress(b"body" * 100)
    assert fetched(READ, answer(compressed, head=TYPE + b"Content-Encoding: gzip\r\n")).body == b"body" * 100


def test_a_chunked_one_is_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n"
    assert fetched(READ, head, b"2\r\nbo\r\n", b"2\r\ndy\r\n0\r\n\r\n").body == b"body"


def test_what_upstream_is_told() -> None:
    cookie = b"Set-Cookie: id=1; Path=/\r\n"
    _, server = asyncio.run(_fetched([[READ, answer(head=TYPE + cookie), READ, answer()]], times=2))
    assert server.connections == 1
    for request in server.requests:
        lines = request.decode().lower().split("\r\n")
        assert lines[0] == "get /gtag/js?id=g-1 http/1.1"
        assert "x-gclb-country: de" in lines
        assert "accept-encoding: gzip" in lines
        assert any(line.startswith("user-agent: tagyard/") for line in lines)
        assert not any(line.startswith(("cookie", "referer", "authorization")) for line in lines)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ([answer(head=b"Content-Type: text/html\r\n")], "another type"),
        ([answer(head=b"")], "another type"),
        ([answer(b"")], "an empty file"),
        ([answer(b"x" * (LARGEST + 1))], f"more than {LARGEST} bytes"),
        ([answer(gzip.compress(bytes(LARGEST + 1)), head=TYPE + b"Content-Encoding: gzip\r\n")], f"more than {LARGEST} bytes"),
        ([answer(gzip.compress(b"body")[:-4], head=TYPE + b"Content-Encoding: gzip\r\n")], "one complete gzip stream"),
        ([answer(zlib.compress(b"body"), head=TYPE + b"Content-Encoding: gzip\r\n")], "not gzip"),
        ([answer(head=TYPE + b"Content-Encoding: zstd\r\n")], "cannot be decompressed"),
        ([b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 100\r\n\r\nhalf", CLOSE], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", CLOSE], "RemoteProtocolError"),
        ([b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n"], "RemoteProtocolError"),
        ([b"garbage\r\n\r\n"], "RemoteProtocolError"),
        ([CLOSE], "RemoteProtocolError"),
        ([RESET], "Error"),
    ],
)
def test_anything_else_is_no_file(script: list[Step], why: str) -> None:
    error = failure(READ, *script)
    assert why in str(error)
    assert error.status == 0


@pytest.mark.parametrize("status", [b"204 No Content", b"206 Partial Content", b"404 Not Found", b"429 Too Many", b"500 Oh No"])
def test_any_other_status_is_told(status: bytes) -> None:
    assert failure(READ, answer(status=status)).status == int(status[:3])


def test_no_redirect_is_followed() -> None:
    head = TYPE + b"Location: http://127.0.0.1:1/elsewhere\r\n"
    assert failure(READ, answer(head=head, status=b"302 Found")).status == 302


@pytest.mark.parametrize(
    "script",
    [
        [READ],
        [READ, b"HTTP/1.1 200 OK\r\n" + TYPE],
        [READ, b"HTTP/1.1 200 OK\r\n" + TYPE + b"Content-Length: 9\r\n\r\nbody"],
    ],
)
def test_one_that_takes_too_long_is_given_up(script: list[Step]) -> None:
    assert "within 0.1 s" in str(failure(*script, whole=0.1))


def test_an_endless_one_is_cut_off() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + TYPE + b"Transfer-Encoding: chunked\r\n\r\n"
    assert "more than" in str(failure(READ, head, b"1000\r\n" + bytes(0x1000) + b"\r\n", b"2000\r\n" + bytes(0x2000) + b"\r\n"))


def test_nobody_there_is_a_failure_like_any_other() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"

        async def test() -> None:
            fetch = HttpFetch()
            try:
                with pytest.raises(FetchError, match="ConnectError"):
                    await fetch(url, {}, JAVASCRIPT)
                with pytest.raises(FetchError, match=r"InvalidURL|UnsupportedProtocol"):
                    await fetch("http://[::1", {}, JAVASCRIPT)
            finally:
                await fetch.close()

        asyncio.run(test())


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert fetched(READ, answer()).body == b"body"


def test_a_look_up_that_hangs_keeps_no_other_host_waiting_and_the_first_address_that_answers_is_taken() -> None:
    asked = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        if host == "hangs.example":
            await asyncio.Event().wait()
        if host == "nobody.example":
            raise socket.gaierror(-2, "Name or service not known")
        return ["127.0.0.77", "127.0.0.1"]

    async def test() -> None:
        fetch = HttpFetch(resolve=resolve)
        async with serving([READ, answer()]) as server:
            hanging = [asyncio.create_task(fetch("http://hangs.example/", {}, JAVASCRIPT)) for _ in range(7)]
            await asyncio.sleep(0)
            with pytest.raises(FetchError, match="ConnectError"):
                await fetch("http://nobody.example/", {}, JAVASCRIPT)
            assert (await fetch(f"http://two.example:{server.port}/", {}, JAVASCRIPT)).body == b"body"
            assert ("two.example", server.port) in asked
            for each in hanging:
                each.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        await fetch.close()

    asyncio.run(test())


def test_an_address_that_swallows_everything_leaves_time_for_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = httpcore.AnyIOBackend.connect_tcp
    granted: list[float] = []

    async def swallowing(self: Any, host: str, port: int, timeout: float, *more: Any) -> Any:
        if host == "2001:db8::1":
            granted.append(timeout)
            raise httpcore.ConnectTimeout
        return await connect(self, host, port, timeout, *more)

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", swallowing)

    async def resolve(host: str, port: int) -> list[str]:  # noqa: ARG001
        return ["2001:db8::1", "127.0.0.1"]

    async def test() -> None:
        fetch = HttpFetch(whole=4.0, resolve=resolve)
        async with serving([READ, answer()]) as server:
            assert (await fetch(f"http://two.example:{server.port}/", {}, JAVASCRIPT)).body == b"body"
        await fetch.close()

    asyncio.run(test())
    assert 0 < granted[0] <= 2.0
