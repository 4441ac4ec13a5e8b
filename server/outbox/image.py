"""The pages of a damaged database, as far as they can be told from each other without asking SQLite.

What a page is for is said by the pointer map that an auto-vacuum database keeps, not by the tree above it: so the rows on a
page can be read although the header, the schema or the pages that led to it are gone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from server.outbox import files, wal

Value = int | float | str | bytes | None
Record = tuple[int, list[Value]]
"""A row's number and its columns."""

_PENDING_BYTE: Final = 0x40000000
_LEAF: Final = 13
_TREE: Final = frozenset({2, 5, 10, 13})
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST_COLUMNS: Final = 100


class Unreadable(Exception):
    """A row whose bytes make no sense."""


class Use(IntEnum):
    """What a page is for."""

    UNKNOWN = 0
    ROOT = 1
    FREE = 2
    OVERFLOW = 3
    MORE_OVERFLOW = 4
    TREE = 5


class Image:
    """The pages of a database with the sound frames of its log laid over them, those behind a bad one too. Reads, and no more."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._file = path.open("rb")
        self._log: BinaryIO | None = None
        self._frames: Mapping[int, int] = {}
        self.bad_frames = 0
        self.size, pages = _header(self._file)
        if files.log_of(path).exists():
            self._log = files.log_of(path).open("rb")
            pages = self._lay_over(self._log) or pages
        self.pages = pages
        self._maps: dict[int, bytes | None] = {}

    def __enter__(self) -> Image:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        if self._log is not None:
            self._log.close()

    def _lay_over(self, log: BinaryIO) -> int:
        """Finds the latest sound frame of each page, up to the last commit; how many pages there are after that one, or 0."""
        header = wal.Header.of(log)
        latest: dict[int, int] = {}
        committed: dict[int, int] = {}
        size = bad = 0
        for frame in wal.frames(log, header):
            if frame.sound:
                latest[frame.page] = frame.at
            elif frame.current:
                bad += 1
            if frame.sound and frame.size:
                committed |= latest
                size, latest, self.bad_frames = frame.size, {}, bad
        self._frames = committed
        self.size = header.page_size if committed else self.size
        return size

    def page(self, number: int) -> bytes:
        """A page, from 1; empty where the file ends before it."""
        at = self._frames.get(number)
        source, at = (self._file, (number - 1) * self.size) if at is None or self._log is None else (self._log, at)
        source.seek(at)
        raw = source.read(self.size)
        return raw if len(raw) == self.size else b""

    def latest_first(self) -> Iterator[int]:
        """Every page but the first: those of the log from its end on, then the others."""
        yield from sorted((page for page in self._frames if 1 < page <= self.pages), key=lambda page: -self._frames[page])
        yield from (page for page in range(2, self.pages + 1) if page not in self._frames)

    def use(self, number: int) -> Use | None:
        """What the page is for; None for a page of the pointer map itself."""
        each = self.size // 5 + 1
        at = (number - 2) // each * each + 2
        at += (at - 1) * self.size == _PENDING_BYTE
        if at == number:
            return None
        entries = self._map(at)
        return Use.UNKNOWN if entries is None else Use(entries[5 * (number - at - 1)])

    def _map(self, at: int) -> bytes | None:
        """A page of the pointer map; None where it is damaged, since any of its entries may be."""
        if at not in self._maps:
            raw = self.page(at)
            here = min(self.size // 5, self.pages - at)
            kinds, parents = (
                raw[: 5 * here : 5],
                [struct.unpack_from(">I", raw, 5 * n + 1)[0] for n in range(here)] if raw else [],
            )
            sound = bool(raw) and all(1 <= kind <= 5 for kind in kinds) and all(parent <= self.pages for parent in parents)
            self._maps[at] = raw if sound else None
        return self._maps[at]

    def is_readable(self, number: int) -> bool:
        """Whether the page looks like one of a tree."""
        raw = self.page(number)
        return bool(raw) and raw[0] in _TREE and int.from_bytes(raw[3:5]) <= self.size // 4

    def records(self, number: int) -> Iterator[Record | Unreadable]:
        """The rows of a page that holds the rows of some table; none for any other."""
        raw = self.page(number)
        if raw and raw[0] == _LEAF:
            for cell in range(int.from_bytes(raw[3:5])):
                try:
                    yield self._record(raw, int.from_bytes(raw[8 + 2 * cell : 10 + 2 * cell]))
                except (Unreadable, IndexError, struct.error, UnicodeDecodeError) as error:
                    yield Unreadable(str(error))

    def _record(self, raw: bytes, at: int) -> Record:
        length, at = _varint(raw, at)
        number, at = _varint(raw, at)
        return number, _columns(self._payload(raw, at, length))

    def _payload(self, raw: bytes, at: int, length: int) -> bytes:
        """The bytes of a row, which may go on in other pages."""
        most, least = self.size - 35, (self.size - 12) * 32 // 255 - 23
        if length <= most:
            return _exactly(raw[at : at + length], length)
        here = least + (length - least) % (self.size - 4)
        here = here if here <= most else least
        parts, left = [_exactly(raw[at : at + here], here)], length - here
        following = int.from_bytes(_exactly(raw[at + here : at + here + 4], 4))
        if length > self.pages * self.size:
            raise Unreadable("it is longer than the file")
        while left > 0:
            page = self.page(following) if 1 < following <= self.pages else b""
            part = page[4 : 4 + left]
            following, left = int.from_bytes(_exactly(page[:4], 4)), left - len(part)
            parts.append(part)
        return b"".join(parts)


def _header(file: BinaryIO) -> tuple[int, int]:
    """The size of a page, and how many the file has."""
    file.seek(0)
    raw = file.read(100).ljust(100, b"\0")
    size = int.from_bytes(raw[16:18])
    size = 65536 if size == 1 else size
    if not raw.startswith(b"SQLite format 3\0") or size not in (1 << power for power in range(9, 17)):
        size = wal.PAGE
    return size, file.seek(0, 2) // size


def _exactly(raw: bytes, length: int) -> bytes:
    if len(raw) != length:
        raise Unreadable("it ends too early")
    return raw


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number in SQLite's own form, and where it ends. Raises IndexError."""
    value = 0
    for place in range(at, at + 8):
        value = value << 7 | raw[place] & 0x7F
        if raw[place] < 0x80:
            return value, place + 1
    return value << 8 | raw[at + 8], at + 9


def _columns(payload: bytes) -> list[Value]:
    """The values of a row. Raises Unreadable and its like."""
    end, at = _varint(payload, 0)
    kinds: list[int] = []
    while at < end and len(kinds) < _MOST_COLUMNS:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != end:
        raise Unreadable("its columns make no sense")
    values: list[Value] = []
    for kind in kinds:
        value, at = _value(kind, payload, at)
        values.append(value)
    return values


def _value(kind: int, payload: bytes, at: int) -> tuple[Value, int]:
    if kind in _INTEGERS:
        end = at + _INTEGERS[kind]
        return int.from_bytes(_exactly(payload[at:end], end - at), signed=True), end
    if kind >= 12:
        end = at + (kind - 12) // 2
        raw = _exactly(payload[at:end], end - at)
        return (raw.decode() if kind % 2 else raw), end
    if kind == 7:
        return struct.unpack_from(">d", payload, at)[0], at + 8
    if kind in (0, 8, 9):
        return (None, 0, 1)[max(0, kind - 7)], at
    raise Unreadable("a column of it makes no sense")
