"""``tagyard reload``: what an operator is told of the workers that were asked, by text, JSON and exit code."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from config import Problem
from server.control import sockets
from server.control.sockets import NoAnswer, NobodyThere
from server.process.outcome import Outcome
from tests.server.cli.conftest import Run

MISTAKE = Problem("error", "a.yaml", 3, 7, "tags.ga4", "no such key", "  ga4: {x: 1}")
DOUBT = Problem("warning", "a.yaml", 1, 1, "clients", "doubtful", "clients: {}")
GOOD = Outcome(Path("/config/a.yaml"), configuration="0123456789ab")
BROKEN = Outcome(Path("/config/a.yaml"), (MISTAKE,), failure="there is a mistake in it")


class Workers:
    """Behind each socket the answers that are left to give; the last stays. A socket without any has nobody behind it."""

    def __init__(self) -> None:
        self.answers: dict[int, list[dict[str, Any] | Exception]] = {}
        self.asked: list[tuple[int, dict[str, Any]]] = []
        self.started = 2

    def __call__(self, path: Path, sent: dict[str, Any]) -> dict[str, Any]:
        worker = int(path.stem[-1])
        self.asked.append((worker, sent))
        left = self.answers.get(worker, [NobodyThere("nobody")])
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def tell(self, worker: int, *answers: dict[str, Any] | Outcome | Exception) -> None:
        self.answers[worker] = [
            {"worker": worker, "workers": self.started, **json.loads(json.dumps(each.as_json()))}
            if isinstance(each, Outcome)
            else each
            for each in answers
        ]


@pytest.fixture
def workers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Workers:
    """Two sockets in the folder ``data``, with nobody behind them before a test says so."""
    (folder / "container.yaml").write_text("clients: {ga4: {}}\ntags: {log: {}}\n")
    (folder / "data").mkdir()
    for worker in (0, 1):
        (folder / "data" / f"outbox-{worker}.sock").touch()
    workers = Workers()
    monkeypatch.setattr(sockets, "ask_now", workers)
    return workers


def test_what_was_taken_is_told_once_for_all_workers(run: Run, workers: Workers) -> None:
    workers.tell(0, GOOD)
    workers.tell(1, GOOD)
    result = run("reload")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "2 workers: /config/a.yaml is in force, configuration 0123456789ab\n"
    assert sorted(workers.asked, key=lambda asked: asked[0]) == [(0, {"do": "reload"}), (1, {"do": "reload"})]


def test_one_that_takes_its_time_is_asked_until_it_is_over(run: Run, workers: Workers) -> None:
    workers.started = 1
    workers.tell(0, {"next": 4}, {"next": 4}, GOOD)
    assert run("reload", "--data", "data").stdout == "1 worker: /config/a.yaml is in force, configuration 0123456789ab\n"
    assert [sent for worker, sent in workers.asked if worker == 0] == [{"do": "reload"}, *[{"do": "reload", "from": 4}] * 2]


def test_doubts_and_keys_that_wait_for_a_restart_are_told_and_no_mistake(run: Run, workers: Workers) -> None:
    told = Outcome(GOOD.path, (DOUBT,), configuration="0123456789ab", needs_a_restart=("server.listen", "outbox.max_size"))
    workers.tell(0, told)
    workers.tell(1, told)
    result = run("reload", "container.yaml")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1] == "changed, and in force after a restart: server.listen, outbox.max_size"
    assert result.stderr.splitlines() == [
        "warning: a.yaml:1:1: clients: doubtful",
        "    1 | clients: {}",
        "      | ^",
        "1 warning",
    ]


def test_mistakes_are_shown_with_their_lines_and_what_runs_goes_on(run: Run, workers: Workers) -> None:
    workers.tell(0, BROKEN)
    workers.tell(1, BROKEN)
    result = run("reload")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "error: a.yaml:3:7: tags.ga4: no such key",
        "    3 |   ga4: {x: 1}",
        "      |       ^",
        "1 error",
        "2 workers: not taken, what was loaded before is still running: there is a mistake in it",
    ]


def test_where_one_worker_has_not_taken_it_that_is_an_error(run: Run, workers: Workers) -> None:
    workers.tell(0, GOOD)
    workers.tell(1, Outcome(GOOD.path, failure="names.csv: cannot be read"))
    result = run("reload")
    assert result.exit_code == 1
    assert result.stdout == "worker 0: /config/a.yaml is in force, configuration 0123456789ab\n"
    assert result.stderr == "worker 1: not taken, what was loaded before is still running: names.csv: cannot be read\n"


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([NobodyThere("gone")], "it does not run now, and reads the file when it starts"),
        ([{"next": 1}, NobodyThere("gone")], "data/outbox-1.sock: Tagyard stopped meanwhile"),
        ([{"next": 1}, {"error": "it was started meanwhile"}], "it was started meanwhile"),
        ([NoAnswer("it runs, and has not answered")], "it runs, and has not answered"),
        ([{"error": "it failed: KeyError"}], "it failed: KeyError"),
    ],
)
def test_where_one_worker_does_not_say_what_came_of_it_that_is_an_error_and_nothing_is_claimed(
    run: Run, workers: Workers, answers: list[Any], why: str
) -> None:
    workers.tell(0, GOOD)
    workers.tell(1, *answers)
    result = run("reload")
    assert result.exit_code == 1
    assert result.stdout == "worker 0: /config/a.yaml is in force, configuration 0123456789ab\n"
    assert result.stderr == f"worker 1: what came of it is not known: {why}\n"
    workers.tell(1, *answers)
    unknown = json.loads(run("reload", "--json").stdout)["workers"][1]
    assert unknown == {"worker": 1, "ok": False, "path": None, "configuration": "", "failure": why}


def test_a_socket_of_a_server_that_had_more_workers_counts_for_nothing(run: Run, workers: Workers) -> None:
    workers.started = 1
    workers.tell(0, GOOD)
    assert run("reload").exit_code == 0


def test_a_worker_that_never_listened_is_missed_as_well(run: Run, workers: Workers, folder: Path) -> None:
    (folder / "data" / "outbox-1.sock").unlink()
    workers.tell(0, GOOD)
    result = run("reload")
    assert (result.exit_code, result.stderr[:34]) == (1, "worker 1: what came of it is not k")


def test_as_json(run: Run, workers: Workers) -> None:
    workers.tell(0, Outcome(GOOD.path, (DOUBT,), configuration="0123456789ab", needs_a_restart=("server.listen",)))
    workers.tell(1, BROKEN)
    result = run("reload", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (told["ok"], told["needs_a_restart"]) == (False, ["server.listen"])
    shown = [
        {name: value for name, value in asdict(each).items() if name not in ("excerpt", "length")} for each in (DOUBT, MISTAKE)
    ]
    assert told["problems"] == shown
    first, second = told["workers"]
    assert first == {"worker": 0, "ok": True, "path": "/config/a.yaml", "configuration": "0123456789ab", "failure": None}
    assert (second["worker"], second["ok"], second["failure"]) == (1, False, "there is a mistake in it")


def test_where_no_server_runs_that_is_said(run: Run, workers: Workers) -> None:
    for arguments in (["reload"], ["reload", "--json"], ["reload", "elsewhere.yaml", "--data", "data"]):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "no running server uses the folder" in result.stderr
    assert workers.asked


def test_a_file_that_does_not_say_where_the_server_is_is_a_mistake_by_itself(run: Run, workers: Workers, folder: Path) -> None:
    (folder / "container.yaml").write_text("clients: {ga4: {measurment_ids: [G-1]}}\ntags: {log: {}}\n")
    result = run("reload")
    assert (result.exit_code, workers.asked) == (1, [])
    assert "container.yaml:1:17" in result.stderr
    assert result.stderr.splitlines()[-1] == (
        "no server was asked: a file with a mistake does not say where the outbox is, and --data does"
    )
    told = json.loads(run("reload", "--json").stdout)
    assert (told["ok"], told["workers"], told["problems"][0]["line"]) == (False, [], 1)
    assert run("reload", "nowhere.yaml").exit_code == 1


def test_with_the_folder_at_hand_the_server_is_asked_whatever_the_file_has_become(
    run: Run, workers: Workers, folder: Path
) -> None:
    (folder / "container.yaml").write_text("clients: [")
    workers.tell(0, BROKEN)
    assert run("reload", TAGYARD_DATA="data").exit_code == 1
    assert (0, {"do": "reload"}) in workers.asked
