"""How far a command over a large outbox has come, for somebody at a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import click

_DOING = {"retry": "made due", "drop": "dropped", "count": "counted", "status": "counted", "list": "found"}


class Progress:
    """One line on standard error, written over with each part, and gone at the end; nothing where that is no terminal."""

    def __init__(self, doing: str) -> None:
        self._doing = _DOING.get(doing, "done")
        self._rows = self._parts = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._parts > 1:
            self._write("")

    def told(self, part: dict[str, Any]) -> None:
        """A part of the answer has come. The first says nothing: where it is the whole, nobody has waited."""
        self._rows += _rows(part)
        self._parts += 1
        if self._parts > 1:
            self._write(f"{self._rows:,} rows {self._doing} so far")

    @property
    def seen(self) -> bool:
        """Whether standard error is a terminal."""
        return sys.stderr is not None and sys.stderr.isatty()

    def _write(self, text: str) -> None:
        if self.seen:
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _rows(part: dict[str, Any]) -> int:
    rows = part.get("rows", 0)
    if isinstance(rows, list):
        return len(rows)
    counted = part.get("counted", []) + [tag for file in part.get("files", ()) for tag in file["tags"]]
    return int(rows) + sum(int(each["rows"]) for each in counted)
