"""The process above several workers."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs

from config import OutboxSettings
from server.loading.configuration import Configuration
from server.process import restarts
from server.process.plan import Plan
from server.process.stopping import Ended
from server.process.supervisor import _heard, _Supervisor


def test_a_system_that_has_no_process_to_give_for_now_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "FIRST_PAUSE", 0.0)

    async def scenario(listening: socket.socket) -> tuple[Ended, list[str | None]]:
        supervisor = _Supervisor(Plan(Configuration(tmp_path), tmp_path, own_secret="x", workers=2), listening)
        trouble: list[str | None] = []

        def start(worker: int) -> NoReturn:
            trouble.append(supervisor._trouble(worker))
            if len(trouble) == 3:
                supervisor._leaving.set()
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

        monkeypatch.setattr(supervisor, "_start", start)
        return await asyncio.wait_for(supervisor._keep_alive(1), 60), trouble

    with capture_logs() as lines, socket.socket() as listening:
        ended, trouble = asyncio.run(scenario(listening))
    assert ended.code == os.EX_OSERR
    said: list[Any] = [line["why"] for line in lines if line["event"] == "a worker could not be started"]
    assert said == ["Resource temporarily unavailable"] * 3
    assert trouble[0] is None
    assert trouble[2] is not None
    assert "2 times in a row" in trouble[2]


@pytest.mark.parametrize(("url", "waiting", "dead"), [("sqlite:data", 5, 3), ("nats://a:4222/ROWS", 3, 2)])
def test_what_workers_say_at_last_is_added_up_unless_they_share_their_rows(
    tmp_path: Path, url: str, waiting: int, dead: int
) -> None:
    plan = Plan(Configuration(tmp_path), tmp_path, own_secret="x", workers=2, outbox=OutboxSettings(url=url))
    with socket.socket() as listening:
        supervisor = _Supervisor(plan, listening)
    supervisor._stopping.begin("SIGTERM")
    together = supervisor._together([Ended(0, "SIGTERM", 0.5, 3, 1), Ended(74, "the disk failed", 0.1, 2, 2)])
    assert (together.code, together.why, together.waiting, together.dead_letters) == (74, "SIGTERM", waiting, dead)


def test_a_worker_that_was_killed_has_said_nothing_at_last() -> None:
    for said in ([Ended(0, "SIGTERM", 0.5, 3, 1)], []):
        hears, speaks = multiprocessing.Pipe(duplex=False)
        with speaks:
            for each in said:
                speaks.send(each)
        assert _heard(hears).waiting == sum(each.waiting for each in said)
        assert hears.closed
