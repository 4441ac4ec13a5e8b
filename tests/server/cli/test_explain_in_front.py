"""``explain`` and ``serve`` where the file speaks of a prefix, of geo headers and of a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.server.cli.conftest import Run
from tests.server.mmdb import database

FILE = """
server: {path_prefix: /metrics, behind: cloudflare, geo: {fill_event: true, database: geo.mmdb}}
clients: {ga4: {measurement_ids: [G-ABC1234567]}}
tags: {ga4: {}}
"""
HIT = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view"


def test_a_request_is_explained_as_it_would_come_through_the_proxy(run: Run, folder: Path) -> None:
    (folder / "container.yaml").write_text(FILE)
    (folder / "geo.mmdb").write_bytes(database({"country": {"iso_code": "SE"}}))

    def explained(*arguments: str) -> Any:
        return json.loads(run("explain", "--json", *arguments).stdout)

    def location(*arguments: str) -> object:
        (event,) = explained("--url", f"/metrics{HIT}", *arguments)["events"]
        return event["data"].get("event_location")

    assert explained("--url", HIT)["client"] == "ga4", "the proxy may have taken the prefix away"
    assert explained("--url", f"/other{HIT}")["client"] is None
    assert location("--header", "CF-IPCountry: DE") == {"country": "DE"}
    assert location("--header", "X-Gclb-Country: DE") is None
    assert location("--ip", "10.1.2.3") == {"country": "SE"}
    assert location("--ip", "10.1.2.3", "--header", "CF-IPCountry: DE") == {"country": "DE"}
    assert location() is None


def test_a_database_that_is_missing_is_told_before_anything_is_served(run: Run, folder: Path) -> None:
    (folder / "container.yaml").write_text(FILE)
    for command in (["serve", "--dry-run"], ["explain", "--url", HIT]):
        result = run(*command)
        assert result.exit_code == 1
        assert "geo.mmdb: server.geo.database cannot be read: No such file" in result.stderr
    assert run("check").exit_code == 0, "where it is only checked the database need not be"
