"""What leaves without HTTP: lines of text, for standard output, for one file, or for files that follow each other in a folder."""

from __future__ import annotations

from core.frozen import frozen


@frozen
class Line:
    """One line for a file or, where ``target`` is ``-``, for standard output."""

    target: str
    text: str
    payloads: tuple[int, ...]


@frozen
class FileSet:
    """Files of a folder whose names begin alike: the next one begins after ``size`` bytes and, ``daily``, at midnight (UTC).

    Where a relative ``folder`` begins is for the server to say.
    """

    folder: str
    name: str
    gzip: bool
    size: int
    daily: bool

    @property
    def suffix(self) -> str:
        """What the names of its files end in."""
        return ".jsonl.gz" if self.gzip else ".jsonl"


@frozen
class Rows:
    """Lines, none with a line break in it, for the end of the last file of a set: all of them are on the disk, or none counts."""

    into: FileSet
    lines: tuple[bytes, ...]
    payloads: tuple[int, ...]

    @property
    def target(self) -> str:
        """Where they go, in words."""
        return f"{self.into.folder}/{self.into.name}-*{self.into.suffix}"

    @property
    def text(self) -> str:
        """What is written, before it is compressed."""
        return b"\n".join(self.lines).decode()
