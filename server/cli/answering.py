"""What ``check``, ``show``, ``test`` and ``diff`` print with ``--json``: one object, whatever happened, and nothing else.

It has ``ok``, which is true where the exit code is 0, and ``problems``: what was found in the configuration, or why nothing
could be done, each with ``severity`` (error, warning, note), ``file``, ``line``, ``column``, ``path`` and ``message``. Of what
stands in no file these are null, but for the severity and the message. Beside them stands what the command tells, if it came
to that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import click

from config import Problem
from server.cli.options import Mistakes

Command = TypeVar("Command", bound=Callable[..., Any])

_TOLD = ("severity", "file", "line", "column", "path", "message")


def as_object(problem: Problem) -> Mapping[str, Any]:
    """A problem by these names."""
    known = asdict(problem)
    return {name: known[name] for name in _TOLD}


def answer(ok: bool, problems: Iterable[Problem], **told: object) -> None:
    """Prints the object."""
    _print(ok, [as_object(each) for each in problems], told)


def _print(ok: bool, problems: Iterable[Mapping[str, Any]], told: Mapping[str, object]) -> None:
    click.echo(json.dumps({"ok": ok, "problems": list(problems), **told}, indent=2, ensure_ascii=False, default=str))


class Answering(click.Command):
    """A command whose ``--json`` holds for its failures, too."""

    def make_context(self, info_name: str | None, args: list[str], *others: Any, **extra: Any) -> click.Context:
        """The arguments as they are read: a file that is not there is found here."""
        asked = "--json" in args
        try:
            return super().make_context(info_name, args, *others, **extra)
        except click.ClickException as error:
            raise (_told(error) if asked else error) from None

    def invoke(self, context: click.Context) -> Any:
        """Runs it."""
        try:
            return super().invoke(context)
        except (click.ClickException, Mistakes) as error:
            raise (_told(error) if context.params["as_json"] else error) from None


def _told(error: click.ClickException | Mistakes) -> click.exceptions.Exit:
    """Prints why nothing came of it. Ends the command with the code that it would have ended with."""
    if isinstance(error, Mistakes):
        answer(False, error.problems)
        return click.exceptions.Exit(error.exit_code)
    alone = {**dict.fromkeys(_TOLD), "severity": "error", "message": error.format_message()}
    _print(False, [alone], {})
    return click.exceptions.Exit(error.exit_code)


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object, also where it fails; see above.")(command)
