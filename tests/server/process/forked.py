"""Processes of ``python -m tagyard`` without the second of CPU that each takes to import its modules.

One process a run of pytest imports them and all components, reads what is the same for every server, and serves nothing. Asked
for a ``tagyard``, it forks: the child takes the arguments, environment, output and limits that it is given, is in a session of
its own, and runs ``tagyard`` as ``-m`` does, to the interpreter's end. What depends on the environment and is read before the
fork needs a new interpreter: ``can_fork`` tells for which variables.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import resource
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from tests.server.process.forked_workers import fork_what_is_spawned

ROOT: Final = Path(__file__).parents[3]
MOST: Final = 1 << 17
"""Bytes of what one child is to be."""

_READ_BEFORE: Final = ("PYTHON", "LD_", "LC_", "LANG", "SSL_", "COLUMNS", "TERM", "NO_COLOR", "FORCE_COLOR")

_ENV: Final = dict(os.environ)
"""The environment of the process that forks, whichever test asks for it first."""


def can_fork(env: Mapping[str, str]) -> bool:
    """Whether a process that has imported everything can still become one that has this environment."""
    return not any(name.startswith(_READ_BEFORE) for name, _ in env.items() ^ _ENV.items())


class Forked:
    """What ``subprocess.Popen`` is for a process that is another's child: known by its number, and heard of when it ends."""

    def __init__(self, heard: socket.socket) -> None:
        self._heard = heard
        self.pid = int(heard.recv(32))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, as soon as it has one."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing happens where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._heard.settimeout(timeout)
            try:
                self.returncode = int(self._heard.recv(32) or -signal.SIGKILL)
            except (BlockingIOError, TimeoutError):
                return None
            self._heard.close()
        return self.returncode


def command(*arguments: str, env: Mapping[str, str] = os.environ, module: str = "tagyard") -> subprocess.CompletedProcess[str]:
    """What a ``tagyard``, or another module of a process, says with these arguments, and how it ends."""
    if not can_fork(env):
        asked = [sys.executable, "-m", module, *arguments]
        return subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        code = fork(arguments, env, output, None, errors, module).wait(60)
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, output.read().decode(), errors.read().decode())


def fork(
    arguments: Sequence[str],
    env: Mapping[str, str],
    output: IO[bytes],
    descriptors: int | None,
    errors: IO[bytes] | None = None,
    module: str = "tagyard",
) -> Forked:
    """A ``tagyard``, or another module, with these arguments.

    It says its errors where it says all else, unless they have a place of their own.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    order = json.dumps({"module": module, "arguments": arguments, "env": dict(env), "descriptors": descriptors}).encode()
    assert len(order) <= MOST
    with theirs, _LOCK:
        socket.send_fds(_parent(), [order], [theirs.fileno(), output.fileno(), (errors or output).fileno()])
    return Forked(ours)


_LOCK: Final = threading.Lock()


@functools.cache
def _parent() -> socket.socket:
    """The way to the process that forks. It ends when nobody can ask it any more."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        process = subprocess.Popen(command, cwd=ROOT, env=_ENV, pass_fds=[theirs.fileno()], start_new_session=True)
    atexit.register(process.wait, 10)
    atexit.register(ours.close)
    return ours


class _Parent:
    """Forks when asked to, and tells the exit codes of its children."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._selector = selectors.DefaultSelector()
        self._selector.register(asked, selectors.EVENT_READ)

    def run(self) -> dict[str, Any] | None:
        """In a child what it is to be; None where nobody asks any more."""
        while True:
            for key, _ in self._selector.select():
                if key.data is not None:
                    self._tell(key.fd, *key.data)
                    continue
                order, fds, _, _ = socket.recv_fds(self._asked, MOST, 3)
                if not order:
                    return None
                if self._forked(*fds):
                    return dict(json.loads(order))

    def _forked(self, told: int, output: int, errors: int) -> bool:
        """Whether this is the child."""
        number = os.fork()
        if number == 0:
            os.setsid()
            os.dup2(output, 1)
            os.dup2(errors, 2)
            self._asked.close()  # whoever owns a descriptor would close its number later, when it is another's
            self._selector.close()
            os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            return True
        os.close(output)
        os.close(errors)
        os.write(told, str(number).encode())
        self._selector.register(os.pidfd_open(number), selectors.EVENT_READ, (number, told))
        return False

    def _tell(self, ended: int, number: int, told: int) -> None:
        self._selector.unregister(ended)
        os.close(ended)
        code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
        with contextlib.suppress(OSError):  # nobody listens any more
            os.write(told, str(code).encode())
        os.close(told)


def _become(order: Mapping[str, Any]) -> None:
    """The child of its order; what ends the interpreter ends this."""
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    if place := order["env"].get("TAGYARD_FAIL_AT"):
        vars(failpoints).update(_FAIL_AT=place, ARMED=True)
        vars(attempt).update(ARMED=True)
    if order["descriptors"]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (order["descriptors"],) * 2)
    if _several_workers(order["arguments"]) and (spawned := fork_what_is_spawned()):
        program = spawned.index("-c") + 1
        sys.argv = ["-c", *spawned[program + 1 :]]
        exec(spawned[program], {"__name__": "__main__"})
    else:
        sys.argv = [order["module"], *order["arguments"]]
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


def _several_workers(arguments: Sequence[str]) -> bool:
    return "--workers" in arguments and arguments[arguments.index("--workers") + 1] != "1"


if __name__ == "__main__":
    import server.cli.serve  # noqa: F401
    from core.registry import installed
    from server.delivery import attempt
    from server.http import HttpSender
    from server.outbox import failpoints
    from server.system.checkout import revision
    from server.visitors.suffixes import site_of

    site_of("shop.example")
    revision()
    HttpSender()
    for component in installed():
        component.load()
    gc.collect()
    gc.freeze()
    if ordered := _Parent(socket.socket(fileno=int(sys.argv[1]))).run():
        _become(ordered)
