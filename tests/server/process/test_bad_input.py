"""What the server says of what it cannot use: one clear line and an exit code, or a 4xx; never a traceback, never a 5xx."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.server.process.destination import Destination
from tests.server.process.forked import command
from tests.server.process.harness import Load, Tagyard

pytestmark = pytest.mark.process

GOOD = "clients: {ga4: {measurement_ids: [G-TEST00001]}}\ntags: {ga4: {}}\n"

BROKEN = {
    "a malformed YAML": ("clients: {ga4: [\n", r"container\.yaml:\d+:\d+: "),
    "an unknown type": ("clients: {ga4: {}}\ntags: {ga5: {}}\n", r"container\.yaml:2:\d+: tags\.ga5.*ga4"),
    "a cyclic variable": (
        GOOD + "variables: {a: '{{ var.b }}', b: '{{ var.a }}'}\n",
        r"container\.yaml:3:\d+: variables\.\w.*(a → b|b → a|a -> b|b -> a|cycle|itself)",
    ),
    "an expression with a syntax error": (
        GOOD + "triggers: {t: {when: 'event.value >'}}\n",
        r"container\.yaml:3:\d+: triggers\.t\.when",
    ),
    "a missing environment variable": (
        "clients: {ga4: {measurement_ids: G-TEST00001}}\n"
        "tags: {web: {type: http_request, url: 'https://a.example/', headers: {authorization: '${NOT_SET}'}}}\n",
        r"container\.yaml:2:\d+: .*NOT_SET",
    ),
    "an outbox of which the stream has no such name": (
        GOOD + "outbox: {url: 'nats://127.0.0.1:4222/no hits'}\n",
        r"container\.yaml:3:\d+: outbox\.url",
    ),
}


def serve(folder: Path, text: str, *options: str, port: int | None = None) -> subprocess.CompletedProcess[str]:
    config = folder / "container.yaml"
    config.write_text(text)
    ports = ("--host", "127.0.0.1", "--port", str(port or free_port()), "--admin-port", str(free_port()))
    environ = {name: value for name, value in os.environ.items() if name != "NOT_SET"}
    return command("serve", str(config), *ports, *options, env=environ)


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_configuration_that_cannot_be_used_is_named_by_its_line(tmp_path: Path, text: str, expected: str) -> None:
    ended = serve(tmp_path, text)
    assert ended.returncode != 0
    assert re.search(expected, ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = serve(tmp_path, GOOD, port=taken.getsockname()[1])
    assert ended.returncode != 0
    assert "cannot listen on 127.0.0.1" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    ended = serve(tmp_path, GOOD)
    assert ended.returncode != 0
    assert str(tmp_path / "data") in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_data_folder_in_use(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    config.write_text(GOOD)
    with Tagyard(config):
        ended = serve(tmp_path, GOOD, "--wait-for-folder", "0")
    assert ended.returncode == 1
    assert ended.stderr == f"Error: {tmp_path / 'data'}: another Tagyard is using this data folder\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tagyard, Destination]]:
    config = tmp_path_factory.mktemp("hits") / "container.yaml"
    with Destination() as vendor:
        config.write_text(GOOD.replace("ga4: {}}", f"ga4: {{endpoint: '{vendor.url}'}}}}"))
        with Tagyard(config) as tagyard:
            yield tagyard, vendor


START = b"/g/collect?v=2&tid=G-TEST00001&cid=1.2&en=page_view"
MALFORMED = {
    "bad percent-encoding": (b"GET " + START + b"&dt=%zz%4&dl=%", b""),
    "invalid UTF-8": (b"GET " + START + b"&dt=%ff%fe%c3%28", b""),
    "NUL bytes": (b"GET " + START + b"&dt=a%00b&ep.%00=1", b""),
    "10,000 parameters": (b"POST " + START, b"&".join(b"ep.p%d=1" % number for number in range(10_000))),
    "a 5,000-digit number": (b"POST " + START, b"en=x&epn.value=" + b"9" * 5000),
    "a 10 MB body": (b"POST " + START, b"x" * 10_000_000),
    "binary garbage": (b"POST " + START, bytes(range(256)) * 10),
    "nobody's path": (b"GET /etc/passwd", b""),
    "another id": (b"GET /g/collect?v=2&tid=G-OTHER0001&cid=1.2&en=x", b""),
}


@pytest.mark.parametrize(("head", "body"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_hit_is_answered_below_500(running: tuple[Tagyard, Destination], head: bytes, body: bytes) -> None:
    tagyard, vendor = running
    status = answer(tagyard.port, head + b" HTTP/1.1\r\nHost: t.example\r\nContent-Length: %d\r\n\r\n" % len(body), body)
    assert 200 <= status < 500
    load = Load(tagyard.port, connections=1)
    load.run([f"after-{head[-20:]!r}".encode().hex()])
    assert vendor.wait_for(load.acknowledged) == set()
    assert load.acknowledged, "the worker goes on"


def answer(port: int, head: bytes, body: bytes) -> int:
    """The status; the server may answer and close before it has read the whole body."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head)
        with contextlib.suppress(OSError):
            connection.sendall(body)
        return int(connection.recv(4096)[9:12])
