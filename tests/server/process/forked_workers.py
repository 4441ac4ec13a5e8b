"""Workers without the second of CPU that each takes to import its modules: what a forked process spawns is forked, too.

A process that has imported everything and done nothing else stays beside the one that will spawn. Asked for a process, it forks
twice and lets the one between end: so the new one is an orphan, and a child of whoever asked, who takes orphans and hears of its
end as of any child's. It has the descriptors, limits and blocked signals that a spawned one has, and runs the same command.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import multiprocessing.util
import os
import resource
import signal
import socket
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

_TAKES_ORPHANS: Final = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2)."""
_LONGEST: Final = 1 << 16
"""Bytes of an order."""
_MOST: Final = 16
"""Descriptors of an order."""


def fork_what_is_spawned() -> list[str] | None:
    """From now on this process's ``multiprocessing`` forks. In a process that is one of those: the command that it is to run."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        ours.close()
        return _forks(theirs)
    theirs.close()
    assert ctypes.CDLL(None).prctl(_TAKES_ORPHANS, 1, 0, 0, 0) == 0
    multiprocessing.util.spawnv_passfds = partial(_asked, ours)
    return None


def _asked(forks: socket.socket, path: bytes, command: Sequence[str | bytes], descriptors: Iterable[int]) -> int:  # noqa: ARG001  its form
    """The process that runs this command, with these descriptors."""
    passed = sorted(map(int, descriptors))
    blocked = [int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, ())]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    order = {"command": list(map(os.fsdecode, command)), "descriptors": passed, "blocked": blocked, "limits": limits}
    socket.send_fds(forks, [json.dumps(order).encode()], passed)
    return int(forks.recv(32))


def _forks(asked: socket.socket) -> list[str]:
    """Ends with whoever asks. Only a process that was asked for comes back."""
    while True:
        text, received, _, _ = socket.recv_fds(asked, _LONGEST, _MOST)
        if not text:
            os._exit(0)
        order = json.loads(text)
        if (number := _orphan()) == 0:
            return _as_ordered(order, received)
        for each in received:
            os.close(each)
        asked.send(str(number).encode())


def _orphan() -> int:
    """Its number; 0 in itself."""
    told, tells = os.pipe()
    between = os.fork()
    if between == 0:
        number = os.fork()
        if number == 0:
            return 0
        os.write(tells, str(number).encode())
        os._exit(0)
    os.waitpid(between, 0)
    number = int(os.read(told, 32))
    os.close(told)
    os.close(tells)
    return number


def _as_ordered(order: dict[str, Any], received: Sequence[int]) -> list[str]:
    wanted: list[int] = order["descriptors"]
    above = max(wanted, default=2) + 1
    moved = [fcntl.fcntl(each, fcntl.F_DUPFD, above) for each in received]
    for number, each in zip(wanted, moved, strict=True):
        os.dup2(each, number)
    for each in map(int, os.listdir("/proc/self/fd")):
        if each > 2 and each not in wanted:
            _close(each)
    resource.setrlimit(resource.RLIMIT_NOFILE, order["limits"])
    signal.pthread_sigmask(signal.SIG_SETMASK, order["blocked"])
    return list(order["command"])


def _close(descriptor: int) -> None:
    """It may be gone, as that of the folder is by which they were listed."""
    if Path(f"/proc/self/fd/{descriptor}").is_symlink():
        os.close(descriptor)
