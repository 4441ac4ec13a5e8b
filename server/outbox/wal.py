"""The write-ahead log of SQLite, frame by frame: whether it ends where its last commit ended, or is damaged in the middle.

SQLite itself reads a log up to the first frame whose checksum does not fit and takes that for the end. So one flipped bit
would take every later commit with it, in silence. A frame's checksum goes on from the one that is stored in the frame before,
so frames behind a bad one can be checked all the same. A frame is *current* where its salts are those of the log's header:
older ones are left from before the log was begun anew. No checksum covers the salts, so one that goes on from a sound frame
shows a frame to be current whose salts are damaged.

Every commit is flushed before the next one is written. Power that fails may leave any part of the last commit on the disk,
and nothing of a later one: so a bad frame of an earlier commit than the last is damage. Within the last commit the two cannot
be told apart; that is called torn.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

PAGE: Final = 4096
"""Bytes of a page, where nothing readable says another number."""

_HEADER: Final = 32
_FRAME: Final = 24
_MAGIC: Final = 0x377F0682
_MASK: Final = 0xFFFFFFFF
_NATIVE: Final = ">" if sys.byteorder == "big" else "<"
_SIZES: Final = frozenset(1 << power for power in range(9, 17))

Sums = tuple[int, int]


class Frame(NamedTuple):
    """A page as a commit has written it. ``size`` is that of the database in pages where the frame ends a commit, else 0."""

    page: int
    size: int
    current: bool
    sound: bool
    """Current, and its checksum goes on from that of the frame before it."""
    salted: bool
    """Its salts are those of the log: SQLite takes no frame without them for one, and nothing behind it."""
    at: int
    """Where its page begins in the log, in bytes."""


@dataclass(frozen=True, slots=True)
class Header:
    """How the log was begun. One that is damaged is read as far as it goes; its salts are then those of the first frames."""

    page_size: int
    order: str
    salts: bytes
    sums: Sums
    sound: bool

    @staticmethod
    def of(log: BinaryIO) -> Header:
        """The header of an open log."""
        log.seek(0)
        raw = log.read(_HEADER).ljust(_HEADER, b"\0")
        magic, version, page_size = struct.unpack_from(">III", raw)
        known = magic & ~1 == _MAGIC
        order = ">" if magic & 1 else "<"
        sums = struct.unpack_from(">II", raw, _HEADER - 8)
        sound = known and version == 3007000 and page_size in _SIZES and _checksum(order, (0, 0), raw[:-8]) == sums
        page_size = page_size if page_size in _SIZES else PAGE
        if sound:
            return Header(page_size, order, raw[16:24], sums, sound)
        return Header(page_size, _NATIVE, _first_salts(log, page_size), sums, sound)


def _first_salts(log: BinaryIO, page_size: int) -> bytes:
    """The salts of the first two frames in a row that have the same."""
    before, at = b"", _HEADER
    while True:
        log.seek(at + 8)
        salts = log.read(8)
        if len(salts) < 8 or salts == before:
            return before
        before, at = salts, at + _FRAME + page_size


def frames(log: BinaryIO, header: Header) -> Iterator[Frame]:
    """Every whole frame of an open log, whatever is wrong with it."""
    at, before, follows = _HEADER, header.sums, header.sound
    log.seek(at)
    while len(raw := log.read(_FRAME + header.page_size)) == _FRAME + header.page_size:
        page, size = struct.unpack_from(">II", raw)
        sums = struct.unpack_from(">II", raw, 16)
        salted = raw[8:16] == header.salts
        fits = (salted or follows) and _checksum(header.order, _checksum(header.order, before, raw[:8]), raw[_FRAME:]) == sums
        follows = fits
        yield Frame(page, size, salted or fits, fits, salted, at + _FRAME)
        at, before = at + len(raw), sums


def _checksum(order: str, sums: Sums, data: bytes) -> Sums:
    first, second = sums
    for one, two in struct.iter_unpack(f"{order}II", data):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a log: ``damage`` in words, or that its last commit is ``torn``."""

    damage: str = ""
    torn: bool = False


def judge(path: Path) -> Verdict:
    """Reads the log of a database that nobody has open; sound where there is none. Raises OSError."""
    if not path.exists():
        return Verdict()
    with path.open("rb") as log:
        header = Header.of(log)
        bad = None if header.sound else 0
        commit_began_later, torn = not header.sound, False
        for number, frame in enumerate(frames(log, header), 1):
            if bad is None and not (frame.sound and frame.salted):
                bad = number
            if bad is None or not (frame.current and frame.size):
                continue
            if frame.sound and commit_began_later:
                return Verdict(f"{_place(bad)} does not fit its checksum, and flushed commits stand behind it")
            commit_began_later = torn = True
    return Verdict(torn=torn)


def _place(number: int) -> str:
    return f"frame {number} of its log" if number else "the header of its log"
