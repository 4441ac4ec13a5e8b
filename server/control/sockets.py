"""How one process asks another's worker: a JSON line to the Unix socket beside its outbox file, a JSON line back.

The socket lies in the data folder (0700), so whoever may read the outbox may ask, and nobody else. A health check imports this
every few seconds: nothing that takes its time is imported here.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from server.control.following import Answer, Telling, follow

Command: TypeAlias = dict[str, Any]

PATIENCE = 10.0
"""Seconds that an answer may take."""


class NobodyThere(Exception):
    """No process listens on the socket."""


class NoAnswer(NobodyThere):
    """Somebody listens, and does not answer in time."""


class Unfinished(Exception):
    """Somebody was asked, and the answer has no end. ``begun``: a part of what was asked for is done."""

    def __init__(self, why: str, *, begun: bool) -> None:
        super().__init__(why)
        self.begun = begun


def socket_path(folder: Path, worker: int) -> Path:
    """Where the worker of this number listens."""
    return folder / f"outbox-{worker}.sock"


def sockets_in(folder: Path) -> list[Path]:
    """Where workers of this folder listen, or have listened: one that ended without a stop leaves its socket behind."""
    return sorted(folder.glob("outbox-*.sock"))


def ask_now(path: Path, command: Command, patience: float = PATIENCE) -> Answer:
    """One part of it, for a process without an event loop; ``patience`` is in seconds. Raises NobodyThere."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, within(path) as address:
            connection.settimeout(patience)
            connection.connect(address)
            connection.sendall(json.dumps(command).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: Answer = json.loads(lines.readline())
                return answer
    except TimeoutError:
        raise NoAnswer(f"{path}: Tagyard runs, and has not answered within {patience:g} s") from None
    except (OSError, ValueError) as error:
        raise NobodyThere(f"{path}: {error}") from None


def ask_to_the_end(path: Path, command: Mapping[str, Any], told: Telling = lambda _: None) -> Answer | None:
    """All parts of the answer as one; None where nobody is behind the socket. Raises Unfinished."""
    begun = False

    def part(step: Command) -> Answer:
        nonlocal begun
        answer = ask_now(path, step)
        begun = True
        return answer

    try:
        return follow(part, command, told)
    except NoAnswer as error:
        raise Unfinished(str(error), begun=begun) from None
    except NobodyThere:
        if begun:
            raise Unfinished(f"{path}: Tagyard stopped meanwhile", begun=True) from None
        return None


class within:  # noqa: N801  used like a function
    """The path within the 107 bytes that a socket's address may have: by way of the folder's descriptor if need be."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder: int | None = None

    def __enter__(self) -> str:
        if len(os.fsencode(self._path)) < 100:
            return str(self._path)
        self._folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folder}/{self._path.name}"

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            os.close(self._folder)
