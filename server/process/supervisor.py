"""Several workers behind one port: the parent binds it, starts them, and owns the admin port and the signals."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import multiprocessing
import os
import signal
import socket
import sys
import time
from multiprocessing.context import SpawnProcess
from typing import Any

import structlog
import uvloop

from server.admin import Door, admin_app
from server.connections.listener import Listener
from server.connections.terms import Terms
from server.outbox import OutboxError
from server.process.plan import BROKEN_DISK, Plan
from server.process.restarts import Restarts, how
from server.process.worker import run_worker
from server.system.clock import Steady, wall
from server.system.descriptors import ADMIN_CONNECTIONS
from server.system.files import FileError
from server.system.logs import configure_logs
from server.system.process import process_figures
from server.system.streams import log_counts, unblock_log

log = structlog.get_logger("tagyard")


def run_workers(plan: Plan, listening: socket.socket, admin: socket.socket) -> int:
    """Serves with ``plan.workers`` processes until told to stop. The exit code: the worst of theirs."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Supervisor(plan, listening).serve(admin))


class _Supervisor:
    def __init__(self, plan: Plan, listening: socket.socket) -> None:
        self._plan = plan
        self._listening = listening
        self._processes: dict[int, SpawnProcess] = {}
        self._restarts = [Restarts(worker) for worker in range(plan.workers)]
        self._leaving = asyncio.Event()

    async def serve(self, admin: socket.socket) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave)
        loop.add_signal_handler(signal.SIGHUP, self._pass_on, signal.SIGHUP)
        door = Door(self._plan.access, self._plan.server, Steady())
        leaving = self._leaving.is_set
        app = admin_app(self._plan.sockets(), door, leaving=leaving, clock=wall, trouble=self._trouble, beside=_counted)
        listener = Listener(app, terms=Terms(max_connections=ADMIN_CONNECTIONS), grace=1.0)
        serving = asyncio.create_task(listener.run_on(admin))
        codes = await asyncio.gather(*(self._keep_alive(worker) for worker in range(self._plan.workers)))
        listener.should_exit = True
        await serving
        return max(codes)

    async def _keep_alive(self, worker: int) -> int:
        code, restarts = 0, self._restarts[worker]
        while not self._leaving.is_set():
            code = await self._lived(worker)
            if not self._leaving.is_set():
                broken = code == BROKEN_DISK
                pause = restarts.ended(code, time.monotonic(), for_good=broken)
                again = None if broken else pause
                log.error("a worker ended", worker=worker, exit_code=code, why=how(code), starts_again_in=again)
                if broken:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._leaving.wait(), pause)
        return max(0, code)

    async def _lived(self, worker: int) -> int:
        """The exit code of a worker that was started and has ended. One that could not be is as one that ended at once."""
        try:
            process = self._start(worker)
        except OSError as error:
            log.error("a worker could not be started", worker=worker, why=error.strerror)
            return os.EX_OSERR
        self._restarts[worker].started(time.monotonic())
        return await _ended(process)

    def _trouble(self, worker: int) -> str | None:
        return self._restarts[worker].trouble(time.monotonic())

    def _start(self, worker: int) -> SpawnProcess:
        context = multiprocessing.get_context("spawn")
        plan = dataclasses.replace(self._plan, worker=worker)
        process = context.Process(target=_worker_main, args=(plan, self._listening), name=f"tagyard-{worker}")
        process.start()
        self._processes[worker] = process
        return process

    def _leave(self) -> None:
        self._leaving.set()
        self._pass_on(signal.SIGTERM)

    def _pass_on(self, number: int) -> None:
        for process in self._processes.values():
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, number)


def _counted() -> dict[str, Any]:
    """Of this process, beside what its workers count of theirs."""
    return {f"supervisor_{name}": told for name, told in {**log_counts(), "process": process_figures()}.items()}


async def _ended(process: SpawnProcess) -> int:
    """The exit code of the process, once it has one; negative where a signal ended it."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    await ended.wait()
    loop.remove_reader(process.sentinel)
    process.join()
    return process.exitcode or 0


def _worker_main(plan: Plan, listening: socket.socket) -> None:
    unblock_log()
    configure_logs(plan.server.log.format, plan.server.log.level)
    try:
        code = run_worker(plan, listening)
    except (FileError, OutboxError) as error:
        log.error("a worker could not start", worker=plan.worker, why=str(error))
        code = 1
    sys.exit(code)
