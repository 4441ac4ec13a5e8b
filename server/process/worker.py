"""One worker: listener, container, outbox and delivery in one event loop, from start to graceful stop."""

from __future__ import annotations

import asyncio
import gc
import socket
from functools import partial
from typing import Final

import structlog
import uvloop

from config.restarts import waiting_for_a_restart
from server.admin import Door, admin_app
from server.connections.listener import Listener
from server.connections.terms import Terms
from server.control.workers import listen
from server.inspection import Inspector, Sending
from server.inspection.turned_away import refused_counts, refused_requests
from server.loading.serving import Serving
from server.observe.history import every_minute
from server.outbox import Outbox
from server.outbox.files import any_marked
from server.process.answers import Answers
from server.process.loader import ConfigurationError, Loader
from server.process.outboxes import open_outbox
from server.process.outcome import Outcome
from server.process.parts import Parts
from server.process.plan import BROKEN_DISK, DAMAGED, Plan
from server.process.reloading import Reloading
from server.process.signals import obey
from server.process.stopping import Ended, Stopping
from server.system.clock import Steady, wall
from server.system.descriptors import ADMIN_CONNECTIONS
from server.system.files import FileError, digest

log = structlog.get_logger("tagyard")

_COLLECT_AFTER: Final = 10_000
"""Containers that were made and are still there, before the youngest of them are looked at for circles."""


def run_worker(plan: Plan, listening: socket.socket, admin: socket.socket | None = None) -> Ended:
    """Serves until it is told to stop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(plan, listening, admin))


async def _serve(plan: Plan, listening: socket.socket, admin: socket.socket | None) -> Ended:
    loader = Loader(plan)
    serving = loader()
    steady = Steady()
    outbox = None if plan.dry_run else await open_outbox(plan, serving.settings, steady)
    return await _Worker(plan, loader, serving, outbox, steady).serve(listening, admin)


class _Worker:
    def __init__(self, plan: Plan, load: Loader, serving: Serving, outbox: Outbox | None, steady: Steady) -> None:
        settings = serving.settings
        self._plan = plan
        self._started = (settings.server, settings.outbox) if plan.dry_run else (plan.server, plan.outbox)
        """What keys that have changed are told by. A dry run sees masks for secrets, which its plan may not have."""
        self._code = 0
        self._stopping = Stopping(asyncio.get_running_loop().time, settings.server.shutdown_grace)
        self._parts = Parts(plan, serving, outbox, self._disk_failed, steady)
        self._durability = outbox.durability if outbox else None
        observer = self._parts.observer
        self._inspector = Inspector(
            plan.worker,
            lambda: observer.recorder,
            lambda: observer.serving,
            wall,
            lambda: refused_counts(observer.counts),
            partial(refused_requests, observer, plan.worker),
        )
        self._reloading = Reloading(load, self._take, self._refuse)

    async def serve(self, listening: socket.socket, admin: socket.socket | None) -> Ended:
        parts = self._parts
        if parts.delivery is not None:
            parts.delivery.start()
        obey(self._leave, self._reloading.begin)
        admin_listener = self._admin_listener()
        tasks = [asyncio.create_task(admin_listener.run_on(admin))] if admin else []
        minutes = asyncio.create_task(every_minute(parts.history, wall))
        control = await listen(self._plan.sockets()[self._plan.worker], self._answers(listening.getsockname()[:2]))
        try:
            _settle_in()
            await parts.listener.run_on(listening)
        finally:
            control.close()
            minutes.cancel()
            admin_listener.should_exit = True
            await self._stop()
            await asyncio.gather(*tasks)
        return self._ended()

    def _admin_listener(self) -> Listener:
        door = Door(self._plan.access, self._plan.server, Steady())
        app = admin_app(self._plan.sockets(), door, leaving=lambda: self._parts.listener.should_exit, clock=wall)
        return Listener(app, terms=Terms(max_connections=ADMIN_CONNECTIONS), grace=1.0)

    def _answers(self, at: tuple[str, int]) -> Answers:
        plan = self._plan
        sending = Sending(plan.worker, self._parts.observer, self._parts.delivery, wall)
        return Answers(plan.worker, plan.workers, at, self._parts, self._inspector, sending, self._reloading, self._durability)

    def _leave(self, why: str) -> None:
        self._stopping.begin(why)
        self._parts.listener.should_exit = True

    def _disk_failed(self, why: str) -> None:
        damaged = any_marked(self._plan.folder)
        what = "a file of it is damaged, and set aside at the next start" if damaged else "the disk failed"
        log.error("the outbox cannot be written: this process stops", what=what, why=why)
        self._code = DAMAGED if damaged else BROKEN_DISK
        self._leave(why)

    def _take(self, serving: Serving) -> Outcome:
        self._parts.apply(serving)
        self._parts.observer.counts.pages.reloaded()
        again = waiting_for_a_restart(*self._started, serving.settings)
        self._inspector.reloads.accepted(serving.since, again)
        read = digest(serving.sources)
        log.info("configuration reloaded", configuration=read, needs_a_restart=again)
        return Outcome(serving.path, serving.problems, configuration=read, needs_a_restart=again)

    def _refuse(self, error: FileError) -> Outcome:
        lines = str(error).splitlines()
        log.error("the new configuration was not taken; the old one stays", problems=lines)
        self._inspector.reloads.refused(wall(), lines)
        problems = error.problems if isinstance(error, ConfigurationError) else ()
        return Outcome(self._plan.configuration.path, problems, failure="there is a mistake in it" if problems else str(error))

    async def _stop(self) -> None:
        self._reloading.stop()
        await self._parts.close(lambda: self._stopping.left)

    def _ended(self) -> Ended:
        delivery, stopping = self._parts.delivery, self._stopping
        waiting, dead = (0, 0) if delivery is None else delivery.left()
        return Ended(self._code, stopping.why, round(stopping.seconds, 1), waiting, dead)


def _settle_in() -> None:
    """What is there now stays: collections need not look at it again, and hold up requests for less long.

    What comes later is looked at seldom. Events leave no circles behind, so that what there is to collect is little.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
