"""``tagyard reload``: has a running server read its configuration again, and says what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from config import Problem
from server.cli.answering import as_object
from server.cli.options import data_option, env_file_option, failing, known_config, outbox_folder, quantity, report
from server.control.following import Answer
from server.control.sockets import Unfinished, ask_to_the_end, sockets_in
from server.loading.configuration import Configuration
from server.system.files import FileError
from server.system.terminal import err, out

_UNCHANGED = "what was loaded before is still running"


@click.command()
@known_config
@data_option
@env_file_option
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
def reload(config: Path, data: Path | None, env_file: Path | None, as_json: bool) -> None:
    """Have the running server read its configuration again, as SIGHUP does, and wait for what comes of it.

    Exit code 0 where every worker has taken it; keys that wait for a restart are named. Exit code 1 where there is a mistake
    in it, which is shown with its line, and what was loaded before is still running; where a worker does not say what came
    of it; or where no server runs.

    The server is found by its outbox's folder, and reads the file that it was started with.
    """
    problems: Sequence[Problem] = ()
    answers: Sequence[Answer] = ()
    if data is None:
        configuration = Configuration(config, env_file)
        with failing(FileError):
            loaded = configuration.load()
        if loaded.settings is None:
            problems = loaded.problems
        else:
            data = outbox_folder(configuration, loaded.settings)
    if data is not None:
        answers = _answers(data)
        problems = list(dict.fromkeys(Problem(**each) for answer in answers for each in answer["problems"]))
    if as_json:
        click.echo(json.dumps(_as_json(answers, problems), indent=2, ensure_ascii=False))
    else:
        _tell(answers, problems)
    raise SystemExit(0 if _ok(answers) else 1)


def _answers(folder: Path) -> list[Answer]:
    """What every worker has to say, in the order of their numbers. Raises ClickException where none runs."""
    sockets = sockets_in(folder)
    with ThreadPoolExecutor(max(1, len(sockets))) as threads:
        answers = [answer for answer in threads.map(_answer, sockets) if answer is not None]
    if not answers:
        raise click.ClickException(f"no running server uses the folder {folder}")
    missing = set(range(max(answer["workers"] for answer in answers))) - {answer["worker"] for answer in answers}
    answers += [_unknown(worker, "it does not run now, and reads the file when it starts") for worker in missing]
    return sorted(answers, key=lambda answer: answer["worker"])


def _answer(socket: Path) -> Answer | None:
    """What this worker has to say; None where nobody is behind the socket."""
    try:
        answer = ask_to_the_end(socket, {"do": "reload"})
    except Unfinished as error:
        answer = {"error": str(error)}
    return _unknown(int(socket.stem.rpartition("-")[2]), answer["error"]) if answer and "error" in answer else answer


def _unknown(worker: int, why: str) -> Answer:
    """In place of what a worker would say. It has no path: which file was read is not known either."""
    told = {"ok": False, "path": None, "configuration": "", "failure": why}
    return {"worker": worker, "workers": 0, **told, "needs_a_restart": [], "problems": []}


def _ok(answers: Sequence[Answer]) -> bool:
    return bool(answers) and all(answer["ok"] for answer in answers)


def _waiting(answers: Sequence[Answer]) -> list[str]:
    return list(dict.fromkeys(key for answer in answers for key in answer["needs_a_restart"]))


def _as_json(answers: Sequence[Answer], problems: Sequence[Problem]) -> Mapping[str, Any]:
    about = ("worker", "ok", "path", "configuration", "failure")
    return {
        "ok": _ok(answers),
        "needs_a_restart": _waiting(answers),
        "problems": [as_object(problem) for problem in problems],
        "workers": [{name: answer[name] for name in about} for answer in answers],
    }


def _tell(answers: Sequence[Answer], problems: Sequence[Problem]) -> None:
    report(problems, err)
    if not answers:
        err.print("no server was asked: a file with a mistake does not say where the outbox is, and --data does", markup=False)
    by_outcome: dict[tuple[bool, str], list[int]] = {}
    for answer in answers:
        by_outcome.setdefault((answer["ok"], _words(answer)), []).append(answer["worker"])
    for (ok, words), workers in by_outcome.items():
        whose = quantity(len(workers), "worker") if len(workers) == len(answers) else f"worker {', '.join(map(str, workers))}"
        (out if ok else err).print(f"{whose}: {words}", markup=False)
    if waiting := _waiting(answers):
        out.print(f"changed, and in force after a restart: {', '.join(waiting)}", markup=False)


def _words(answer: Answer) -> str:
    if answer["ok"]:
        return f"{answer['path']} is in force, configuration {answer['configuration']}"
    if answer["path"] is None:
        return f"what came of it is not known: {answer['failure']}"
    return f"not taken, {_UNCHANGED}: {answer['failure']}"
