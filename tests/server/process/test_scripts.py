"""The scripts of a real server: from a real upstream that comes and goes, through restarts, for the operator too."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.process import forked
from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard
from tests.server.scripts.made import GOOGLE, expected, made

pytestmark = pytest.mark.process

SOURCE = made()
HEAD = b"Content-Type: text/javascript\r\nContent-Encoding: gzip\r\nSet-Cookie: a=1\r\nCache-Control: private, max-age=900\r\n"
CONFIG = """
server: {{path_prefix: '{prefix}', allowed_origins: [https://www.shop.example]}}
clients:
  ga4: {{measurement_ids: [G-TEST00001]}}
  scripts: {{type: google_scripts, upstream: '{url}'{more}}}
tags: {{ga4: {{endpoint: '{url}'}}}}
"""


class Google:
    """Answers a request for a script with ``body``, or with an error."""

    def __init__(self, body: bytes = SOURCE) -> None:
        self.body = body
        self.well = True
        self.error = b"503 Unwell\r\n"

    def __call__(self, _: int, transport: asyncio.Transport) -> None:
        if not self.well:
            transport.write(b"HTTP/1.1 " + self.error + b"Content-Length: 0\r\n\r\n")
            return
        body = gzip.compress(self.body, 1)
        transport.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (HEAD, len(body), body))


def write(path: Path, vendor: Destination, prefix: str = "", more: str = "") -> Path:
    path.write_text(CONFIG.format(url=vendor.url, prefix=prefix, more=more))
    return path


@pytest.fixture
def google() -> Iterator[tuple[Google, Destination]]:
    behaviour = Google()
    with Destination(behaviour) as vendor:
        yield behaviour, vendor


def get(server: Tagyard, path: str = "/gtag/js?id=G-TEST00001", **headers: str) -> httpx.Response:
    named = {"host": "data.shop.example", "accept-encoding": "br", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return httpx.get(f"http://127.0.0.1:{server.port}{path}", headers=named, trust_env=False, timeout=60)


def scripts(command: str, config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return forked.command("scripts", command, str(config), *options)


def rows(config: Path, command: str = "status") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(scripts(command, config, "--json").stdout)["scripts"]
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
        other = get(server, f"{prefix}/gtm.js?id=GTM-OTHER&l=x", origin="https://www.shop.example")
        assert (other.status_code, other.headers["location"]) == (302, f"{vendor.url}/gtm.js?id=GTM-OTHER&l=x")
        assert other.headers["access-control-allow-origin"] == "https://www.shop.example"
        worker = get(server, f"{prefix}/_/service_worker/1/sw.js")
        assert worker.headers["service-worker-allowed"] == f"{prefix}/_/service_worker"
        assert get(server, f"{prefix}/_/service_worker/1/nothing").status_code == 404
        assert server.stop() == 0
    assert [url for url, _ in vendor.requests] == ["/gtag/js?id=G-TEST00001&l=dataLayer", "/static/service_worker/1/sw.js"]
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
    def took(server: Tagyard) -> float:
        began = time.monotonic()
        assert get(server, "/g/collect?v=2&tid=G-TEST00001&cid=1.2&en=x").status_code == 204
        return time.monotonic() - began

    with Destination(lambda *_: None) as vendor, Tagyard(write(tmp_path / "container.yaml", vendor)) as server:
        usual = took(server)
        with httpx.Client(trust_env=False, timeout=1.0) as client, pytest.raises(httpx.ReadTimeout):
            client.get(f"http://127.0.0.1:{server.port}/gtag/js?id=G-TEST00001")
        assert took(server) < max(1, 10 * usual)
        assert server.stop() == 0


def test_made_up_queries_cost_upstream_nothing(tmp_path: Path, google: tuple[Google, Destination]) -> None:
    _, vendor = google
    with Tagyard(write(tmp_path / "container.yaml", vendor)) as server:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{server.port}", headers={"host": "evil.example"}, trust_env=False
        ) as client:
            replies = [client.get(f"/gtag/js?id=G-TEST00001&x{number}={number}&_={number}") for number in range(600)]
        assert {(reply.status_code, reply.content) for reply in replies} == {(200, SOURCE)}, "and the host is nobody's"
        assert len(vendor.requests) == 1
        assert ["evil.example", "600"] in [line.split() for line in scripts("status", server.config).stdout.splitlines()]
        metrics = httpx.get(f"http://127.0.0.1:{server.admin}/metrics", trust_env=False).text
        assert 'tagyard_findings_total{code="SCRIPT_PARAMETER_LEFT_OUT",worker="0"} 600.0' in metrics
        assert server.stop() == 0


def test_what_pages_ask_for_and_nobody_listed_is_told(tmp_path: Path, google: tuple[Google, Destination]) -> None:
    _, vendor = google
    with Tagyard(write(tmp_path / "container.yaml", vendor)) as server:
        for _ in range(3):
            assert get(server, "/gtag/destination?id=AW-987654321&cx=c").status_code == 302
        told = scripts("status", server.config).stdout
        assert "Asked for, not listed" in told
        assert ["AW-987654321", "3"] in [line.split() for line in told.splitlines()]
        page = httpx.get(f"http://127.0.0.1:{server.admin}/scripts", trust_env=False).text
        assert "Asked for, not listed" in page
        assert "AW-987654321" in page
        assert get(server, "/a?id=GTM-ABC123&v=3&t=l&pid=1").status_code == 204
        assert httpx.post(f"http://127.0.0.1:{server.port}/a?id=GTM-ABC123&v=3", content=b"x", trust_env=False).status_code == 204
        refused = get(server, "/d/ccm/form-data/987654321")
        assert (refused.status_code, "Ads form data of Google's tag gateway" in refused.text) == (400, True)
        [worker] = server.ready()["workers"]
        assert worker["counts"]["unclaimed"] == 0
        assert worker["counts"]["findings"] == {"SCRIPT_ID_NOT_LISTED": 3, "SCRIPT_TELEMETRY": 2, "GOOGLE_PATH_REFUSED": 1}
        assert worker["counts"]["subjects"]["GOOGLE_PATH_REFUSED: gateway_form_data"] == 1
        assert vendor.requests == []
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (b"404 Not Found\r\n", 404, "Google has no published version of G-TEST00001"),
        (b"403 Forbidden\r\n", 403, "Google refuses G-TEST00001 (HTTP 403)"),
        (b"429 Too Many\r\nRetry-After: 7\r\n", 429, "Google asks for fewer requests (HTTP 429)"),
    ],
)
def test_a_refusal_of_upstream_has_its_name(
    tmp_path: Path, google: tuple[Google, Destination], error: bytes, status: int, words: str
) -> None:
    behaviour, vendor = google
    behaviour.well, behaviour.error = False, error
    with Tagyard(write(tmp_path / "container.yaml", vendor)) as server:
        for _ in range(5):
            reply = get(server)
            assert (reply.status_code, reply.text) == (status, f"{words}\n")
        assert ("retry-after" in reply.headers) is (status == 429)
        assert len(vendor.requests) == 1
        assert words in scripts("status", server.config).stdout
        ready = server.ready()
        assert (ready["colour"], ready["reasons"], ready["accepting"]) == ("amber", [words], True)
        behaviour.well = True
        assert scripts("refresh", server.config).returncode == 0
        assert get(server).status_code == 200
        assert server.ready()["reasons"] == []
        assert server.stop() == 0


def test_what_googles_tags_send_is_passed_on_where_that_is_wanted(tmp_path: Path, google: tuple[Google, Destination]) -> None:
    _, vendor = google

    def pixel(_: int, transport: asyncio.Transport) -> None:
        transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\nSet-Cookie: IDE=1\r\nContent-Length: 3\r\n\r\nGIF")

    with Destination(pixel) as ads:
        more = f", ids: [G-TEST00001, AW-987654321], google_paths: forward, google_origin: '{ads.url}'"
        config = write(tmp_path / "container.yaml", vendor, more=more)
        config.write_text(config.read_text().replace("server: {", "server: {trusted_proxies: [loopback], "))
        with Tagyard(config) as server:
            url = f"http://127.0.0.1:{server.port}/gs/pagead/conversion/987654321/?label=x&uip=1.1.1.1"
            told = {"x-forwarded-for": "203.0.113.7", "user-agent": "Mozilla/5.0 (visitor)", "cookie": "FPID=1"}
            reply = httpx.post(url, content=b"em=1", headers=told, trust_env=False)
            assert (reply.status_code, reply.content, reply.headers["content-type"]) == (200, b"GIF", "image/gif")
            assert "set-cookie" not in reply.headers
            assert get(server, "/gs/pagead/conversion/123/?label=x").status_code == 400
            assert ["gateway_conversion", "passed_on", "1"] in [
                line.split() for line in scripts("status", server.config).stdout.splitlines()
            ]
            assert server.stop() == 0
        assert ads.requests == [("/tagyard/gs/pagead/conversion/987654321/?label=x&uip=203.0.113.7", b"em=1")]


def test_in_a_dry_run_nothing_is_passed_on(tmp_path: Path, google: tuple[Google, Destination]) -> None:
    _, vendor = google
    more = f", google_paths: forward, google_origin: '{vendor.url}'"
    with Tagyard(write(tmp_path / "container.yaml", vendor, more=more), options=("--dry-run",)) as server:
        assert get(server, "/g/ccm/collect?en=page_view").status_code == 204
        assert server.stop() == 0
    assert vendor.requests == []


def test_without_a_client_for_scripts_the_workers_frame_is_not_there(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    config.write_text("clients: {ga4: {measurement_ids: [G-TEST00001]}}\ntags: {log: {}}\n")
    with Tagyard(config) as server:
        assert get(server, "/_/service_worker/5710/sw_iframe.html?origin=x").status_code == 404
        assert server.ready()["workers"][0]["counts"]["unclaimed"] == 0
        assert get(server, "/gtag/js?id=G-TEST00001").status_code == 400
        assert server.stop() == 0
