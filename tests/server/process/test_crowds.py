"""More connections than there is room for: the server stays up, healthy visitors are served, and whoever runs it is told."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from server.connections.uploads import MOST_HELD
from tests.server.process.destination import Destination
from tests.server.process.harness import HIT, Tagyard
from tests.server.process.test_connections import Line
from tests.waiting import until

pytestmark = pytest.mark.process

CONFIG = """
server: {{{server}}}
clients:
  web: {{type: ga4, measurement_ids: [G-TEST00001]}}
tags:
  ga4: {{endpoint: {url}}}
"""
SMALL = 512
"""Descriptors that the server may have in all."""


def write(folder: Path, vendor: Destination, server: str = "") -> Path:
    path = folder / "container.yaml"
    path.write_text(CONFIG.format(server=server, url=vendor.url))
    return path


@contextlib.contextmanager
def idle(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connections that send nothing."""
    made: list[socket.socket] = []
    try:
        made += (socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(count))
        yield made
    finally:
        for each in made:
            each.close()


def hit(port: int, id: str) -> int:
    line = Line(port)
    try:
        return line.ask(asked(id))[0]
    finally:
        line.leave()


def worker(server: Tagyard) -> dict[str, Any]:
    found: dict[str, Any] = server.ready()["workers"][0]
    return found


def limit_of(process: int, most: int) -> int:
    """Sets the process's own limit of descriptors; what it was."""
    soft, hard = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (most, hard))
    return soft


def test_more_idle_connections_than_descriptors_end_nothing_and_a_visitor_is_served_among_them(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor), descriptors=SMALL) as server:
        most = worker(server)["connections"]["most"]
        assert most < SMALL / 2
        with idle(server.port, SMALL + 100):
            assert hit(server.port, "among-them") == 204
            assert vendor.wait_for({"among-them"}) == set()
            told = worker(server)
            assert told["counts"]["connections_closed"]["gave_way"] >= SMALL + 100 - most
            assert (told["accepting"], told["accept_pauses"]) == (True, {})
        server.logged("leaves room for fewer connections")
        assert server.stop() == 0


def asked(id: str) -> bytes:
    return f"GET {HIT.format(id=id)} HTTP/1.1\r\nHost: t.example\r\n\r\n".encode()


def test_without_any_descriptor_accepting_pauses_and_comes_back_and_what_is_open_works_on(tmp_path: Path) -> None:
    """As long as it lasts, connections that have been idle for longer than ours give way, which does not help."""
    ids = {"before", "after", *(f"without-{number}" for number in range(3))}
    with Destination() as vendor, Tagyard(write(tmp_path, vendor)) as server, idle(server.port, 30):
        line = Line(server.port)
        assert line.ask(asked("before"))[0] == 204
        assert vendor.wait_for({"before"}) == set()
        before = limit_of(server.process.pid, 3)
        with idle(server.port, 3):
            server.logged("no file descriptor was left")
            for number in range(3):
                assert line.ask(asked(f"without-{number}"))[0] == 204
            assert server.process.poll() is None
            limit_of(server.process.pid, before)
            assert hit(server.port, "after") == 204
        assert vendor.wait_for(ids) == set()
        told = server.ready()
        assert told["colour"] == "amber"
        assert any("accepting connections has paused: no_descriptor" in reason for reason in told["reasons"])
        assert 1 <= told["workers"][0]["accept_pauses"]["no_descriptor"] < 30
        assert "the disk failed" not in server.log.read_text()
        assert server.stop() == 0


def test_where_all_places_are_in_use_a_new_connection_is_told_so_at_once(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor, "max_connections: 2")) as server:
        lines = [Line(server.port) for _ in range(2)]
        for line in lines:
            line.say(b"POST /g/collect HTTP/1.1\r\nHost: t.example\r\nContent-Length: 100\r\n\r\nx")
        until(lambda: worker(server)["connections"]["open"] == 2)
        status, headers, text = Line(server.port).hear()
        assert (status, headers["connection"]) == (503, "close")
        assert b"server.max_connections" in text
        assert worker(server)["counts"]["connections_closed"] == {"too_many_connections": 1}
        for line in lines:
            line.leave()
        until(lambda: worker(server)["connections"]["open"] == 0)
        assert hit(server.port, "after") == 204


