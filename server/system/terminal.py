"""The terminal: standard output for answers, standard error for everything else. Colours only where they are seen."""

from __future__ import annotations

import sys

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def somebody_there() -> bool:
    """Whether a question would reach a person: standard input is a terminal, and no pipe, file or scheduler."""
    return sys.stdin is not None and sys.stdin.isatty()


def visible(text: str) -> str:
    """The text with whatever could steer a terminal written out, since it may come from a visitor: ESC as ``\\x1b``."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
