"""Reads what a configuration is made of: its YAML files, the files they name, and an env file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from config import SourceFile

Stamp: TypeAlias = tuple[int, int, int] | None
"""What a change of a file changes; None where there is no such file."""


class FileError(Exception):
    """A file or folder that cannot be read; the text says which and why."""


def reason(error: OSError) -> str:
    """Why the system refused. Where it is about rights, it matters whose: in a container that is not the one who set it up."""
    who = f" (this runs as user {os.geteuid()})" if error.errno in (errno.EACCES, errno.EPERM) else ""
    return f"{error.strerror}{who}"


def stamp(path: Path) -> Stamp:
    """The stamp of a file, behind any symbolic links."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def sources(config: Path) -> list[SourceFile]:
    """The YAML file, or every ``*.yaml`` of the folder in name order. Raises FileError."""
    try:
        paths = sorted(config.glob("*.yaml")) if config.is_dir() else [config]
        if not paths:
            raise FileError(f"{config}: this folder holds no *.yaml file")
        return [SourceFile(str(path), path.read_bytes()) for path in paths]
    except OSError as error:
        raise FileError(f"{error.filename or config}: cannot be read: {reason(error)}") from None


def digest(files: Iterable[SourceFile]) -> str:
    """Twelve digits that stand for what is written in these files: they tell two configurations apart in the log."""
    return sha256(b"\0".join(file.text for file in files)).hexdigest()[:12]


def folder_of(config: Path) -> Path:
    """Where relative paths of the file start."""
    return config if config.is_dir() else config.parent


def reader(config: Path) -> Callable[[str], bytes]:
    """Reads a file by the path written in the configuration. Raises OSError."""
    folder = folder_of(config)
    return lambda path: (folder / path).read_bytes()


def environment(env_file: Path | None) -> Mapping[str, str]:
    """The process environment, which wins over the ``NAME=value`` lines of the env file. Raises FileError."""
    if env_file is None:
        return dict(os.environ)
    try:
        lines = env_file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{env_file}: cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    return {**_pairs(lines, env_file), **os.environ}


def _pairs(lines: list[str], env_file: Path) -> dict[str, str]:
    pairs = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ")
        if text and not text.startswith("#"):
            name, equals, value = text.partition("=")
            if not equals or not name.strip().isidentifier():
                raise FileError(f"{env_file}:{number}: a line must be NAME=value")
            pairs[name.strip()] = _unquoted(value.strip())
    return pairs


def _unquoted(value: str) -> str:
    quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