def memory(server: Tagyard) -> int:
    """Bytes that the process has in memory."""
    (line,) = (line for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) << 10


ANNOUNCED = b"POST /g/collect?v=2&tid=G-TEST00001&cid=1.2 HTTP/1.1\r\nHost: t\r\nContent-Length: 1048000\r\n\r\n"
MARGIN = 64 << 20
"""Bytes by which the process may grow beside the bodies: each connection takes some."""
STALLED = 360
"""Uploads that stop short of their end: together more than may be held."""


def post(port: int, id: str) -> int:
    """A hit as browsers post it."""
    line, body = Line(port), b"en=page_view&ep.hit=" + id.encode()
    try:
        return line.ask(ANNOUNCED.replace(b"1048000", b"%d" % len(body)) + body)[0]
    finally:
        line.leave()


def test_bodies_that_are_announced_and_never_come_refuse_nobody(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor)) as server, idle(server.port, 300) as lines:
        for line in lines:
            line.sendall(ANNOUNCED + b"a")
        until(lambda: worker(server)["connections"]["open"] == 300)
        assert [post(server.port, f"among-{number}") for number in range(20)] == [204] * 20
        until(lambda: len(vendor.requests) == 20)
        assert "memory" not in worker(server)["counts"]["connections_closed"]


def test_stalled_uploads_hold_no_more_than_is_stated_and_a_hit_is_taken_beside_them(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor)) as server:
        before, most = memory(server), 0
        with idle(server.port, STALLED) as lines, ThreadPoolExecutor(8) as threads:
            sending = [threads.submit(line.sendall, ANNOUNCED + b"a" * 983_040) for line in lines]
            statuses: list[int] = []
            while not all(each.done() for each in sending) or len(statuses) < 20:
                statuses.append(post(server.port, f"among-{len(statuses)}"))
                most = max(most, memory(server))
            assert set(statuses) == {204}
            assert worker(server)["counts"]["connections_closed"]["memory"] >= 50
        assert most - before < MOST_HELD + MARGIN
        until(lambda: worker(server)["connections"]["open"] == 0)
        until(lambda: memory(server) - before < MARGIN)


def test_limits_may_be_set_and_lifted_while_it_runs(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor)) as server:
        assert [hit(server.port, f"free-{number}") for number in range(5)] == [204] * 5
        for reloads, (limit, statuses) in enumerate(LIMITS.items(), 1):
            write(tmp_path, vendor, limit)
            server.process.send_signal(signal.SIGHUP)
            server.logged("configuration reloaded", reloads)
            assert [hit(server.port, f"{reloads}-{number}") for number in range(5)] == statuses
        told = worker(server)["counts"]
        assert told["turned_away"] == {"rate_limit": 3}
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/alive", timeout=60) as alive:
            assert alive.status == 200


LIMITS = {
    "rate_limit: {per_second: 0.01, burst: 2}": [204, 204, 429, 429, 429],
    "rate_limit: {per_second: 1000, burst: 10}": [204] * 5,
    "": [204] * 5,
}


def test_one_address_has_only_so_many_connections(tmp_path: Path) -> None:
    with Destination() as vendor, Tagyard(write(tmp_path, vendor, "max_connections_per_address: 3")) as server:
        with idle(server.port, 3):
            until(lambda: worker(server)["connections"]["open"] == 3)
            status, _, text = Line(server.port).hear()
            assert (status, b"server.max_connections_per_address" in text) == (429, True)
            assert worker(server)["counts"]["connections_closed"] == {"too_many_of_one": 1}
        until(lambda: worker(server)["connections"]["open"] == 0)
        assert hit(server.port, "after") == 204
