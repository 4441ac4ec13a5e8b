"""``tagyard outbox``: what waits to be delivered, what was given up, and what an operator does about it."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.text import Text

from core.fields import Duration
from server.cli.operator import NothingHere, ask_outbox, ask_shared
from server.cli.options import (
    CONFIG,
    DEFAULT_CONFIG,
    data_option,
    env_file_option,
    existing,
    failing,
    load_or_exit,
    named_folder,
    outbox_folder,
    quantity,
    read_as,
)
from server.cli.progress import Progress
from server.cli.rows import HEADS, STATES, by_tag, row_cells, row_text, status_cells, table
from server.cli.salvage import salvage
from server.cli.streams import init
from server.loading.configuration import Configuration
from server.outbox import OutboxError
from server.outbox.files import asides
from server.outbox.row import named_row
from server.system import terminal
from server.system.files import folder_of
from server.system.terminal import out

Command = TypeVar("Command", bound=Callable[..., Any])

_FILTERS = ("tag", "event", "state", "client_id", "older_than")
_DONE = {"retry": "due now", "drop": "dropped"}
_age = read_as(Duration)


def _text(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    """An empty one is most likely a shell's variable that is not set, and must not select every row."""
    if text == "":
        raise click.BadParameter("is empty; leave the option out to select all")
    return text


