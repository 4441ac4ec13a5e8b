"""Why nobody claims a request: by each kind of client, and below a prefix, in the same words wherever it is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from server.cli import main
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process

CLIENTS = """
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
  backend: {type: measurement_protocol, measurement_ids: [G-ABC1234567]}
  apps: {type: universal_analytics, activation_paths: /app, measurement_ids: [G-ABC1234567]}
  hooks: {type: json, activation_paths: /hook}
  scripts: {type: google_scripts, ids: [G-ABC1234567]}
  shop: {type: demo, priority: -1}
"""
HIT = "/g/collect?v=2&cid=1.2&en=page_view"

PRINTED = re.compile(r"/r/([0-9a-f]+)\n(?:\{.*\n)* +no client claims it: (.*)")
"""Lines of the log may stand between."""

DECLINED = {
    ("GET", f"{HIT}&tid=G-OTHER"): "web: measurement id G-OTHER is not among G-ABC1234567",
    ("GET", HIT): "web: the query has no tid, the measurement id",
    ("HEAD", f"{HIT}&tid=G-OTHER"): "web: it is a HEAD: hits come by GET or POST",
    ("PUT", f"{HIT}&tid=G-ABC1234567"): "web: it is a PUT: hits come by GET or POST",
    ("GET", "/mp/collect?measurement_id=G-ABC1234567"): "backend: it is a GET: payloads come by POST",
    ("POST", "/mp/collect?measurement_id=G-OTHER"): "backend: measurement id G-OTHER is not among G-ABC1234567",
    ("GET", "/app?v=1&tid=G-OTHER&t=pageview"): "apps: measurement id G-OTHER is not among G-ABC1234567",
    ("DELETE", "/app?v=1"): "apps: it is a DELETE: hits come by GET or POST",
    ("PUT", "/hook"): "hooks: it is a PUT: requests come by POST or GET",
    ("PUT", "/gtag/js?id=G-ABC1234567"): "scripts: it is a PUT: scripts are asked for by GET or HEAD",
    ("POST", "/"): "shop: it is a POST: the page is asked for by GET",
    ("GET", "/nowhere"): "web: the path is not /g/collect",
}
BELOW = {
    ("GET", f"{HIT}&tid=G-ABC1234567"): "",
    ("GET", "/elsewhere/nothing"): "the path is not below /metrics, the server.path_prefix",
    ("GET", f"/metrics{HIT}&tid=G-OTHER"): "web: measurement id G-OTHER is not among G-ABC1234567",
}


def written(folder: Path, server: str = "") -> Path:
    path = folder / "container.yaml"
    path.write_text(f"server: {{log: {{access: 1, format: json}}{server}}}\nclients:{CLIENTS}tags:\n  ga4: {{}}\n")
    return path


@pytest.fixture(scope="module", params=["", ", path_prefix: /metrics"], ids=["at the root", "below a prefix"])
def serving(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tagyard, Any]]:
    asked = BELOW if request.param else DECLINED
    config = written(tmp_path_factory.mktemp("unclaimed"), request.param)
    with Tagyard(config, options=("--dry-run",)) as server:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client:
            for method, target in asked:
                client.request(method, target)
        yield server, {asks: why for asks, why in asked.items() if why}


def test_the_log_the_dry_run_and_the_pages_say_the_same(serving: tuple[Tagyard, Any]) -> None:
    server, asked = serving
    text = server.logged('"why"', len(asked))
    logged = [each["why"] for line in text.splitlines() if line.startswith("{") and "why" in (each := json.loads(line))]
    printed = dict(PRINTED.findall(text))
    assert len(logged) == len(printed) == len(asked)
    with httpx.Client(base_url=f"http://127.0.0.1:{server.admin}", follow_redirects=True) as client:
        pages = {id: client.get(f"/r/{id}").text for id in printed}
        rows = client.get("/api/requests").text
    for why in asked.values():
        assert any(why in each.split("; ") for each in logged), (why, logged)
        ids = [id for id, each in printed.items() if why in each.split("; ")]
        assert ids, (why, printed)
        assert why.split(": ", 1)[-1] in pages[ids[0]]
        assert why in rows


@pytest.mark.parametrize("asks", DECLINED, ids=lambda asks: " ".join(asks))
def test_explain_says_it_too(tmp_path: Path, asks: tuple[str, str]) -> None:
    method, target = asks
    done = CliRunner().invoke(main, ["explain", str(written(tmp_path)), "--method", method, "--url", target])
    assert DECLINED[asks] in done.output
