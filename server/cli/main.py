"""The ``tagyard`` command itself; each subcommand has a module of its own, which is imported when the command is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Final, cast

import click

from core.product import EDITION
from server.system.checkout import origin
from server.system.logs import log_beside_answers

_PLACES: Final[Mapping[str, str]] = {
    "init": "server.cli.init:init",
    "import": "server.cli.importing:import_",
    "serve": "server.cli.serve:serve",
    "healthy": "server.cli.healthy:healthy",
    "check": "server.cli.check:check",
    "show": "server.cli.show:show",
    "explain": "server.cli.explain:explain",
    "try": "server.cli.trying:try_tag",
    "test": "server.cli.test:test",
    "diff": "server.cli.diff:diff",
    "validate": "server.cli.validate:validate",
    "csp": "server.cli.csp:csp",
    "reload": "server.cli.reload:reload",
    "outbox": "server.cli.outbox:outbox",
    "scripts": "server.cli.scripts:scripts",
    "schema": "server.cli.schema:schema",
}
"""By command where it is. All modules together take a second to import, and most commands need a few of them."""


class _Commands(MutableMapping[str, click.Command]):
    """The commands by name; one is imported when it is first taken."""

    def __init__(self) -> None:
        self._commands: dict[str, str | click.Command] = dict(_PLACES)

    def __getitem__(self, name: str) -> click.Command:
        command = self._commands[name]
        if isinstance(command, str):
            module, _, function = command.partition(":")
            command = self._commands[name] = cast(click.Command, getattr(import_module(module), function))
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


def _tell_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """The version, which of the two builds it is, and the commit where that is known."""
    if asked and not context.resilient_parsing:
        click.echo(f"tagyard {', '.join(filter(None, (EDITION, origin())))}")
        context.exit()


@click.group(commands=_Commands(), context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version, help="Show the version and exit."
)
def main() -> None:
    """A server-side tagging container that you run yourself."""
    log_beside_answers()
