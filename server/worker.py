"""One worker: listener, container, outbox and delivery in one event loop, from start to graceful stop."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import structlog
import uvloop

from config import ServerSettings, Settings
from config.assembly import Assembled
from server.admin import OPEN, Access, Door, admin_app
from server.app import App, Intake
from server.clock import Steady, wall
from server.configuration import Configuration
from server.control import Answer, Command, listen, socket_path
from server.delivery import Delivery
from server.dryrun import DryRun, show_unclaimed
from server.files import FileError, sources
from server.geo_database import Databases
from server.http import HttpSender
from server.inspection import Inspector, Serving
from server.listener import Listener
from server.observe import Counts, Observer, Recorder, access_log, traces_of
from server.origins import Origins
from server.outbox import Outbox
from server.patience import patience
from server.protocol import Terms
from server.scripts import FOLDER, GoogleSender, HttpFetch, Scripts, known_hosts
from server.sender import Sender
from server.streams import log_counts, log_reasons
from server.visitor import UNCONFIGURED, Visitors

log = structlog.get_logger("tagyard")

BROKEN_DISK = 74
"""Exit code of a worker whose disk failed (EX_IOERR): it is not started again by itself."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker needs to know: the configuration, the folder of its outbox file, its number among how many.

    ``own_secret`` is the installation's, the same for all. ``log_format`` is how a process of its own writes its log.
    ``server`` is what the file said at the start.
    """

    configuration: Configuration
    folder: Path
    own_secret: str = field(repr=False)
    worker: int = 0
    workers: int = 1
    dry_run: bool = False
    access: Access = OPEN
    server: ServerSettings = field(default_factory=ServerSettings, repr=False)
    log_format: str = "auto"


def run_worker(plan: Plan, listening: socket.socket, admin: socket.socket | None = None) -> int:
    """Serves until it is told to stop. The exit code."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Worker(plan).serve(listening, admin))


