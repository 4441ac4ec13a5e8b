"""Whether the server that uses a data folder accepts: found by its control socket, which says where it listens, and asked there.

It is what a container's health check runs, so it imports as little as can be.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from time import monotonic

from server.control.sockets import NoAnswer, NobodyThere, ask_now, sockets_in

PATIENCE = 2.0
"""Seconds that an answer may take: of the workers together, and then of the port. A container's health check has five."""

_EACH = 1.0
"""Seconds of that for one worker, where there are several: another may answer."""

_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a server that listens on every address is asked."""

_REQUEST = b"GET /healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class NotHealthy(Exception):
    """The server does not accept; the text says why."""


def check(folder: str) -> int:
    """``tagyard healthy`` where the folder is known: says how it is, and gives the exit code."""
    try:
        print(health(Path(folder)))
    except NotHealthy as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def health(folder: Path) -> str:
    """What the server of this folder says, where that is good. Raises NotHealthy."""
    host, port = _address(folder)
    try:
        with socket.create_connection((host, port), PATIENCE) as connection:
            connection.sendall(_REQUEST)
            status, said = _answer(connection)
    except (OSError, ValueError) as error:
        raise NotHealthy(f"{host}:{port} does not answer: {error}") from None
    if status != 200:
        raise NotHealthy(f"{host}:{port} answers {status}: {said}")
    return said


def _address(folder: Path) -> tuple[str, int]:
    """Where the server of this folder listens. Raises NotHealthy."""
    until, hung = monotonic() + PATIENCE, ""
    paths = sockets_in(folder)
    for path in paths:
        left = max(0.01, until - monotonic())
        try:
            host, port = ask_now(path, {"do": "health"}, min(left, max(_EACH, PATIENCE / len(paths))))["at"]
        except NoAnswer as error:
            hung = str(error)
        except NobodyThere:
            continue
        else:
            return _LOCAL.get(host, host), port
    raise NotHealthy(hung or f"no running server uses the folder {folder}")


def _answer(connection: socket.socket) -> tuple[int, str]:
    """The status and the text. Raises OSError, and ValueError where it is no HTTP."""
    with connection.makefile("rb") as answer:
        version, _, rest = answer.readline(1000).partition(b" ")
        if not version.startswith(b"HTTP/1."):
            raise ValueError("this is no HTTP")
        while answer.readline(10_000).strip():
            pass
        return int(rest[:3]), answer.read(100).decode(errors="replace").strip()
