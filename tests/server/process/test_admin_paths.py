"""The public port of a real server knows nothing of the admin port's pages."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.debug_page.pages import admin_routes
from tests.server.process.harness import Tagyard

pytestmark = pytest.mark.process

CONFIG = """
clients: {ga4: {measurement_ids: [G-TEST00001]}, measurement_protocol: {}}
tags: {log: {}}
"""


def admin_paths() -> list[str]:
    """Every path of the admin port."""
    values = {"worker:worker": "0", "id": "ab", "row": "0-1"}
    return [re.sub(r"\{(.+?)\}", lambda found: values.get(found[1], "x"), route.path) for route in admin_routes()]


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


TOKEN = "a-token-of-this-test"
LOCKED = f"""
server: {{admin_token: {TOKEN}}}
clients: {{ga4: {{measurement_ids: [G-TEST00001]}}}}
tags: {{log: {{}}}}
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_signing_out_and_a_restart_end_what_a_cookie_opened(tmp_path: Path, workers: int) -> None:
    config = tmp_path / "container.yaml"
    config.write_text(LOCKED)
    with Tagyard(config, workers, token=TOKEN) as server:
        at = f"http://127.0.0.1:{server.admin}"

        def sign_in() -> dict[str, str]:
            answer = httpx.post(f"{at}/login", data={"token": TOKEN}, headers={"Origin": at})
            return {"Cookie": answer.headers["set-cookie"].partition(";")[0], "Origin": at}

        one, other = sign_in(), sign_in()
        assert httpx.post(f"{at}/logout", headers=one).status_code == 303
        assert [httpx.get(f"{at}/api/requests", headers=each).status_code for each in (one, other)] == [401, 200]
        assert server.stop() == 0
        server.start()
        assert httpx.get(f"{at}/api/requests", headers=other).status_code == 401
        assert httpx.post(f"{at}/login", data={"token": "wrong"}, headers={"Origin": at}).status_code == 403
    line = next(line for line in server.logged("a sign-in was refused").splitlines() if "a sign-in was refused" in line)
    assert '"address": "127.0.0.1"' in line
    assert "wrong-" not in line
