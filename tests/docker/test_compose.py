"""The compose files of one server: what they start, what it may do, and who reaches it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from config import SourceFile, load
from core.fields import Duration
from core.registry import installed
from tests.docker.compose import DOCKER, copy, parse, services, where_from
from tests.server.process.harness import ROOT


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """docker/ as it is after the steps that compose.yaml tells."""
    return copy(tmp_path)


@pytest.mark.parametrize("name", ["compose.yaml", "compose.dev.yaml"])
def test_every_service_runs_with_no_rights_that_it_does_not_need(copied: Path, name: str) -> None:
    for service in services(copied / name).values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert set(service.get("cap_add", [])) <= {"NET_BIND_SERVICE"}
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")


def test_both_services_come_back_and_their_logs_have_an_end(copied: Path) -> None:
    for service in services(copied / "compose.yaml").values():
        assert service["restart"] == "unless-stopped"
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}


def test_only_caddy_is_reached_from_outside_and_it_waits_for_tagyard(copied: Path) -> None:
    both = services(copied / "compose.yaml")
    assert (DOCKER / "compose.yaml").read_text().count('"127.0.0.1:8081:8081"') == len(both["tagyard"]["ports"]) == 1
    assert {int(port["published"]) for port in both["caddy"]["ports"]} == {80, 443}
    assert both["caddy"]["depends_on"]["tagyard"]["condition"] == "service_healthy"


def test_secrets_reach_tagyard_alone(copied: Path) -> None:
    (copied / ".env").write_text("TAGYARD_HOST=data.example.com\nTAGYARD_ADMIN_TOKEN=sesame\n")
    both = services(copied / "compose.yaml")
    assert both["tagyard"]["environment"]["TAGYARD_ADMIN_TOKEN"] == "sesame"
    assert "sesame" not in json.dumps(both["caddy"])


def test_a_stop_has_longer_than_the_servers_grace(copied: Path) -> None:
    text = (DOCKER / "config" / "container.yaml").read_text()
    loaded = load(
        [SourceFile("f", text.encode())],
        registry=installed(),
        environ={"TAGYARD_ADMIN_TOKEN": "0123456789abcdef"},
        read=lambda _: b"",
        serve=True,
    )
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.settings is not None
    grace = loaded.settings.server.shutdown_grace
    stop = TypeAdapter[float](Duration).validate_python(services(copied / "compose.yaml")["tagyard"]["stop_grace_period"])
    assert stop > grace + 5
    unit = re.search(r"^TimeoutStopSec=(\d+)s$", (DOCKER / "tagyard.service").read_text(), re.MULTILINE)
    assert unit is not None
    assert int(unit[1]) > grace + 5


def test_what_is_mounted_exists_and_only_volumes_are_written(copied: Path) -> None:
    for name in ("compose.yaml", "compose.dev.yaml"):
        for service in services(copied / name).values():
            for volume in service.get("volumes", []):
                source, read_only = where_from(volume)
                assert not source.startswith("/") or (Path(source).exists() and read_only), volume


def test_without_a_subdomain_it_says_what_to_do(copied: Path) -> None:
    (copied / ".env").write_text("TAGYARD_ADMIN_TOKEN=sesame\n")
    done = parse(copied / "compose.yaml")
    assert done.returncode != 0
    assert "write the subdomain into docker/.env" in done.stderr


def test_the_file_with_the_secrets_stays_out_of_git_and_out_of_the_image() -> None:
    ignored = subprocess.run(["git", "check-ignore", "docker/.env"], cwd=ROOT, capture_output=True, check=False)
    assert ignored.returncode == 0
    assert "!docker/.env" not in (ROOT / ".dockerignore").read_text()


def test_the_caddy_beside_it_sends_the_subdomain_to_tagyard_as_the_recipe_does() -> None:
    def adapted(file: Path, **env: str) -> Any:
        command = ["caddy", "adapt", "--config", str(file), "--adapter", "caddyfile"]
        done = subprocess.run(
            command, env={"PATH": "/usr/local/bin:/usr/bin:/bin", **env}, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)["apps"]["http"]["servers"]

    beside = adapted(DOCKER / "Caddyfile", TAGYARD_HOST="data.example.com", TAGYARD_UPSTREAM="tagyard:8080")
    recipe = adapted(DOCKER / "proxies" / "Caddyfile", TAGYARD_UPSTREAM="tagyard:8080")
    recipe["srv0"]["routes"] = [route for route in recipe["srv0"]["routes"] if route["match"] == [{"host": ["data.example.com"]}]]
    assert beside == recipe
