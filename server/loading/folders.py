"""The folders that tags write files into: whether this process can do so where it runs."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from config import Settings
from server.system.files import FileError, folder_of, reason

MODE: Final = 0o750
"""Of a folder that is made here: whoever loads the files elsewhere may be another user of the group."""


def folders_of(settings: Settings) -> Sequence[str]:
    """As they are written in the file, each once."""
    return list(dict.fromkeys(folder for tag in settings.tags.values() for folder in tag.settings.folders()))


def make_folders(configuration: Path, settings: Settings) -> None:
    """Makes those that are missing. Raises FileError, which names each that cannot be written."""
    wrong = []
    for name, path in _by_tag(configuration, settings):
        try:
            path.mkdir(mode=MODE, parents=True, exist_ok=True)
            why = _why_not(path)
        except OSError as error:
            why = reason(error)
        if why:
            wrong.append(_said(name, path, why))
    if wrong:
        raise FileError("\n".join(wrong))


def unwritable(configuration: Path, settings: Settings) -> Iterator[str]:
    """What would be wrong with them if it were served here, one sentence each. Nothing is made."""
    for name, path in _by_tag(configuration, settings):
        above = next(each for each in (path, *path.absolute().parents) if each.exists())
        if why := _why_not(above) if above.is_dir() else os.strerror(errno.ENOTDIR):
            yield _said(name, path, why)


def _by_tag(configuration: Path, settings: Settings) -> Iterator[tuple[str, Path]]:
    for tag in settings.tags.values():
        for folder in tag.settings.folders():
            yield tag.name, folder_of(configuration) / folder


def _why_not(folder: Path) -> str:
    return "" if os.access(folder, os.R_OK | os.W_OK | os.X_OK) else f"this runs as user {os.geteuid()}, who may not write there"


def _said(tag: str, folder: Path, why: str) -> str:
    return f"tags.{tag}: no files can be written into {folder}: {why}"
