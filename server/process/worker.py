"""One worker: listener, container, outbox and delivery in one event loop, from start to graceful stop."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import structlog
import uvloop

from config import LogSettings, ServerSettings, Settings
from config.assembly import Assembled
from server.admin import OPEN, Access, Door, admin_app
from server.connections.listener import Listener
from server.connections.patience import terms_of
from server.connections.terms import Terms
from server.control.sockets import listen, socket_path
from server.delivery import Delivery
from server.explain.dryrun import DryRun, show_unclaimed
from server.http import HttpSender
from server.inspection import Inspector, Serving, is_personal
from server.loading.configuration import Configuration
from server.observe import Counts, Observer, Recorder, access_log, traces_of
from server.outbox import Outbox
from server.outbox.files import any_marked
from server.process.answers import Answers
from server.process.reloading import Reloading
from server.process.stopping import Stopping
from server.public.app import App, Intake
from server.public.limits import limits_of
from server.scripts import FOLDER, GoogleSender, HttpFetch, Scripts, known_hosts
from server.senders.sender import Sender
from server.system.clock import Steady, wall
from server.system.descriptors import ADMIN_CONNECTIONS
from server.system.files import FileError, digest, sources
from server.visitors.geo_database import Databases
from server.visitors.origins import Origins
from server.visitors.visitor import Visitors

log = structlog.get_logger("tagyard")

BROKEN_DISK = 74
"""Exit code of a worker whose disk failed (EX_IOERR): it is not started again by itself."""

DAMAGED = 1
"""Exit code of a worker that met a damaged file, which is set aside when it is started again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker needs to know: the configuration, the folder of its outbox file, its number among how many.

    ``own_secret`` is the installation's, the same for all. ``log`` is how a process of its own writes its log.
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
    log: LogSettings = field(default_factory=LogSettings)


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
        self._reloading = Reloading(self._load, self._take, self._refused)
        self._code = 0
        self._at: tuple[str, int]
        self._stopping: Stopping
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
        self._app.limits = limits_of(settings.server, time.monotonic)
        self._stopping = Stopping(asyncio.get_running_loop().time, settings.server.shutdown_grace)
        self._listener = Listener(self._app, terms=self._terms(settings), grace=settings.server.shutdown_grace)
        self._watch_signals()
        admin_listener = self._admin_listener()
        tasks = [asyncio.create_task(admin_listener.run_on(admin))] if admin else []
        control = await listen(self._sockets()[self._plan.worker], self._answers())
        try:
            _settle_in()
            await self._listener.run_on(listening)
        finally:
            control.close()
            admin_listener.should_exit = True
            await self._stop()
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
            dead_max_age=settings.outbox.dead_letters.max_age,
            failed=self._disk_failed,
            watch=self._observer,
            mask=self._masked,
            is_personal=is_personal,
        )
        self._delivery.start()
        return self._delivery

    def _masked(self, text: str) -> str:
        serving: Serving = self._observer.serving
        return serving.masks.text(text)

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

    def _terms(self, settings: Settings) -> Terms:
        return terms_of(settings, lambda: self._app.visitors, self._observer.connection_closed)

    def _admin_listener(self) -> Listener:
        door = Door(self._plan.access, self._plan.server, Steady())
        app = admin_app(self._sockets(), door, leaving=lambda: self._listener.should_exit, clock=wall)
        return Listener(app, terms=Terms(max_connections=ADMIN_CONNECTIONS), grace=1.0)

    def _answers(self) -> Answers:
        number, gate = self._plan.worker, self._listener.gate
        return Answers(number, self._at, self._observer, self._inspector, self._scripts, gate, self._delivery)

    def _sockets(self) -> list[Path]:
        return [socket_path(self._plan.folder, worker) for worker in range(self._plan.workers)]

    def _watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave, number.name)
        loop.add_signal_handler(signal.SIGHUP, self._reloading.begin)
        parent = multiprocessing.parent_process()
        if parent is not None:
            loop.add_reader(parent.sentinel, self._orphaned, loop.remove_reader, parent.sentinel)

    def _leave(self, why: str) -> None:
        self._stopping.begin(why)
        self._listener.should_exit = True

    def _orphaned(self, forget: Callable[[int], object], sentinel: int) -> None:
        forget(sentinel)
        self._leave("its parent process is gone")

    def _disk_failed(self, why: str) -> None:
        damaged = any_marked(self._plan.folder)
        what = "a file of the outbox is damaged; the next start sets it aside" if damaged else "the disk failed"
        log.error(f"{what}; this worker stops", why=why)
        self._code = DAMAGED if damaged else BROKEN_DISK
        self._leave(why)

    def _refused(self, problems: list[str]) -> None:
        self._inspector.reloads.refused(wall(), problems)

    def _take(self, serving: Serving) -> None:
        assembled = serving.assembled
        self._sender.use(assembled.tags)
        self._app.intake = self._reloaded_intake(assembled)
        self._app.container = assembled.container
        self._observer.serving = serving
        self._observer.counts.pages.reloaded()
        self._inspector.reloads.accepted()
        self._observer.access = access_log(serving.settings.server.log.access, random.random)
        self._app.limits = limits_of(serving.settings.server, time.monotonic)
        self._listener.terms.renew(self._terms(serving.settings))
        self._app.origins = serving.origins
        self._scripts.allowed_origins = serving.settings.server.allowed_origins
        self._scripts.hosts = known_hosts(serving.settings)
        self._google.use(serving.settings)
        self._app.visitors = serving.visitors
        again = "outbox; token, ports, max_body, path_prefix, traces"
        read = digest(serving.sources)
        log.info("configuration reloaded", worker=self._plan.worker, configuration=read, needs_a_restart=again)

    def _reloaded_intake(self, assembled: Assembled) -> Intake:
        if self._delivery is None:
            return DryRun(assembled.tags)
        self._delivery.use(assembled.tags)
        return self._delivery

    async def _stop(self) -> None:
        self._reloading.stop()
        if self._delivery is not None:
            await self._delivery.stop(self._stopping.left)
        await self._sender.close()
        await self._scripts.close()
        await self._fetch.close()
        await self._google.close()
        await self._observer.close(self._stopping.left)
        rows = 0 if self._delivery is None else self._delivery.rows_by_tag().total()
        seconds = round(self._stopping.seconds, 1)
        log.info("stopped", worker=self._plan.worker, why=self._stopping.why, seconds=seconds, rows_left=rows)


def _settle_in() -> None:
    """What is there now stays: collections need not look at it again, and hold up requests for less long."""
    gc.collect()
    gc.freeze()
