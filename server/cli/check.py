"""``tagyard check``: every mistake and every doubt, each with its position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from config import Loaded, Settings
from server.cli.answering import Answering, answer, json_option
from server.cli.options import config_argument, env_file_option, failing, quantity, report
from server.loading.configuration import Configuration
from server.loading.folders import unwritable
from server.system.files import FileError
from server.system.terminal import err, out

_COUNTED = ("clients", "tags", "transformations", "triggers", "variables")


@click.command(cls=Answering)
@config_argument
@click.option("--strict", is_flag=True, help="Warnings and missing secrets are mistakes, too.")
@json_option
@env_file_option
def check(config: Path, strict: bool, as_json: bool, env_file: Path | None) -> None:
    """Find every mistake in CONFIG, and what looks like one.

    Exit code 1 where there is a mistake. Secrets that the environment does not have are listed; with --strict they are
    mistakes, as they are for `serve`. A note, on standard error, is of what is as it should be if it was meant: it fails
    nothing.

    With --json: `ok`, `problems` (severity, file, line, column, path, message; notes too), `contents` (how many of each kind),
    `missing_secrets`.
    """
    with failing(FileError):
        loaded = Configuration(config, env_file).load(serve=strict)
    ok = loaded.settings is not None and not (strict and loaded.problems)
    if as_json:
        contents = _counts(loaded.settings) if loaded.settings else {}
        answer(ok, [*loaded.problems, *loaded.notes], contents=contents, missing_secrets=list(loaded.placeholders))
    else:
        _tell(config, loaded)
    raise SystemExit(0 if ok else 1)


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
    counted = [quantity(count, name.removesuffix("s")) for name, count in _counts(settings).items() if count]
    return ", ".join(counted) or "it has no client and no tag yet"


def _counts(settings: Settings) -> Mapping[str, int]:
    return {name: len(getattr(settings, name)) for name in _COUNTED}


def _tell_placeholders(names: Sequence[str]) -> None:
    if names:
        what = "this secret" if len(names) == 1 else "these secrets"
        out.print(f"`serve` will need {what} in its environment: {', '.join(names)}", markup=False)
