"""``tagyard check``: every mistake and every doubt, each with its position."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from config import Loaded, Problem, Settings
from server.cli.options import config_argument, env_file_option, failing, quantity, report
from server.loading.configuration import Configuration
from server.loading.folders import unwritable
from server.system.files import FileError
from server.system.terminal import err, out

_COUNTED = ("clients", "tags", "transformations", "triggers", "variables")
_TOLD = ("severity", "file", "line", "column", "path", "message")


@click.command()
@config_argument
@click.option("--strict", is_flag=True, help="Warnings and missing secrets are mistakes, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array of what was found.")
@env_file_option
def check(config: Path, strict: bool, as_json: bool, env_file: Path | None) -> None:
    """Find every mistake in CONFIG, and what looks like one.

    Exit code 1 where there is a mistake. Secrets that the environment does not have are listed; with --strict they are
    mistakes, as they are for `serve`. A note, on standard error, is of what is as it should be if it was meant: it fails
    nothing.
    """
    with failing(FileError):
        loaded = Configuration(config, env_file).load(serve=strict)
    if as_json:
        click.echo(json.dumps([_as_json(problem) for problem in loaded.problems], indent=2, ensure_ascii=False))
    else:
        _tell(config, loaded)
    raise SystemExit(1 if loaded.settings is None or (strict and loaded.problems) else 0)


def _as_json(problem: Problem) -> Mapping[str, Any]:
    known = asdict(problem)
    return {name: known[name] for name in _TOLD}


def _tell(config: Path, loaded: Loaded) -> None:
    report(loaded.problems, out)
    if loaded.settings is not None:
        fine = "works" if loaded.problems else "is fine"
        out.print(f"{config} {fine}: {_contents(loaded.settings)}", markup=False)
        _tell_placeholders(loaded.placeholders)
        for each in unwritable(config, loaded.settings):
            err.print(f"note: {each}; `serve` refuses to start where that is so", markup=False)
    for note in loaded.notes:
        err.print(f"note: {note}", markup=False)


def _contents(settings: Settings) -> str:
    """What the file holds: ``1 client, 2 tags``."""
    counts = {name: len(getattr(settings, name)) for name in _COUNTED}
    return ", ".join(quantity(count, name.removesuffix("s")) for name, count in counts.items() if count)


def _tell_placeholders(names: Sequence[str]) -> None:
    if names:
        what = "this secret" if len(names) == 1 else "these secrets"
        out.print(f"`serve` will need {what} in its environment: {', '.join(names)}", markup=False)
