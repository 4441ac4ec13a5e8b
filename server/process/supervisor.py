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
from collections.abc import Sequence
from multiprocessing.connection import Connection
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
from server.process.stopping import Ended, Stopping
from server.process.worker import run_worker
from server.system.clock import Steady, wall
from server.system.descriptors import ADMIN_CONNECTIONS
from server.system.files import FileError
from server.system.logs import configure_logs
from server.system.process import process_figures
from server.system.streams import log_counts, unblock_log

log = structlog.get_logger("tagyard")

_SILENT = Ended(0, "", 0.0)


def run_workers(plan: Plan, listening: socket.socket, admin: socket.socket) -> Ended:
    """Serves with ``plan.workers`` processes until told to stop. The exit code is the worst of theirs."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Supervisor(plan, listening).serve(admin))


class _Supervisor:
    def __init__(self, plan: Plan, listening: socket.socket) -> None:
        self._plan = plan
        self._listening = listening
        self._processes: dict[int, SpawnProcess] = {}
        self._restarts = [Restarts(worker) for worker in range(plan.workers)]
        self._leaving = asyncio.Event()
        self._stopping = Stopping(time.monotonic, plan.server.shutdown_grace)

    async def serve(self, admin: socket.socket) -> Ended:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave, number.name)
        loop.add_signal_handler(signal.SIGHUP, self._pass_on, signal.SIGHUP)
        door = Door(self._plan.access, self._plan.server, Steady())
        leaving = self._leaving.is_set
        app = admin_app(self._plan.sockets(), door, leaving=leaving, clock=wall, trouble=self._trouble, beside=_counted)
        listener = Listener(app, terms=Terms(max_connections=ADMIN_CONNECTIONS), grace=1.0)
        serving = asyncio.create_task(listener.run_on(admin))
        ended = await asyncio.gather(*(self._keep_alive(worker) for worker in range(self._plan.workers)))
        listener.should_exit = True
        await serving
        return self._together(ended)

    def _together(self, ended: Sequence[Ended]) -> Ended:
        """Of rows that they share each tells all."""
        rows = max if self._plan.outbox.shared else sum
        return Ended(
            code=max(each.code for each in ended),
            why=self._stopping.why or "every worker has ended for good",
            seconds=round(self._stopping.seconds, 1),
            waiting=rows([each.waiting for each in ended]),
            dead_letters=rows([each.dead_letters for each in ended]),
        )

    async def _keep_alive(self, worker: int) -> Ended:
        ended, restarts = _SILENT, self._restarts[worker]
        while not self._leaving.is_set():
            ended = await self._lived(worker)
            code, leaving = ended.code, self._leaving.is_set()
            if leaving and code in (0, -signal.SIGTERM):
                break
            broken = code == BROKEN_DISK
            pause = restarts.ended(code, time.monotonic(), for_good=broken)
            again = None if broken or leaving else pause
            log.error("a worker ended", worker=worker, exit_code=code, why=how(code), starts_again_in=again)
            if broken:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), pause)
        return dataclasses.replace(ended, code=max(0, ended.code))

    async def _lived(self, worker: int) -> Ended:
        """How a worker ended that was started. One that could not be is as one that ended at once."""
        try:
            process, last_words = self._start(worker)
        except OSError as error:
            log.error("a worker could not be started", worker=worker, why=error.strerror)
            return dataclasses.replace(_SILENT, code=os.EX_OSERR)
        times = self._restarts[worker].started(time.monotonic())
        if times:
            log.info("a worker was started again", worker=worker, times=times)
        code = await _over(process)
        return dataclasses.replace(_heard(last_words), code=code)

    def _trouble(self, worker: int) -> str | None:
        return self._restarts[worker].trouble(time.monotonic())

    def _start(self, worker: int) -> tuple[SpawnProcess, Connection]:
        """The process, and where it says at last how it ended."""
        context = multiprocessing.get_context("spawn")
        plan = dataclasses.replace(self._plan, worker=worker)
        last_words, speaks = context.Pipe(duplex=False)
        with speaks:
            process = context.Process(target=_worker_main, args=(plan, self._listening, speaks), name=f"tagyard-{worker}")
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # the worker has it blocked until it can obey it
            try:
                process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
        self._processes[worker] = process
        return process, last_words

    def _leave(self, why: str) -> None:
        self._stopping.begin(why)
        self._leaving.set()
        self._pass_on(signal.SIGTERM)

    def _pass_on(self, number: int) -> None:
        for process in self._processes.values():
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, number)


def _counted() -> dict[str, Any]:
    """Of this process, beside what its workers count of theirs."""
    return {f"supervisor_{name}": told for name, told in {**log_counts(), "process": process_figures()}.items()}


def _tell(speaks: Connection, ended: Ended) -> None:
    """Says at last how this worker ended."""
    with contextlib.suppress(OSError):  # the supervisor is gone
        speaks.send(ended)
    log.debug("a worker has stopped", **ended.told())


def _heard(last_words: Connection) -> Ended:
    """What a worker said at last; of one that was killed nothing is known."""
    with last_words:
        try:
            ended: Ended = last_words.recv() if last_words.poll() else _SILENT
        except EOFError:
            ended = _SILENT
    return ended


async def _over(process: SpawnProcess) -> int:
    """The exit code of the process, once it has one; negative where a signal ended it."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    await ended.wait()
    loop.remove_reader(process.sentinel)
    process.join()
    return process.exitcode or 0


def _worker_main(plan: Plan, listening: socket.socket, speaks: Connection) -> None:
    unblock_log()
    configure_logs(plan.server.log.format, plan.server.log.level, worker=plan.worker)
    try:
        ended = run_worker(plan, listening)
        _tell(speaks, ended)
    except (FileError, OutboxError) as error:
        log.error("a worker could not start", why=str(error))
        sys.exit(1)
    sys.exit(ended.code)
