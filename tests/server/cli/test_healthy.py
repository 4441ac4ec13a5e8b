"""``tagyard healthy``: what an orchestrator's health check hears of a server, and of none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli.main import main
from server.control.following import Answer
from server.control.health import PATIENCE
from server.control.sockets import Command, socket_path
from server.control.workers import listen


async def heard(folder: Path, reply: bytes, *, host: str = "127.0.0.1", at: str | None = None, worker: int = 0) -> Result:
    """What the command says where this folder's server listens on ``host``, tells ``at`` and answers so."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"GET /healthy HTTP/1.1\r\n")
        writer.write(reply)
        writer.close()

    public = await asyncio.start_server(answer, host, 0)
    port = public.sockets[0].getsockname()[1]

    async def health(command: Command) -> Answer:
        assert command == {"do": "health"}
        return {"at": [at or host, port]}

    control = await listen(socket_path(folder, worker), health)
    result = await asyncio.to_thread(CliRunner().invoke, main, ["healthy", "--data", str(folder)])
    control.close()
    public.close()
    return result


@pytest.mark.parametrize(("host", "at"), [("127.0.0.1", "0.0.0.0"), ("127.0.0.1", "127.0.0.1"), ("::1", "::"), ("::1", "::1")])
def test_it_asks_the_port_that_the_server_says_it_has(tmp_path: Path, host: str, at: str) -> None:
    result = asyncio.run(heard(tmp_path, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", host=host, at=at))
    assert (result.exit_code, result.output) == (0, "ok\n")


def test_a_server_that_does_not_accept_is_not_healthy(tmp_path: Path) -> None:
    reply = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 14\r\n\r\nnot accepting\n"
    result = asyncio.run(heard(tmp_path, reply))
    assert result.exit_code == 1
    assert result.output.endswith(" answers 503: not accepting\n")


@pytest.mark.parametrize("reply", [b"", b"nonsense\r\n\r\n"])
def test_a_port_that_does_not_speak_is_not_healthy(tmp_path: Path, reply: bytes) -> None:
    result = asyncio.run(heard(tmp_path, reply))
    assert result.exit_code == 1
    assert "does not answer: " in result.output
    assert "Traceback" not in result.output


def test_no_server_is_not_healthy(tmp_path: Path) -> None:
    (tmp_path / "outbox-0.sock").touch()
    result = CliRunner().invoke(main, ["healthy"], env={"TAGYARD_DATA": str(tmp_path)})
    assert (result.exit_code, result.output) == (1, f"Error: no running server uses the folder {tmp_path}\n")


def test_without_a_folder_the_configuration_says_which(tmp_path: Path) -> None:
    config = tmp_path / "container.yaml"
    config.write_text("outbox: {url: sqlite:here}\nclients: {ga4: {measurement_ids: [G-TEST00001]}}\ntags: {ga4: {}}\n")
    result = CliRunner().invoke(main, ["healthy"], env={"TAGYARD_CONFIG": str(config)})
    assert result.output == f"Error: no running server uses the folder {tmp_path / 'here'}\n"


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_of_workers_that_hang_it_says_so_before_a_runtime_gives_up_on_it(tmp_path: Path, workers: int) -> None:
    dockerfile = (Path(__file__).parents[3] / "docker" / "Dockerfile").read_text()
    (timeout,) = re.findall(r"--timeout=(\d+)s", dockerfile)
    assert int(timeout) > 2 * PATIENCE  # the workers', and then the port's
    with contextlib.ExitStack() as stack:
        for worker in range(workers):
            _listens(stack, socket_path(tmp_path, worker))
        begun = time.monotonic()
        result = CliRunner().invoke(main, ["healthy", "--data", str(tmp_path)])
    assert time.monotonic() - begun < int(timeout)
    assert (result.exit_code, "Tagyard runs, and has not answered within" in result.output) == (1, True)


def test_one_worker_that_hangs_is_not_all_of_them(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        _listens(stack, socket_path(tmp_path, 0))
        result = asyncio.run(heard(tmp_path, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n", worker=1))
    assert (result.exit_code, result.output) == (0, "ok\n")


def _listens(stack: contextlib.ExitStack, path: Path) -> None:
    """As a process that was stopped does: the system takes connections for it."""
    hung = stack.enter_context(socket.socket(socket.AF_UNIX))
    hung.bind(str(path))
    hung.listen()


def test_a_container_that_asks_all_the_time_starts_next_to_nothing(tmp_path: Path) -> None:
    asked = [sys.executable, "-X", "importtime", "-m", "tagyard", "healthy"]
    done = subprocess.run(asked, env={**os.environ, "TAGYARD_DATA": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(f"Error: no running server uses the folder {tmp_path}\n")
    imported = set(re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE))
    assert "server.control.health" in imported
    assert imported & {"click", "config", "structlog", "asyncio", "http.client", "email", "importlib.metadata", "core"} == set()
