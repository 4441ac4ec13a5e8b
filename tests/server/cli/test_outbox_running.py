"""``tagyard outbox`` beside a server that runs: every worker is asked, and one that is silent is told of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.cli.operator import merged
from server.cli.progress import Progress
from server.control import sockets
from server.control.following import Answer
from server.control.sockets import Command, NoAnswer, NobodyThere, socket_path
from server.outbox import OutboxError, claim_folder


def row(id: str, at: int) -> dict[str, Any]:
    known = {"tag": "ga4", "destination": "d", "state": "dead", "attempts": 3, "client_id": "1.2", "event_name": "e"}
    return {"id": id, "received_at": at, "due_at": at, "crashes": 0, "why": "HTTP 400", **known}


def test_files_that_a_silent_process_holds_are_left_alone(run: Any, kept: Path) -> None:
    release = claim_folder(kept)
    result = run("outbox", "status")
    release()
    assert result.exit_code == 1
    assert "another Tagyard is using this data folder" in result.stderr


def test_every_running_worker_is_asked(run: Any, kept: Path, serving: Any) -> None:
    first = serving(kept, 0, {"rows": [row("0-1", 5), row("0-2", 7)]})
    second = serving(kept, 1, {"rows": [row("1-1", 6)]})
    assert [each["id"] for each in json.loads(run("outbox", "list", "--dead", "--json").stdout)] == ["0-1", "1-1", "0-2"]
    assert first == second
    assert (first[0]["do"], first[0]["state"], first[0]["limit"]) == ("list", "dead", 50)


def test_what_workers_changed_is_added_up(run: Any, kept: Path, serving: Any) -> None:
    for worker in range(2):
        serving(kept, worker, {"rows": 2})
    (kept / "outbox-2.sock").touch()
    assert run("outbox", "retry", "--dead").stdout == "4 rows due now.\n"


def test_a_refusal_of_the_running_process_is_one_clear_line(run: Any, kept: Path, serving: Any) -> None:
    serving(kept, 0, {"error": "this is a dry run: there is no outbox"})
    result = run("outbox", "status")
    assert (result.exit_code, result.output) == (1, "Error: this is a dry run: there is no outbox\n")


def test_what_comes_in_parts_is_one_answer_and_a_terminal_sees_it_grow(
    run: Any, kept: Path, serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ({"rows": 2_500, "next": {"a": 1}}, {"rows": 2_500, "next": {"a": 2}}, {"rows": 7})
    asked = serving(kept, 0, *parts)
    result = run("outbox", "retry", "--all")
    assert (result.stdout, result.stderr) == ("5007 rows due now.\n", "")
    assert [each.get("from") for each in asked] == [None, {"a": 1}, {"a": 2}]
    monkeypatch.setattr(Progress, "seen", property(lambda _: True))
    serving(kept, 1, *parts)
    assert "\r5,007 rows made due so far\r" in run("outbox", "retry", "--all").stderr


def test_a_process_that_ends_in_the_middle_is_said(run: Any, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket_path(kept, 0).touch()
    answers: list[Answer] = [{"rows": 5, "next": 1}]

    def ask_now(_: Path, __: Command) -> Answer:
        if answers:
            return answers.pop(0)
        raise NobodyThere("it is gone")

    monkeypatch.setattr(sockets, "ask_now", ask_now)
    result = run("outbox", "retry", "--all")
    assert result.exit_code == 1
    assert "Tagyard stopped meanwhile; a part of it is done, and the same command does the rest" in result.stderr


def test_a_process_that_does_not_answer_is_said(run: Any, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket_path(kept, 0).touch()

    def ask_now(*_: Any) -> Answer:
        raise NoAnswer("Tagyard runs, and has not answered within 10 s")

    monkeypatch.setattr(sockets, "ask_now", ask_now)
    assert "Error: Tagyard runs, and has not answered within 10 s\n" in run("outbox", "status").stderr


def test_answers_are_put_together() -> None:
    assert merged([{"files": [1]}, {"files": [2]}]) == {"files": [1, 2]}
    assert merged([{"rows": 1}]) == {"rows": 1}
    assert merged([{"counted": [1]}, {"counted": []}]) == {"counted": [1]}
    with pytest.raises(OutboxError, match="no"):
        merged([{"rows": 1}, {"error": "no"}])
