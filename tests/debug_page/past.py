"""A clock for the server that stands at a day of the past, and is put forward as an hour is played in a minute.

It is libfaketime's, of Debian's package ``faketime``: what a page says of times is the same whenever its picture is taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

BEGINS: Final = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@dataclass
class Past:
    """``file`` says to all clocks of a process how many seconds they are behind."""

    file: Path
    minutes: int = 0

    def __post_init__(self) -> None:
        self._behind = BEGINS.timestamp() - time.time()
        self._write()

    def goes_on(self, minutes: int = 1) -> None:
        """It is so many minutes later."""
        self.minutes += minutes
        self._write()

    @property
    def now(self) -> datetime:
        """About the time that it tells, to the second."""
        return datetime.fromtimestamp(time.time() + self._behind + 60 * self.minutes, UTC)

    def environment(self) -> dict[str, str]:
        """Of a process that has this clock."""
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        return {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1"}

    def _write(self) -> None:
        self.file.write_text(f"{self._behind + 60 * self.minutes:+.3f}\n")
