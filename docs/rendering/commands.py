"""The page of the commands: what ``--help`` says of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from docs.rendering.blocks import block, page
from docs.rendering.places import Pages
from server.cli.main import main

_WIDTH: Final = 90
_PROGRAM: Final = "tagyard"


def command_pages() -> Pages:
    """By the page's place."""
    return {"commands.md": page(*_parts())}


def _parts() -> Iterator[str]:
    yield "# Commands"
    yield "What `--help` says of each command. Each exits with 0 where all is well."
    context = _context(main, _PROGRAM)
    yield block("text", main.get_help(context))
    for name, command in sorted(main.commands.items()):
        yield from _command(name, command, context)


def _command(name: str, command: click.Command, above: click.Context) -> Iterator[str]:
    context = _context(command, name, above)
    yield f"## {context.command_path}"
    yield command.get_short_help_str(limit=1000)
    yield block("text", command.get_help(context))
    if isinstance(command, click.Group):
        for below, each in sorted(command.commands.items()):
            yield from _command(below, each, context)


def _context(command: click.Command, name: str, above: click.Context | None = None) -> click.Context:
    options = {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    return click.Context(command, info_name=name, parent=above, **options)
