"""What stands before the pods of a cluster, on the loopback, and visitors who never stop sending."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Final

from tests.ports import free_port
from tests.server.process.harness import HIT
from tests.waiting import until

PATIENCE: Final = 70.0
"""Seconds that anything may take that a test waits for."""

_ENVIRONMENT: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_NGINX: Final = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream tagyard {{
        {servers}
        keepalive 32;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://tagyard;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_next_upstream off;
        }}
    }}
}}
"""
"""It tries nothing a second time, so that a request which one pod does not answer is one that failed."""

_CADDY: Final = """{{
	admin off
	auto_https off
}}
http://:{port} {{
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:{upstream} {{
		lb_try_duration 60s
		lb_try_interval 100ms
	}}
}}
"""
"""As the recipe in docker/proxies holds what comes while nothing listens, with more patience for a machine that is busy."""


@contextlib.contextmanager
def _running(command: Sequence[str], folder: Path, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A proxy that listens on this port, ended with the block."""
    with (folder / "front.log").open("wb") as log:
        env = {"HOME": str(folder), "PATH": _ENVIRONMENT, **more}
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=env)
    try:
        until(lambda: _listens(port), what=f"it does not listen: {command}")
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60):
        return True
    return False


@contextlib.contextmanager
def holding(folder: Path, upstream: int) -> Iterator[int]:
    """The port of a Caddy before one pod, that holds what comes while nothing listens there."""
    port = free_port()
    with caddy(folder, port, _CADDY.format(port=port, upstream=upstream)):
        yield port


@contextlib.contextmanager
def caddy(folder: Path, port: int, text: str, **env: str) -> Iterator[None]:
    """A Caddy by this Caddyfile, which has it listen on this port."""
    (folder / "Caddyfile").write_text(text)
    with _running(["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"], folder, port, **env):
        yield


@dataclass
class Balancer:
    """An nginx that is told, as a controller of a cluster tells it, which pods there are."""

    folder: Path
    pods: Sequence[int]
    port: int = field(default_factory=free_port)

    def __enter__(self) -> Balancer:
        self._write()
        command = ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self._stack = contextlib.ExitStack()
        self._process = self._stack.enter_context(_running(command, self.folder, self.port))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def use(self, *pods: int) -> None:
        """From now on it is these; returns when the last request by the old list is answered."""
        old, self.pods = self._workers(), pods
        self._write()
        self._process.send_signal(signal.SIGHUP)
        until(lambda: bool(self._workers()) and not self._workers() & old, what="nginx goes on with its old list")

    def _write(self) -> None:
        servers = "\n        ".join(f"server 127.0.0.1:{pod} max_fails=0;" for pod in self.pods)
        text = _NGINX.format(folder=self.folder, port=self.port, servers=servers)
        (self.folder / "nginx.conf").write_text(text)

    def _workers(self) -> set[str]:
        pid = self._process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


class Visitors:
    """So many of them, each with a new connection for every hit, until the block ends.

    Their hits have the name and a number. ``failed`` tells of each request that got something else than a 2xx, or nothing.
    """

    def __init__(self, port: int, name: str, number: int = 8) -> None:
        self.acknowledged: set[str] = set()
        self.failed: list[str] = []
        self._port = port
        self._name = name
        self._number = number
        self._ids = count()
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))

    def __enter__(self) -> Visitors:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(PATIENCE)

    def more(self, number: int) -> None:
        """Waits until so many more hits were acknowledged."""
        wanted = len(self.acknowledged) + number
        until(lambda: len(self.acknowledged) >= wanted, what=f"{len(self.acknowledged)} of {wanted} hits were acknowledged")

    async def _all(self) -> None:
        await asyncio.gather(*(self._one() for _ in range(self._number)))

    async def _one(self) -> None:
        while not self._over.is_set():
            hit = f"{self._name}-{next(self._ids)}"
            try:
                line = await asyncio.wait_for(self._send(hit), PATIENCE)
            except OSError as error:
                line = repr(error)
            if line.startswith("HTTP/1.1 2"):
                self.acknowledged.add(hit)
            else:
                self.failed.append(f"{hit}: {line}")
            await asyncio.sleep(0.01)  # a steady load, not all that the machine can take

    async def _send(self, hit: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            head = f"POST {HIT.format(id=hit)} HTTP/1.1\r\nHost: t.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            writer.write(head.encode())
            return (await reader.readline()).decode()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
