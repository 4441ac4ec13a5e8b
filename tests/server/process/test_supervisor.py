"""The process above several workers."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs

from server.loading.configuration import Configuration
from server.process import restarts
from server.process.plan import Plan
from server.process.supervisor import _Supervisor


def test_a_system_that_has_no_process_to_give_for_now_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "FIRST_PAUSE", 0.0)

    async def scenario(listening: socket.socket) -> tuple[int, list[str | None]]:
        supervisor = _Supervisor(Plan(Configuration(tmp_path), tmp_path, own_secret="x", workers=2), listening)
        trouble: list[str | None] = []

        def start(worker: int) -> NoReturn:
            trouble.append(supervisor._trouble(worker))
            if len(trouble) == 3:
                supervisor._leaving.set()
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

        monkeypatch.setattr(supervisor, "_start", start)
        return await asyncio.wait_for(supervisor._keep_alive(1), 5), trouble

    with capture_logs() as lines, socket.socket() as listening:
        code, trouble = asyncio.run(scenario(listening))
    assert code == os.EX_OSERR
    said: list[Any] = [line["why"] for line in lines if line["event"] == "a worker could not be started"]
    assert said == ["Resource temporarily unavailable"] * 3
    assert trouble[0] is None
    assert trouble[2] is not None
    assert "2 times in a row" in trouble[2]