class _Worker:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._observer = Observer(Counts(), Recorder(0, 0))
        self._inspector = Inspector(
            plan.worker,
            lambda: self._observer.recorder,
            lambda: self._observer.serving,
            wall,
            lambda: self._observer.counts.turned_away,
        )
        self._sender = Sender(HttpSender())
        self._databases = Databases()
        self._code = 0
        self._at: tuple[str, int]
        self._app: App
        self._listener: Listener
        self._fetch = HttpFetch()
        self._scripts: Scripts
        self._google: GoogleSender
        self._delivery: Delivery | None = None

    async def serve(self, listening: socket.socket, admin: socket.socket | None) -> int:
        self._at = listening.getsockname()[:2]
        serving = self._load()
        settings, assembled = serving.settings, serving.assembled
        self._observer = Observer(Counts(), Recorder(settings.server.recorded_requests, wall()), serving)
        self._observer.access = access_log(settings.server.log.access, random.random)
        self._observer.traces = traces_of(settings.server.traces, self._plan.worker)
        intake = self._intake(settings, assembled)
        self._scripts = self._script_cache(settings)
        self._app = App(
            assembled.container,
            intake,
            serving.origins,
            serving.visitors,
            files=self._scripts.answer,
            max_body=settings.server.max_body,
            durable=settings.outbox.acknowledge == "durable",
            observer=self._observer,
            prefix=settings.server.path_prefix,
            unclaimed=show_unclaimed if self._plan.dry_run else None,
        )
        grace = settings.server.shutdown_grace
        self._listener = Listener(self._app, terms=self._terms(settings.server), grace=grace)
        self._watch_signals()
        door = Door(self._plan.access, self._plan.server, Steady())
        admin_listener = Listener(
            admin_app(self._sockets(), door, leaving=lambda: self._listener.should_exit, clock=wall), grace=1.0
        )
        tasks = [asyncio.create_task(admin_listener.run_on(admin))] if admin else []
        control = await listen(self._sockets()[self._plan.worker], self._control)
        try:
            await self._listener.run_on(listening)
        finally:
            control.close()
            await self._stop(grace)
            admin_listener.should_exit = True
            await asyncio.gather(*tasks)
        return self._code

    def _load(self) -> Serving:
        configuration = self._plan.configuration
        masked = configuration.load_masked()
        loaded = masked if self._plan.dry_run else configuration.load(serve=True)
        settings = loaded.settings
        if settings is None:
            raise FileError("\n".join(str(problem) for problem in loaded.problems))
        geo = self._databases.of(configuration, settings)
        return Serving(
            path=configuration.path,
            settings=settings,
            assembled=configuration.assemble(loaded, settings, self._plan.own_secret),
            masked=cache(lambda: configuration.assemble(masked, masked.settings or settings)),
            secrets=loaded.secrets,
            problems=loaded.problems,
            sources=sources(configuration.path),
            visitors=Visitors(settings.server, geo),
            geo_built=geo.built if geo else None,
            origins=Origins(settings.server.allowed_origins),
            since=wall(),
            dry_run=self._plan.dry_run,
        )

    def _intake(self, settings: Settings, assembled: Assembled) -> Intake:
        if self._plan.dry_run:
            return DryRun(assembled.tags)
        self._sender.use(assembled.tags)
        outbox = self._outbox(settings)
        self._delivery = Delivery(
            outbox,
            assembled.tags,
            self._sender.send,
            clock=wall,
            steady=Steady(),
            random=random.random,
            max_age=settings.outbox.max_age,
            failed=self._disk_failed,
            watch=self._observer,
        )
        self._delivery.start()
        return self._delivery

    def _outbox(self, settings: Settings) -> Outbox:
        plan = self._plan
        return Outbox.open(plan.folder, plan.worker, max_size=settings.outbox.max_size, workers=plan.workers, now=wall())

    def _script_cache(self, settings: Settings) -> Scripts:
        self._google = GoogleSender(settings)
        return Scripts(
            self._plan.folder / FOLDER,
            self._fetch,
            prefix=settings.server.path_prefix,
            allowed_origins=settings.server.allowed_origins,
            clock=wall,
            hosts=known_hosts(settings),
            send=None if self._plan.dry_run else self._google.send,
        )

    def _terms(self, settings: ServerSettings) -> Terms:
        return Terms(
            max_connections=settings.max_connections,
            max_cookies=settings.max_cookies,
            patience=lambda peer: patience(settings, self._app.visitors, peer),
            closed=self._observer.connection_closed,
        )

    def _sockets(self) -> list[Path]:
        return [socket_path(self._plan.folder, worker) for worker in range(self._plan.workers)]

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        parent = multiprocessing.parent_process()
        if parent is not None:
            loop.add_reader(parent.sentinel, self._orphaned, loop.remove_reader, parent.sentinel)

    def _leave(self) -> None:
        self._listener.should_exit = True

    def _orphaned(self, forget: Callable[[int], object], sentinel: int) -> None:
        forget(sentinel)
        self._leave()

    def _disk_failed(self, why: str) -> None:
        log.error("the disk failed; this worker stops", why=why)
        self._code = BROKEN_DISK
        self._leave()

    def _reload(self) -> None:
        try:
            serving = self._load()
        except FileError as error:
            log.error("the new configuration was not taken; the old one stays", problems=str(error).splitlines())
            self._inspector.reloads.refused(wall(), str(error).splitlines())
            return
        assembled = serving.assembled
        self._sender.use(assembled.tags)
        self._app.intake = self._reloaded_intake(assembled)
        self._app.container = assembled.container
        self._observer.serving = serving
        self._observer.counts.pages.reloaded()
        self._inspector.reloads.accepted()
        self._observer.access = access_log(serving.settings.server.log.access, random.random)
        self._app.origins = serving.origins
        self._scripts.allowed_origins = serving.settings.server.allowed_origins
        self._scripts.hosts = known_hosts(serving.settings)
        self._google.use(serving.settings)
        self._app.visitors = serving.visitors
        log.info(
            "configuration reloaded",
            worker=self._plan.worker,
            needs_a_restart="outbox; token, ports, limits, path_prefix, traces",
        )

    def _reloaded_intake(self, assembled: Assembled) -> Intake:
        if self._delivery is None:
            return DryRun(assembled.tags)
        self._delivery.use(assembled.tags)
        return self._delivery

    async def _stop(self, grace: float) -> None:
        if self._delivery is not None:
            await self._delivery.stop(grace)
        await self._sender.close()
        await self._scripts.close()
        await self._fetch.close()
        await self._google.close()
        await self._observer.close(grace)

    async def _control(self, command: Command) -> Answer:
        if command.get("do") == "health":
            health = self._health()
            return {"worker": self._plan.worker, "at": self._at, **health, "counts": self._observer.counts.as_json()}
        if command.get("do") == "metrics":
            scripts = await self._scripts.operate(refresh=False)
            own = {"worker": self._plan.worker, "geo_built": self._observer.serving.geo_built, **log_counts()}
            return {**own, **self._health(), **self._observer.snapshot(), **scripts}
        if self._inspector.knows(command):
            return await asyncio.to_thread(self._inspector.answer, command)  # a page may take its time, hits may not
        if command.get("do") == "scripts":
            told = await self._scripts.operate(command.get("refresh") is True)
            return {**told, "not_listed": self._observer.counts.subjects_of("SCRIPT_ID_NOT_LISTED")}
        if self._delivery is None:
            return {"error": "this is a dry run: there is no outbox"}
        return await self._delivery.operate(command)

    def _health(self) -> dict[str, Any]:
        health = self._delivery_health()
        for each in health["destinations"]:
            delivered, failed = self._observer.minute.of(each["tag"], each["destination"], wall())
            each |= {"delivered": delivered, "failed": failed}
        doubts = [UNCONFIGURED] if self._observer.counts.nameless else []
        doubts += self._observer.counts.pages.reasons(wall())
        doubts += self._scripts.reasons() + log_reasons()
        health["reasons"] += doubts
        health["colour"] = "amber" if doubts and health["colour"] == "green" else health["colour"]
        return health

    def _delivery_health(self) -> dict[str, Any]:
        if self._delivery is None:
            return {"accepting": True, "colour": "green", "reasons": ["dry run: nothing is sent or stored"], "destinations": []}
        return self._delivery.health()
