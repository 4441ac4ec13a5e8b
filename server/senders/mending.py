"""Files that nobody finished, since a process or a machine stopped: what is whole in them is kept, and they are finished."""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from server.senders import names
from server.senders.locking import flush_folder, opened

log = structlog.get_logger("tagyard")

_PIECE: Final = 1 << 16
_GZIP: Final = 31
"""zlib's number for gzip, with its header and its checksum."""


def mend(folder: Path) -> None:
    """Finishes each file of the folder that nobody is writing. Raises OSError where the folder cannot be read."""
    for part in names.parts(folder):
        try:
            descriptor = opened(part, os.O_RDWR)
            try:
                _mend(part, descriptor)
            finally:
                os.close(descriptor)
        except (FileNotFoundError, BlockingIOError):
            continue  # somebody is writing it, or has just finished it
        except OSError as error:
            log.error("a file of events that was left behind cannot be finished", file=str(part), why=error.strerror)


def _mend(part: Path, descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    with open(descriptor, "rb", closefd=False) as file:
        end = (end_of_members if part.name.endswith(f".gz{names.PART}") else end_of_lines)(file)
    if end < size:
        os.ftruncate(descriptor, end)
    os.fsync(descriptor)
    complete(part, is_empty=end == 0)
    finished = str(names.finished(part))
    if end < size:
        log.warning(
            "a file of events that was left behind is finished, but for its end", file=finished, kept=end, cut_off=size - end
        )
    else:
        log.info("a file of events that was left behind is finished", file=finished, kept=end)


def complete(part: Path, *, is_empty: bool) -> None:
    """Gives a file, whose content is flushed, its final name, and removes one without any content. Raises OSError."""
    final = names.finished(part)
    if is_empty:
        part.unlink()
    elif final.exists():
        raise FileExistsError(0, f"there is a {final.name} already")
    else:
        part.rename(final)
    flush_folder(part.parent)


def end_of_lines(file: BinaryIO) -> int:
    """Where the last whole line ends. No line has a NUL: of blocks that were never written a disk may give those."""
    end = position = 0
    while piece := file.read(_PIECE):
        whole, nul, _ = piece.partition(b"\0")
        last = whole.rfind(b"\n")
        if last >= 0:
            end = position + last + 1
        if nul:
            break
        position += len(piece)
    return end


def end_of_members(file: BinaryIO) -> int:
    """Where the last whole member of gzip ends, each of which holds whole lines."""
    end = position = 0
    member = zlib.decompressobj(_GZIP)
    while piece := file.read(_PIECE):
        position += len(piece)
        while piece:
            try:
                member.decompress(piece)
            except zlib.error:
                return end
            piece = member.unused_data
            if member.eof:
                end, member = position - len(piece), zlib.decompressobj(_GZIP)
    return end
