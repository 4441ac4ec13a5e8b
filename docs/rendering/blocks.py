"""Pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import yaml


def block(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"


def yaml_block(value: Any) -> str:
    """A piece of a configuration."""
    return block("yaml", yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110))


def json_block(value: Any) -> str:
    """Event data and the like."""
    return block("json", orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; where a cell holds a bar it is written so that it ends no cell."""
    lines = (" | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows)
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *(f"| {line} |" for line in lines)])


def names(words: Iterable[str]) -> str:
    """Names in a row, each as code."""
    return ", ".join(f"`{word}`" for word in words)


def page(*parts: str) -> str:
    """A whole page of these parts; empty ones are left out."""
    return "\n\n".join(filter(None, map(str.strip, parts))) + "\n"
