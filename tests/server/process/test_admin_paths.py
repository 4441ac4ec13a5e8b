"""The public port of a real server knows nothing of the admin port's pages."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from server.admin import OPEN, admin_app
from server.admin.guard import Guard
from tests.server.process.harness import Tagyard

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]

CONFIG = """
clients: {ga4: {measurement_ids: [G-TEST00001]}, measurement_protocol: {}}
tags: {log: {}}
"""


def admin_paths() -> list[str]:
    """Every path of the admin port."""
    guard = admin_app([], OPEN, leaving=lambda: False, clock=lambda: 0)
    assert isinstance(guard, Guard)
    assert isinstance(guard._app, Starlette)
    paths = [route.path for route in guard._app.routes if isinstance(route, Route)]
    return [
        path.replace("{worker:int}", "0").replace("{id}", "ab").replace("{row}", "0-1").replace("{name}", "x") for path in paths
    ]


def test_no_page_of_the_admin_port_is_on_the_public_one(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    config.write_text(CONFIG)
    paths = admin_paths()
    assert len(paths) > 15
    with Tagyard(config, options=("--dry-run",)) as server, httpx.Client() as client:
        for path in paths:
            for method in ("GET", "POST"):
                reply = client.request(method, f"http://127.0.0.1:{server.port}{path}")
                probe = (method, path) == ("GET", "/")
                said = (200, "ok\n") if probe else (400, "no client claims this request\n")
                assert (reply.status_code, reply.text) == said, path
        assert client.get(f"http://127.0.0.1:{server.admin}/ready").status_code == 200
        assert client.get(f"http://127.0.0.1:{server.admin}/api/requests").json()["requests"][0]["state"] == "unclaimed"
