"""``init`` writes a file that works as it is; ``schema`` describes every file; help and version are there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server.cli import main

ROOT = Path(__file__).parents[3]


def test_the_file_of_init_has_nothing_to_complain_about(run: Any, folder: Path) -> None:
    result = run("init", "G-ABC1234567")
    assert result.exit_code == 0
    assert "tagyard serve --dry-run" in result.output
    assert (folder / "container.yaml").read_text().count("G-ABC1234567") == 1
    assert run("check", "--strict").stdout == "container.yaml is fine: 1 client, 1 tag\n"


def test_the_example_that_init_tells_is_claimed(run: Any) -> None:
    told = run("init", "G-ABC1234567").output
    url = next(line for line in told.splitlines() if "--url" in line).split("'")[1]
    assert "claimed by ga4" in run("explain", "--url", url).stdout


def test_the_commented_lines_of_init_work(run: Any, folder: Path) -> None:
    run("init", "G-ABC1234567")
    path = folder / "container.yaml"
    text = path.read_text()
    head, tail = text.split("# transformations:", 1)
    more = ("# transformations:" + tail).split("# And")
    path.write_text(head + more[0].replace("# ", "").replace("#", ""))
    assert run("check").exit_code == 0


def test_without_an_id_the_next_step_is_to_put_one_in(run: Any, folder: Path) -> None:
    assert "put your measurement ID in place of G-XXXXXXXXXX" in run("init").output
    assert "G-XXXXXXXXXX" in (folder / "container.yaml").read_text()
    assert run("check").exit_code == 0


def test_a_file_that_is_there_stays(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text("mine")
    result = run("init", "G-ABC1234567")
    assert (result.exit_code, result.output) == (1, "Error: container.yaml is already there and stays as it is\n")
    assert (folder / "container.yaml").read_text() == "mine"


@pytest.mark.parametrize("id", ["UA-1234-1", "g-abc1234567", "G-ABC 123", "GTM-ABC123", "G-"])
def test_what_is_no_measurement_id_is_refused(run: Any, folder: Path, id: str) -> None:
    result = run("init", id)
    assert result.exit_code == 1
    assert "is not a measurement ID" in result.output
    assert not (folder / "container.yaml").exists()


def test_the_schema_is_json(run: Any) -> None:
    schema = json.loads(run("schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"clients", "tags"} <= schema["properties"].keys()


@pytest.mark.parametrize(
    "name", ["", *main.commands, "outbox status", "outbox list", "outbox show", "outbox retry", "outbox drop"]
)
def test_every_command_explains_itself(run: Any, name: str) -> None:
    for option in ("--help", "-h"):
        result = run(*name.split(), option)
        assert result.exit_code == 0
        assert result.output.startswith(f"Usage: main {name}".rstrip())


def test_it_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "tagyard", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.startswith("tagyard ")


def test_what_a_command_does_not_need_is_not_imported() -> None:
    script = "import sys; from server.cli import main; main.commands['check']; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    assert "server.cli.check" in imported
    assert not {"server.process.worker", "server.admin", "server.tag_manager", "starlette", "httpx"} & set(imported)
