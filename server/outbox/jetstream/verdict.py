"""What is to become of a row, written in place of its message before anything is done: whoever finds it completes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import orjson

from server.outbox.jetstream.stored import StoredRow

_MARK: Final = b"!"
"""What no row begins with."""

_BREAK: Final = b"\n"


class Fate(StrEnum):
    """Of a row."""

    GIVEN_UP = "given up"
    """It becomes a dead letter, and its key is free."""
    DROPPED = "dropped"
    """It goes, and its key is free."""
    TRIED_AGAIN = "tried again"
    """It was a dead letter, and waits again when that is gone."""
    MOVED = "moved"
    """It has another subject by now, and nothing is left to be done under this one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``row`` as it will be; ``by`` says who wrote it; ``letter`` is the dead letter that goes, if it is tried again."""

    fate: Fate
    row: StoredRow
    by: str
    letter: int = 0

    @classmethod
    def gone(cls, fate: Fate, row: StoredRow, by: str) -> Verdict:
        """Of a row that nobody will send from here."""
        return cls(fate, replace(row.changed(why="", answer=""), body=b"null", secrets=()), by)

    @classmethod
    def read_if_any(cls, message: bytes) -> Verdict | None:
        """Of a message; None where it is something else."""
        if not message.startswith(_MARK):
            return None
        head, _, row = message.removeprefix(_MARK).partition(_BREAK)
        try:
            fate, by, letter = orjson.loads(head)
            return cls(Fate(fate), StoredRow.read(row), by, letter)
        except (TypeError, ValueError):
            return None

    def write(self) -> bytes:
        """As a message."""
        return _MARK + orjson.dumps([self.fate, self.by, self.letter]) + _BREAK + self.row.write()