@dataclass(frozen=True, slots=True)
class _Where:
    """Which outbox: the folder itself, or the configuration that names it."""

    data: Path | None
    env_file: Path | None
    as_json: bool

    def folder(self, config: Path) -> Path:
        """The data folder; exit code 1 where there is none."""
        if self.data is not None:
            return self.data
        return named_folder(existing(config), self.env_file)

    def ask(self, config: Path, command: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of everybody who has a part of the outbox, as one."""
        with failing(OutboxError), Progress(str(command["do"])) as progress:
            if self.data is not None:
                try:
                    return ask_outbox(self.data, command, progress.told)
                except NothingHere:
                    if not config.exists():  # which says whether the rows are elsewhere
                        raise
            configuration = Configuration(existing(config), self.env_file)
            settings = load_or_exit(configuration, serve=False)
            folder = self.data or outbox_folder(configuration, settings)
            if not settings.outbox.shared:
                return ask_outbox(folder, command, progress.told)
            outbox = load_or_exit(configuration, serve=True).outbox  # with the secrets that open the servers
            return ask_shared(folder, outbox, folder_of(configuration.path), command, progress.told)


def _place(command: Command) -> Command:
    """The options by which every command finds the outbox."""
    command = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")(command)
    return data_option(env_file_option(command))


def _filters(command: Command) -> Command:
    """The options that say which rows."""
    command = click.option("--older-than", metavar="AGE", callback=_age, help="Received longer ago: 30m, 12h, 3d.")(command)
    command = click.option("--client-id", callback=_text, help="Rows of this visitor.")(command)
    command = click.option("--event", callback=_text, help="Rows of events of this name.")(command)
    command = click.option("--tag", callback=_text, help="Rows of this tag.")(command)
    command = click.option("--pending", "state", flag_value="queued", help="Rows that wait to be sent.")(command)
    return click.option("--dead", "state", flag_value="dead", help="Dead letters: rows that were given up.")(command)


_config = click.argument("config", **CONFIG)
_words = click.argument("words", nargs=-1, metavar="[CONFIG] [ID]...")


def _told_apart(words: Sequence[str]) -> tuple[Path, list[str]]:
    """The configuration and the ids, which look like 0-4711."""
    ids = [word for word in words if named_row(word)]
    others = [word for word in words if not named_row(word)]
    if len(others) > 1:
        raise click.UsageError(f"{others[1]!r} is not the id of a row, such as 0-4711")
    return Path(others[0] if others else os.environ.get("TAGYARD_CONFIG") or DEFAULT_CONFIG), ids


@click.group()
def outbox() -> None:
    """See and mend what waits to be delivered.

    Asks the running process, or opens the files where none runs. A row is one event on its way to one tag's destination;
    `list` shows their ids, which look like 0-4711. Without CONFIG: $TAGYARD_CONFIG, then container.yaml. Where its `outbox.url`
    names streams, and nothing is in the folder, their servers are asked.
    """


outbox.add_command(salvage)
outbox.add_command(init)


@outbox.command()
@_config
@_place
def status(config: Path, **where: Any) -> None:
    """How many rows each tag has, and how old the oldest is."""
    place = _Where(**where)
    answer = place.ask(config, {"do": "status"})
    tags = by_tag(answer["files"])
    if where["as_json"]:
        _print_json(tags)
    else:
        out.print(table(["tag", *STATES.values(), "oldest"], map(status_cells, tags)) if tags else "The outbox is empty.")
        folder = place.folder(config)
        for aside in asides(folder) if folder.is_dir() else ():
            out.print(f"A damaged file waits: `tagyard outbox salvage {aside}` brings back what can be read.")


@outbox.command("list")
@_config
@_filters
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many rows.")
@_place
def list_(config: Path, limit: int, **given: Any) -> None:
    """List rows, the oldest first."""
    filters, where = {name: given.pop(name) for name in _FILTERS}, given
    rows = _Where(**where).ask(config, {"do": "list", **filters, "limit": limit})["rows"][:limit]
    if where["as_json"]:
        _print_json(rows)
        return
    out.print(table(HEADS, map(row_cells, rows)) if rows else "No such row.")
    if len(rows) == limit:
        out.print(f"The first {limit}; there may be more (--limit).")


@outbox.command()
@_words
@_place
def show(words: Sequence[str], **where: Any) -> None:
    """Show rows with what would be sent; secrets are never stored."""
    config, ids = _told_apart(words)
    if not ids:
        raise click.UsageError("which row? `tagyard outbox list` shows their ids")
    rows = _Where(**where).ask(config, {"do": "show", "ids": ids})["rows"]
    if where["as_json"]:
        _print_json(rows)
    else:
        out.print(Text("\n\n").join(map(row_text, rows)))
    missing = sorted(set(ids) - {row["id"] for row in rows})
    if missing:
        raise click.ClickException(f"there is no row {', '.join(missing)}; it may have been delivered")


@outbox.command()
@_words
@_filters
@click.option("--all", "everything", is_flag=True, help="Every row.")
@_place
def retry(words: Sequence[str], everything: bool, **given: Any) -> None:
    """Make dead letters and waiting rows due now.

    Their age counts from now on. What is on the wire is left alone.
    """
    _change("retry", words, everything, given)


@outbox.command()
@_words
@_filters
@click.option("--yes", "-y", is_flag=True, help="Do not ask. Needed where there is no terminal to ask at.")
@_place
def drop(words: Sequence[str], yes: bool, **given: Any) -> None:
    """Remove rows for good, undelivered. Nothing else does, but `outbox.dead_letters.max_age` with dead letters.

    Asks first, and says how many rows of which tags it is about.
    """
    _change("drop", words, False, given, ask=not yes)


def _change(action: str, words: Sequence[str], everything: bool, given: dict[str, Any], ask: bool = False) -> None:
    config, ids = _told_apart(words)
    filters = {name: given.pop(name) for name in _FILTERS} | {"ids": ids}
    chosen = {name: value for name, value in filters.items() if value not in (None, [])}
    if not (chosen or everything):
        raise click.UsageError(f"which rows? Give ids or filters{', or --all' if action == 'retry' else ''}")
    where = _Where(**given)
    asked = _ask(where.ask(config, {"do": "count", "of": action, **chosen})["counted"]) if ask else None
    number = 0 if asked == 0 else where.ask(config, {"do": action, **chosen})["rows"]
    if where.as_json:
        _print_json({"rows": number})
    else:
        out.print(_told(action, number, asked))


def _ask(counted: Sequence[Mapping[str, Any]]) -> int:
    """How many rows somebody has agreed to drop; 0 where there is none to ask about. Raises Abort and UsageError."""
    tags: Counter[str] = Counter()
    for each in counted:
        tags[each["tag"]] += each["rows"]
    number = tags.total()
    if not number:
        return 0
    about = f"{quantity(number, 'row')} for good, undelivered ({', '.join(f'{tags[tag]} of {tag}' for tag in sorted(tags))})"
    if not terminal.somebody_there():
        raise click.UsageError(f"this would remove {about}, and there is no terminal to ask at: --yes does it without a question")
    click.confirm(f"Remove {about}?", abort=True, err=True)
    return number


def _told(action: str, number: int, asked: int | None) -> str:
    words = f"{quantity(number, 'row')} {_DONE[action]}." if number else "No such row, or it is on the wire right now."
    if asked is None or asked == number:
        return words
    return f"{words} You were asked about {asked}: rows come, and are delivered, meanwhile."


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2))
