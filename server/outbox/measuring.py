"""How much of the disk the files of a folder take."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from server.outbox import files
from server.outbox.capacity import Measured

_SPARE_PAGES = 4096
_PAGES_AT_ONCE = 512


def measure(connection: sqlite3.Connection, folder: Path, number: int) -> Measured:
    """Measures the folder, this file by its pages in use. Gives spare pages back to the disk, a few at a time."""
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (spare,) = connection.execute("PRAGMA freelist_count").fetchone()
    if spare > max(_SPARE_PAGES, pages // 4):
        for _ in range(_PAGES_AT_ONCE):  # the module steps this statement once, however many pages it names
            connection.execute("PRAGMA incremental_vacuum(1)")
    others = sum(files.size(folder, other) for other in files.numbers(folder) if other != number)
    disk = os.statvfs(folder)
    return Measured((pages - spare) * page_size + others, disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize)
