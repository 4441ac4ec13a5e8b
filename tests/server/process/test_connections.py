"""What stands in front of the server and speaks to it, byte for byte: clients, probes, balancers, and their odd habits."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process

CONFIG = """
server: {{{server}}}
clients:
  web: {{type: ga4, measurement_ids: [G-TEST00001]}}
  backend: {{type: measurement_protocol, api_secrets: [of-the-stream]}}
tags:
  seen:
    type: http_request
    url: {url}/seen
    method: GET
    query: {{ep.hit: "{{{{ event.hit }}}}", dt: "{{{{ event.page_title }}}}", ga: "{{{{ ga.client_id }}}}"}}
"""
HIT = b"/g/collect?v=2&tid=G-TEST00001&cid=1.2&en=page_view&ep.hit="
HOST = b"Host: data.example.com\r\n"
FOR = b"X-Forwarded-For: 198.51.100.7\r\n"
UNTRUSTED_PATIENCE = 15
"""Seconds after which a connection of somebody who is no trusted proxy is closed."""
PAUSE = UNTRUSTED_PATIENCE + 3.0
"""Seconds that a proxy leaves a connection idle before its next hit; for how long it may, ``test_patience`` holds."""


class Line:
    """One connection to the server."""

    made: ClassVar[list[Line]] = []

    def __init__(self, port: int) -> None:
        self.made.append(self)
        self.opened = time.monotonic()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._read = b""

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hear(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers, body."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        length = int(headers.get("content-length", "0"))
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return int(first.split()[1]), headers, body

    def ask(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        self.say(data)
        return self.hear()

    def head(self) -> bytes:
        """What has come at once."""
        return self._socket.recv(65536)

    def leave(self) -> None:
        self._socket.close()

    def closed(self) -> bool:
        """Whether the server has ended it, and said nothing more."""
        return self._read == b"" and self._socket.recv(1) == b""

    def _more(self) -> None:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError(f"the server ended the connection after {self._read!r}")
        self._read += piece


@pytest.fixture(scope="module", autouse=True)
def _hung_up() -> Iterator[None]:
    yield
    for line in Line.made:
        line.leave()


@dataclass
class Front:
    """The server behind a proxy that it trusts, and the vendor."""

    server: Tagyard
    vendor: Destination
    idle: Line
    """A connection with one request that was answered, and none since."""

    def line(self) -> Line:
        return Line(self.server.port)

    def seen(self, id: str) -> dict[str, str]:
        """What the vendor got of this hit."""
        assert self.vendor.wait_for({id}) == set()
        queries = [parse_qs(urlsplit(url).query) for url, _ in self.vendor.requests]
        (found,) = [query for query in queries if query["ep.hit"] == [id]]
        return {name: values[0] for name, values in found.items()}

    def closed(self) -> dict[str, int]:
        """The connections that the server has ended, by the reason."""
        counts: dict[str, int] = self.server.ready()["workers"][0]["counts"]["connections_closed"]
        return counts


def write(folder: Path, vendor: Destination, server: str) -> Path:
    path = folder / "container.yaml"
    path.write_text(CONFIG.format(server=server, url=vendor.url))
    return path


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    with Destination() as vendor, Tagyard(write(folder, vendor, "trusted_proxies: [loopback]")) as server:
        idle = Line(server.port)
        assert idle.ask(get(HIT + b"before"))[0] == 204
        yield Front(server, vendor, idle)


def get(target: bytes, more: bytes = b"") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + FOR + more + b"\r\n"


JAVA = (
    b"POST /mp/collect?measurement_id=G-TEST00001&api_secret=of-the-stream HTTP/1.1\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\n%s" + HOST + b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    b"Upgrade: h2c\r\nUser-Agent: Java-http-client/21.0.1\r\nContent-Type: application/json\r\n\r\n%s"
)


def payload(id: str) -> bytes:
    return json.dumps({"client_id": "1.2", "events": [{"name": "purchase", "params": {"hit": id}}]}).encode()


def test_javas_http_client_which_wishes_to_upgrade_and_sends_its_body_at_once(front: Front) -> None:
    line = front.line()
    for id in ("java-1", "java-2"):
        body = payload(id)
        assert line.ask(JAVA % (b"Content-Length: %d\r\n" % len(body), body))[0] == 204
        assert front.seen(id)["ep.hit"] == id
    body = payload("java-chunked")
    chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (10, body[:10], len(body) - 10, body[10:])
    line.say(JAVA % (b"Transfer-Encoding: chunked\r\n", b""))
    time.sleep(0.05)
    assert line.ask(chunks)[0] == 204
    assert front.seen("java-chunked")["ep.hit"] == "java-chunked"
    assert line.ask(get(HIT + b"java-after"))[0] == 204
    front.seen("java-after")


PROBES = {
    "HAProxy's own": b"OPTIONS / HTTP/1.0\r\n\r\n",
    "HAProxy's of a path": b"GET /healthy HTTP/1.0\r\n\r\n",
    "HAProxy's by HEAD": b"HEAD /healthz HTTP/1.0\r\n\r\n",
    "Kubernetes'": b"GET /healthz HTTP/1.1\r\nHost: 10.1.2.3:8080\r\nUser-Agent: kube-probe/1.31\r\nConnection: close\r\n\r\n",
    "AWS's": b"GET /healthy HTTP/1.1\r\nHost: 10.0.1.7:8080\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n",
    "Google's": b"GET /healthy HTTP/1.1\r\nHost: 10.0.1.7\r\nUser-Agent: GoogleHC/1.0\r\nConnection: Keep-alive\r\n\r\n",
    "with an empty Host": b"GET /healthy HTTP/1.1\r\nHost: \r\n\r\n",
    "of the oldest kind": b"GET /healthy\r\n\r\n",
}


@pytest.mark.parametrize("name", PROBES)
def test_probes_are_answered(front: Front, name: str) -> None:
    before = front.closed()
    line = front.line()
    line.say(PROBES[name])
    head = PROBES[name].startswith(b"HEAD")
    if head:
        assert line.head().startswith(b"HTTP/1.1 200 OK\r\n")
    else:
        assert line.hear()[::2] == (200, b"ok\n")
    assert front.closed() == before


def test_raw_utf_8_is_what_the_page_meant(front: Front) -> None:
    line = front.line()
    assert line.ask(get(HIT + b"raw&dt=K\xc3\xb6ln"))[0] == 204
    assert front.seen("raw")["dt"] == "Köln"
    assert line.ask(get(HIT + b'odd&dt=|{{campaign.name}}"^`%zz#b#c'))[0] == 204
    assert front.seen("odd")["dt"] == '|{{campaign.name}}"^`%zz#b#c'
    assert line.ask(get(HIT + b"broken&dt=K\xf6ln"))[0] == 204
    assert front.seen("broken")["dt"] == "K\ufffdln"
    with urllib.request.urlopen(f"http://127.0.0.1:{front.server.admin}/", timeout=60) as page:
        assert page.status == 200


LIMIT = 64 * 1024


def test_a_host_of_the_site_gets_all_of_its_cookies(front: Front) -> None:
    ga = b"_ga=GA1.1.1111111111.1700000000"
    whole = (b"; ".join([b"c%03d=%s" % (n, b"x" * 500) for n in range(200)]))[: LIMIT - len(ga) - 2] + b"; " + ga
    assert len(whole) == LIMIT
    assert front.line().ask(get(HIT + b"cookies", b"Cookie: " + whole + b"\r\n"))[0] == 204
    assert front.seen("cookies")["ga"] == "1111111111.1700000000"
    crumbs = b"".join(b"Cookie: %s\r\n" % crumb for crumb in whole.split(b"; "))
    assert front.line().ask(get(HIT + b"crumbs", crumbs))[0] == 204
    assert front.seen("crumbs")["ga"] == "1111111111.1700000000"
    status, _, reason = front.line().ask(get(HIT + b"too-many", b"Cookie: x" + whole + b"\r\n"))
    assert (status, b"server.max_cookies" in reason) == (431, True)
    assert front.closed()["large_cookies"] == 1


ODD = {
    "proxy_protocol": b"PROXY TCP4 198.51.100.7 203.0.113.1 51234 8080\r\n" + get(HIT + b"proxy"),
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)),
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
}


@pytest.mark.parametrize("reason", ODD)
def test_what_is_no_http_1_1_is_named_in_the_answer_the_counts_and_once_in_the_log(front: Front, reason: str) -> None:
    for _ in range(2):
        status, headers, text = front.line().ask(ODD[reason])
        assert (status, headers["connection"]) == (400, "close")
    assert front.closed()[reason] == 2
    why = json.dumps({"why": text.decode().strip()})[1:-1]
    assert front.server.logged(why).count(why) == 1
    with urllib.request.urlopen(f"http://127.0.0.1:{front.server.admin}/metrics", timeout=60) as page:
        assert f'tagyard_connections_closed_total{{reason="{reason}",worker="0"}} 2.0' in page.read().decode()


def test_expectations_are_met_at_once(front: Front) -> None:
    line = front.line()
    waits = b"POST " + HIT + b"expected HTTP/1.1\r\n" + HOST + FOR + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    assert line.ask(waits)[0] == 100
    assert line.ask(b"&x=y")[0] == 204
    assert front.line().ask(waits.replace(b"Length: 4", b"Length: 9999999"))[0] == 413
    assert front.line().ask(waits.replace(b"100-continue", b"200-ok"))[0] == 417


def test_a_reload_leaves_connections_open_and_a_stop_says_which_answer_is_the_last(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor, "keep_alive: 20s")) as server:
        idle, busy, begun = Line(server.port), Line(server.port), Line(server.port)
        assert idle.ask(get(HIT + b"one"))[0] == 204
        server.process.send_signal(signal.SIGHUP)
        server.logged("configuration reloaded")
        assert idle.ask(get(HIT + b"two"))[0] == 204
        busy.say(b"POST " + HIT + b"three HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\n\r\n&x")
        begun.say(b"GET " + HIT)
        time.sleep(1)
        server.process.send_signal(signal.SIGTERM)
        assert idle.closed()
        busy.say(b"=y")
        begun.say(b"four HTTP/1.1\r\n" + HOST + b"\r\n")
        for line in (busy, begun):
            status, headers, _ = line.hear()
            assert (status, headers["connection"]) == (204, "close")
            assert line.closed()
        assert server.process.wait(60) == 0
        assert {unquote(parse_qs(urlsplit(url).query)["ep.hit"][0]) for url, _ in vendor.requests} <= {
            "one",
            "two",
            "three",
            "four",
        }


def test_an_idle_connection_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor, "keep_alive: 5s")) as server:
        line = Line(server.port)
        for id in (b"a", b"b"):
            assert line.ask(get(HIT + id))[0] == 204
            time.sleep(1)
        assert line.closed()
        assert 6 < time.monotonic() - line.opened < 60
        assert server.ready()["workers"][0]["counts"]["connections_closed"] == {"idle": 1}


def test_a_trusted_proxy_finds_its_idle_connection_open(front: Front) -> None:
    """The last test of this file: the connection was idle meanwhile, as a balancer leaves its own."""
    time.sleep(max(0.0, front.idle.opened + PAUSE - time.monotonic()))
    assert front.idle.ask(get(HIT + b"after"))[0] == 204
    front.seen("after")
