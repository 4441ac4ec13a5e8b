"""``tagyard scripts``: which of Google's scripts a running server holds, how old they are, and fetching them anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.text import Text

from server.cli.options import config_argument, data_option, env_file_option, named_folder, quantity
from server.cli.rows import table
from server.control.sockets import NobodyThere, ask_now, sockets_in
from server.scripts.told import Row, Told, told
from server.system.terminal import out

Command = TypeVar("Command", bound=Callable[..., Any])

_HEADS = ["script", "region", "age", "bytes", "last failure"]


def _place(command: Command) -> Command:
    """CONFIG and the options by which both commands find the server."""
    command = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")(command)
    return config_argument(data_option(env_file_option(command)))


@click.group()
def scripts() -> None:
    """See and renew the scripts that a running server has fetched."""


@scripts.command()
@_place
def status(config: Path, env_file: Path | None, data: Path | None, as_json: bool) -> None:
    """Which scripts are held, how old they are, and what Google refuses. What is old is given out while upstream is away.

    Besides: ids that pages asked for and that are not listed, hosts that are nobody's, and what was passed on to Google.
    """
    _show(_ask(data or named_folder(config, env_file), refresh=False), as_json)


@scripts.command()
@_place
def refresh(config: Path, env_file: Path | None, data: Path | None, as_json: bool) -> None:
    """Fetch every script that is held anew, after a container was published for instance.

    Visitors' browsers keep theirs for up to 15 minutes.
    """
    it = _ask(data or named_folder(config, env_file), refresh=True)
    _show(it, as_json)
    failed = sum(row["failure"] is not None for row in it.scripts)
    if failed:
        raise click.ClickException(f"{quantity(failed, 'script')} could not be fetched; the old ones stay")


def _ask(folder: Path, refresh: bool) -> Told:
    """What every running worker tells, as one."""
    answers = []
    for socket in sockets_in(folder):
        try:
            answers.append(ask_now(socket, {"do": "scripts", "refresh": refresh}))
        except NobodyThere:
            continue
    if not answers:
        raise click.ClickException(f"{folder}: no running server uses this folder; only a running server holds scripts")
    if failed := [answer["error"] for answer in answers if "error" in answer]:
        raise click.ClickException(failed[0])
    return told(answers)


def _show(it: Told, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(it.as_json(), indent=2))
        return
    out.print(_table(it.scripts) if it.scripts else "No script has been asked for yet.")
    for title, advice, heads, rows in it.tables():
        out.print(f"\n{title}: {advice}" if advice else f"\n{title}", markup=False)
        out.print(table(heads, [[str(cell) for cell in row] for row in rows]))


def _table(rows: Sequence[Row]) -> Text:
    return table(_HEADS, [_cells(row) for row in rows])


def _cells(row: Row) -> list[str]:
    age = f"{row['age']} s{'' if row['fresh'] else ', stale' if row['bytes'] else ', refused'}"
    return [row["url"], row["region"], age, f"{row['bytes']:,}", row["failure"] or ""]
