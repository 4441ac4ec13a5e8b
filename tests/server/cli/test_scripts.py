"""What an operator is shown of the scripts that a running server holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.cli import scripts as command
from server.control.sockets import NobodyThere
from tests.server.cli.conftest import Run

URL = "https://up.example/gtag/js?id=G-1"


def row(**about: Any) -> dict[str, Any]:
    return {"url": URL, "region": "", "age": 5, "fresh": True, "bytes": 500_000, "variants": 2, "failure": None, **about}


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Two sockets, of which one has nobody behind it unless the test says otherwise; what the other was asked."""
    (folder / "container.yaml").write_text("clients: {ga4: {}}\ntags: {log: {}}\n")
    (folder / "data").mkdir()
    for worker in (0, 1):
        (folder / "data" / f"outbox-{worker}.sock").touch()
    commands: list[dict[str, Any]] = []

    def ask(path: Path, sent: dict[str, Any]) -> dict[str, Any]:
        commands.append(sent)
        answer = ANSWERS.get(path.stem)
        if answer is None:
            raise NobodyThere("nobody")
        return answer

    ANSWERS.clear()
    monkeypatch.setattr(command, "ask_now", ask)
    return commands


ANSWERS: dict[str, dict[str, Any]] = {}


def test_a_table_of_what_is_held(run: Run, asked: list[dict[str, Any]]) -> None:
    ANSWERS["outbox-1"] = {"scripts": [row(region="DE-BY", fresh=False, age=4000, failure="HTTP 503"), row()]}
    result = run("scripts", "status")
    assert result.exit_code == 0
    heads, plain, bavaria = result.stdout.splitlines()
    assert heads.split() == ["script", "region", "age", "bytes", "last", "failure"]
    assert plain.split() == [URL, "5", "s", "500,000"]
    assert bavaria.split() == [URL, "DE-BY", "4000", "s,", "stale", "500,000", "HTTP", "503"]
    assert asked == [{"do": "scripts", "refresh": False}] * 2


def test_of_several_workers_the_youngest_counts_and_a_failure_shows(run: Run, asked: list[dict[str, Any]]) -> None:
    ANSWERS["outbox-0"] = {"scripts": [row(age=9), row(region="DE", failure="HTTP 500", age=9)]}
    ANSWERS["outbox-1"] = {"scripts": [row(age=5), row(region="DE", age=1)]}
    result = run("scripts", "status", "--json")
    found = {each["region"]: each for each in json.loads(result.stdout)["scripts"]}
    assert (found[""]["age"], found["DE"]["failure"]) == (5, "HTTP 500")
    assert len(asked) == 2


def test_nothing_held_is_said(run: Run, asked: list[dict[str, Any]]) -> None:
    ANSWERS["outbox-0"] = {"scripts": []}
    assert run("scripts", "status", "container.yaml").stdout == "No script has been asked for yet.\n"
    assert asked


def test_a_refresh_that_fails_is_an_error(run: Run, asked: list[dict[str, Any]]) -> None:
    ANSWERS["outbox-0"] = {"scripts": [row(failure="HTTP 503")]}
    result = run("scripts", "refresh")
    assert result.exit_code == 1
    assert "1 script could not be fetched; the old ones stay" in result.stderr
    assert asked[0] == {"do": "scripts", "refresh": True}


def test_a_refresh_that_succeeds_is_none(run: Run, asked: list[dict[str, Any]]) -> None:
    ANSWERS["outbox-0"] = {"scripts": [row()]}
    assert run("scripts", "refresh", "--data", "data").exit_code == 0
    assert asked


def test_where_none_runs_there_is_nothing_to_see(run: Run, asked: list[dict[str, Any]]) -> None:
    result = run("scripts", "status")
    assert result.exit_code == 1
    assert "no running server uses this folder" in result.stderr
    assert asked


def test_what_is_refused_what_is_not_listed_and_whose_host_is_nobodys(run: Run, asked: list[dict[str, Any]]) -> None:
    refused = row(
        url="https://up.example/gtm.js?id=GTM-1", bytes=0, fresh=False, failure="Google has no published version of GTM-1"
    )
    more = {"not_listed": [["AW-1", 2], ["GTM-\x1b[2J", 1]], "unknown_hosts": [["evil.example", 1]]}
    ANSWERS["outbox-0"] = {"scripts": [refused], **more, "passed_on": []}
    ANSWERS["outbox-1"] = {
        "scripts": [],
        "not_listed": [["AW-1", 3]],
        "unknown_hosts": [],
        "passed_on": [["ads", "passed_on", 1]],
    }
    told = run("scripts", "status").stdout
    assert "5 s, refused" in told
    assert "Google has no published version of GTM-1" in told
    assert "Asked for, not listed" in told
    assert ["AW-1", "5"] in [line.split() for line in told.splitlines()]
    assert "\x1b" not in told
    assert ["evil.example", "1"] in [line.split() for line in told.splitlines()]
    assert ["ads", "passed_on", "1"] in [line.split() for line in told.splitlines()]
    as_json = json.loads(run("scripts", "status", "--json").stdout)
    assert as_json["not_listed"][0] == ["AW-1", 5]
    assert asked


def test_a_worker_that_fails_is_an_error(run: Run, asked: list[dict[str, Any]]) -> None:
    ANSWERS["outbox-0"] = {"error": "it failed: KeyError"}
    result = run("scripts", "status")
    assert (result.exit_code, "it failed: KeyError" in result.stderr) == (1, True)
    assert asked
