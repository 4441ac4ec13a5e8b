"""The files on disk, so that a restart during an outage upstream breaks no site. One file each, in a folder of their own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from server.scripts.cached import Copy, Key

MOST: Final = 200
MOST_BYTES: Final = 256 << 20
_SUFFIX: Final = ".copy"


class Disk:
    """A folder of copies that only its owner may enter; several processes may use it. Blocks: call it from a thread.

    A file is a line of JSON (its key, its times, its checksum) and upstream's bytes. It is written beside its place and
    then put there, so that it is whole or not there; what does not agree with its checksum is as good as not there.
    """

    def __init__(self, folder: Path, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most = most
        self._most_bytes = most_bytes

    def load(self, key: Key) -> Copy | None:
        """The copy for this key, if there is one that can be read."""
        try:
            head, _, body = self._path(key).read_bytes().partition(b"\n")
            return _copy(json.loads(head), key, body)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def store(self, key: Key, copy: Copy) -> None:
        """Keeps the copy, and forgets the ones that were fetched longest ago where there are too many. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(key)
        beside = path.with_suffix(f".{os.getpid()}.part")
        with open(beside, "wb", opener=_owners_only) as file:
            file.write(_head(key, copy) + b"\n" + copy.body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        self._fit()

    def forget(self, key: Key) -> None:
        """Keeps no copy for this key any longer. Raises OSError."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: Key) -> Path:
        return self._folder / (sha256("\n".join(key).encode()).hexdigest()[:40] + _SUFFIX)

    def _fit(self) -> None:
        files = sorted(self._files(), reverse=True)
        total = 0
        for number, (_, size, path) in enumerate(files, 1):
            total += size
            if number > 1 and (number > self._most or total > self._most_bytes):
                path.unlink(missing_ok=True)

    def _files(self) -> Iterator[tuple[int, int, Path]]:
        for entry in os.scandir(self._folder):
            if entry.name.endswith(_SUFFIX):
                about = entry.stat()
                yield about.st_mtime_ns, about.st_size, Path(entry.path)


def _owners_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _head(key: Key, copy: Copy) -> bytes:
    about = {"key": key, "fetched_at": copy.fetched_at, "fresh_for": copy.fresh_for, "sha256": sha256(copy.body).hexdigest()}
    return json.dumps(about).encode()


def _copy(about: dict[str, Any], key: Key, body: bytes) -> Copy | None:
    if about["key"] != list(key) or about["sha256"] != sha256(body).hexdigest():
        return None
    return Copy(body, int(about["fetched_at"]), float(about["fresh_for"]))
