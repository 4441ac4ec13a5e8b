"""A file of the configuration as its caller read it, and places in it. Lines and columns count from 1, columns in characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Position", "SourceFile"]

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True)
class SourceFile:
    """One file: the name it is called by in messages, and its bytes."""

    name: str
    text: bytes

    @cached_property
    def lines(self) -> list[str]:
        """The lines as YAML counts them; bytes that are not UTF-8 show as U+FFFD."""
        return _LINE_BREAK.split(self.text.decode("utf-8-sig", errors="replace"))


@dataclass(frozen=True, slots=True)
class Position:
    """Where something stands: ``length`` characters, all on one line."""

    source: SourceFile
    line: int
    column: int
    length: int = 1
