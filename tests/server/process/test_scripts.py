"""The scripts of a real server: from a real upstream that comes and goes, through restarts, for the operator too."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.process.destination import Destination
from tests.server.process.harness import ROOT, Tagyard
from tests.server.scripts.made import GOOGLE, expected, made

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

SOURCE = made()
HEAD = b"Content-Type: text/javascript\r\nContent-Encoding: gzip\r\nSet-Cookie: a=1\r\nCache-Control: private, max-age=900\r\n"
CONFIG = """
server: {{path_prefix: '{prefix}', allowed_origins: [https://www.shop.example]}}
clients:
  ga4: {{measurement_ids: [G-TEST00001]}}
  scripts: {{type: google_scripts, upstream: '{url}'}}
tags: {{ga4: {{endpoint: '{url}'}}}}
"""


class Google:
    """Answers a request for a script with ``body``, or with an error."""

    def __init__(self, body: bytes = SOURCE) -> None:
        self.body = body
        self.well = True

    def __call__(self, _: int, transport: asyncio.Transport) -> None:
        if not self.well:
            transport.write(b"HTTP/1.1 503 Unwell\r\nContent-Length: 0\r\n\r\n")
            return
        body = gzip.compress(self.body, 1)
        transport.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (HEAD, len(body), body))


def write(path: Path, vendor: Destination, prefix: str = "") -> Path:
    path.write_text(CONFIG.format(url=vendor.url, prefix=prefix))
    return path


@pytest.fixture
def google() -> Iterator[tuple[Google, Destination]]:
    behaviour = Google()
    with Destination(behaviour) as vendor:
        yield behaviour, vendor


def get(server: Tagyard, path: str = "/gtag/js?id=G-TEST00001", **headers: str) -> httpx.Response:
    named = {"host": "data.shop.example", "accept-encoding": "br", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return httpx.get(f"http://127.0.0.1:{server.port}{path}", headers=named, trust_env=False, timeout=20)


def scripts(command: str, config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "server.cli", "scripts", command, str(config), *options]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def rows(config: Path, command: str = "status") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(scripts(command, config, "--json").stdout)
    return found


@pytest.mark.parametrize("prefix", ["", "/metrics"])
def test_a_script_comes_from_this_host(tmp_path: Path, google: tuple[Google, Destination], prefix: str) -> None:
    _, vendor = google
    with Tagyard(write(tmp_path / "container.yaml", vendor, prefix)) as server:
        path = f"{prefix}/gtag/js?id=G-TEST00001&l=dataLayer"
        reply = get(server, path, origin="https://www.shop.example")
        place = f"data.shop.example{prefix}"
        wanted = expected(SOURCE, place, place.replace("/", "\\/"), place.replace("/", "%2F"))
        assert (reply.status_code, reply.content) == (200, wanted)
        assert reply.headers["content-encoding"] == "br"
        assert reply.headers["cache-control"] == "private, max-age=900"
        assert reply.headers["access-control-allow-origin"] == "https://www.shop.example"
        assert set(reply.headers.get_list("vary")) == {"Accept-Encoding", "Origin"}
        assert "set-cookie" not in reply.headers
        unchanged = get(server, path, if_none_match=reply.headers["etag"])
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert "content-length" not in unchanged.headers
        head = httpx.head(f"http://127.0.0.1:{server.port}{path}", headers={"host": "data.shop.example"}, trust_env=False)
        assert (head.status_code, head.content) == (200, b"")
        assert get(server, f"{prefix}/gtm.js?id=GTM-OTHER").status_code == 400
        assert get(server, f"{prefix}/_/service_worker/1/nothing").status_code == 404
        assert server.stop() == 0
    assert [url for url, _ in vendor.requests] == ["/gtag/js?id=G-TEST00001&l=dataLayer"]
    assert "Traceback" not in server.log.read_text()


def test_it_outlives_upstream_and_a_restart(tmp_path: Path, google: tuple[Google, Destination]) -> None:
    behaviour, vendor = google
    with Tagyard(write(tmp_path / "container.yaml", vendor)) as server:
        first = get(server)
        behaviour.well = False
        assert server.stop() == 0
        server.start()
        assert get(server).content == first.content
        assert get(server, "/gtag/js?id=G-TEST00001&l=other").status_code == 502
        assert server.stop() == 0
    folder = tmp_path / "data" / "scripts"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert GOOGLE.encode() in next(folder.iterdir()).read_bytes(), "kept is what upstream sent"


@pytest.mark.parametrize("workers", [1, 2])
def test_an_operator_sees_and_renews_them(tmp_path: Path, google: tuple[Google, Destination], workers: int) -> None:
    behaviour, vendor = google
    with Tagyard(write(tmp_path / "container.yaml", vendor), workers) as server:
        assert scripts("status", server.config).stdout == "No script has been asked for yet.\n"
        get(server)
        [row] = rows(server.config)
        assert row["url"] == f"{vendor.url}/gtag/js?id=G-TEST00001"
        assert (row["bytes"], row["fresh"], row["failure"]) == (len(SOURCE), True, None)
        behaviour.body = b'"www.googletagmanager.com";newer'
        assert [row["bytes"] for row in rows(server.config, "refresh")] == [len(behaviour.body)]
        assert len(vendor.requests) == 2
        if workers == 1:
            assert get(server).content == b'"data.shop.example";newer'
        behaviour.well = False
        failed = scripts("refresh", server.config)
        assert failed.returncode == 1
        assert "HTTP 503" in failed.stdout
        assert "1 script could not be fetched; the old ones stay" in failed.stderr
        assert server.stop() == 0
    nobody = scripts("status", server.config)
    assert nobody.returncode == 1
    assert "no running server" in nobody.stderr


def test_a_slow_upstream_keeps_no_hit_waiting(tmp_path: Path) -> None:
    with Destination(lambda *_: None) as vendor, Tagyard(write(tmp_path / "container.yaml", vendor)) as server:
        with httpx.Client(trust_env=False, timeout=1.0) as client, pytest.raises(httpx.ReadTimeout):
            client.get(f"http://127.0.0.1:{server.port}/gtag/js?id=G-TEST00001")
        began = time.monotonic()
        assert get(server, "/g/collect?v=2&tid=G-TEST00001&cid=1.2&en=x").status_code == 204
        assert time.monotonic() - began < 1
        assert server.stop() == 0
