"""The real server as a process, and a load of real connections that remembers what was acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, ClassVar

from tests.ports import free_port, is_free
from tests.server.process import forked
from tests.server.process.forked import Forked, can_fork, fork
from tests.waiting import until

ROOT = forked.ROOT

HIT = (
    "/g/collect?v=2&tid=G-TEST00001&gtm=45je5bi1v9&_p=1764340309313&gcd=13l3l3l3l1l1&npa=0&dma=0&cid=1307714608.1760043792"
    "&ul=nl-nl&sr=1920x1080&frm=0&pscdl=noapi&_s=1&sid=1764340309&sct=5&seg=0&dl=https%3A%2F%2Fshop.example%2Fshoes"
    "&dt=Red%20shoes&en=page_view&_ee=1&ep.hit={id}&ep.email=a%40b.example&tfd=2135"
)


@dataclass
class Tagyard:
    """``tagyard serve`` in a process group of its own. Leaving the block kills whatever is left of it."""

    config: Path
    workers: int = 1
    options: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    admin: int = field(default_factory=free_port)
    token: str = ""
    descriptors: int | None = None
    """How many it may have; None for as many as we have."""
    by: tuple[str, ...] = ()
    """The command that starts it in its own place, as ``setpriv`` does; none where it is started by us."""
    program: tuple[str, ...] = ()
    """The command of another installation; none where it is this tree that is started."""
    process: Forked | subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Tagyard:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    @property
    def log(self) -> Path:
        return self.config.with_suffix(".log")

    def start(self) -> None:
        """Starts it and waits until every worker accepts."""
        self.spawn()
        self.wait_until_ready()

    def spawn(self) -> None:
        """Starts it and waits for nothing."""
        ports = ("--host", "127.0.0.1", "--port", str(self.port), "--admin-port", str(self.admin))
        arguments = ["serve", str(self.config), *ports, "--workers", str(self.workers), *self.options]
        env = {**os.environ, **self.env}
        with self.log.open("ab") as log:
            if can_fork(env) and not self.by and not self.program:
                self.process = fork(arguments, env, log, self.descriptors)
            else:
                self.process = self._executed(arguments, env, log)

    def _executed(self, arguments: list[str], env: dict[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        most = self.descriptors
        limited = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (most, most)) if most else None
        command = [*self.by, *(self.program or (sys.executable, "-m", "tagyard")), *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True, preexec_fn=limited)

    def stop(self, seconds: float = 60) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL for every process of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)
        self._wait_for_ports()

    def _wait_for_ports(self) -> None:
        """Until its workers, whose end nobody tells of, have let go of its ports."""
        for port in (self.port, self.admin):
            until(partial(is_free, port), what=f"somebody still listens on {port}")

    def ready(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}/ready", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                health: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            health = json.load(error)
        return health

    def logged(self, words: str, times: int = 1) -> str:
        """The log, once it holds these words so often: a thread writes it, so a line may come after the answer it tells of."""
        text = ""

        def holds() -> bool:
            nonlocal text
            text = self.log.read_text()
            return text.count(words) >= times

        until(holds, what=lambda: f"{words!r} not {times} times in:\n{text}")
        return text

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Waits until every worker accepts."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if all(worker["accepting"] for worker in self.ready()["workers"]):
                    return
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log.read_text()}")


@dataclass
class Load:
    """Sends hits over keep-alive connections; ``acknowledged`` holds the ids that got a 2xx."""

    port: int
    connections: int = 64
    acknowledged: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)
    headers: ClassVar[str] = "Host: t.example\r\n"

    def run(self, ids: Iterable[str]) -> None:
        """Sends each id once; a connection that breaks loses the ids it had not got an answer for."""
        asyncio.run(self.stream(list(ids)))

    def target(self, hit: str) -> str:
        """The path and query that carry this id."""
        return HIT.format(id=hit)

    async def stream(self, ids: Iterable[str]) -> None:
        """The same for ids that may be made as they are sent."""
        waiting = iter(ids)
        await asyncio.gather(*(self._connection(waiting) for _ in range(self.connections)))

    async def _connection(self, waiting: Iterable[str]) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            for hit in waiting:
                writer.write(f"POST {self.target(hit)} HTTP/1.1\r\n{self.headers}Content-Length: 0\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"HTTP/1.1 2"):
                    self.acknowledged.add(hit)
                else:
                    self.refused[hit] = int(head[9:12])
                    break
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def ids(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]
