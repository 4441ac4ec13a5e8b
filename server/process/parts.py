"""The parts of a worker: put together once, and told at the start and at every reload by which configuration they work."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from config import OutboxSettings
from config.assembly import Assembled
from server.connections.listener import Listener
from server.connections.patience import terms_of
from server.delivery import Delivery
from server.delivery.delivery import SLOTS
from server.explain.dryrun import DryRun, HitLines
from server.http import HttpSender
from server.inspection import Privacy, is_personal
from server.loading.folders import folders_of
from server.loading.serving import Serving
from server.observe import Counts, Observer, Recorder, RefusedRequests, access_log, traces_of
from server.observe.history import History
from server.outbox import Outbox
from server.process.plan import Plan
from server.public.app import App, Intake
from server.public.debug_link import DebugLinks
from server.public.limits import limits_of
from server.scripts import FOLDER, GoogleSender, HttpFetch, Scripts, known_hosts
from server.senders.files import Files, writer
from server.senders.sender import Sender
from server.system.clock import Steady, wall
from server.system.files import folder_of


class Parts:
    """Of one worker. Only keys that wait for a restart are read as they are put together; all others are by ``apply``.

    ``outbox`` is open, and None for a dry run; ``failed`` hears why, where it can be written no more. By ``steady`` it is said
    when rows are due, here and to the outbox.
    """

    def __init__(
        self, plan: Plan, serving: Serving, outbox: Outbox | None, failed: Callable[[str], None], steady: Steady
    ) -> None:
        settings, server = serving.settings, serving.settings.server
        kept = server.recorded_requests
        self.observer = Observer(Counts(), Recorder(kept, wall()), serving, RefusedRequests(kept, wall))
        self._lines = HitLines(plan.debug_page, verbose=plan.verbose) if plan.dry_run else None
        self.history = History(self.observer.counts, wall())
        self.observer.traces = traces_of(server.traces, plan.worker)
        self.sender = Sender(HttpSender(), Files(folder_of(plan.configuration.path), writer(plan.worker), wall))
        self.google = GoogleSender()
        self.fetch = HttpFetch()
        self.scripts = Scripts(
            plan.folder / FOLDER,
            self.fetch,
            prefix=server.path_prefix,
            clock=wall,
            send=None if plan.dry_run else self.google.send,
        )
        self.delivery = None if outbox is None else self._delivery(outbox, settings.outbox, failed, steady)
        self.app = App(
            files=self.scripts.answer,
            observer=self.observer,
            prefix=server.path_prefix,
        )
        self.listener = Listener(self.app, answer=self.app.answer, grace=server.shutdown_grace)
        self.apply(serving)

    def _delivery(self, outbox: Outbox, settings: OutboxSettings, failed: Callable[[str], None], steady: Steady) -> Delivery:
        return Delivery(
            outbox,
            {},
            self.sender.send,
            clock=wall,
            steady=steady,
            random=random.random,
            max_age=settings.max_age,
            dead_max_age=settings.dead_letters.max_age,
            failed=failed,
            watch=self.observer,
            mask=self._masked,
            is_personal=is_personal,
        )

    def apply(self, serving: Serving) -> None:
        """From now on this is the configuration."""
        settings, server = serving.settings, serving.settings.server
        tags = serving.assembled.tags
        self._masks = Privacy(serving.secret_values)
        self.observer.serving = serving
        self.observer.access = access_log(server.log.access, random.random)
        if self._lines is not None:
            self._lines.after, self.observer.access = self.observer.access, self._lines
        self.sender.use(tags, folders_of(settings) if self.delivery is not None else ())
        self.google.use(settings)
        self.scripts.use(server.allowed_origins, known_hosts(settings))
        self.app.use(
            serving.assembled.container,
            self._intake(serving.assembled),
            serving.origins,
            serving.visitors,
            max_body=server.max_body,
            limits=limits_of(server, time.monotonic),
            links=DebugLinks(serving.marks, serving.visitors),
        )
        deliveries = SLOTS * len(settings.tags)
        self.listener.terms.renew(terms_of(server, serving.visitors, deliveries, self.observer.connection_closed))

    def _intake(self, assembled: Assembled) -> Intake:
        if self.delivery is None:
            return DryRun()
        self.delivery.use(assembled.tags)
        return self.delivery

    def _masked(self, text: str) -> str:
        return self._masks.text(text)

    async def close(self, left: Callable[[], float]) -> None:
        """Ends what is under way; ``left`` gives the seconds that there are still for it."""
        if self.delivery is not None:
            await self.delivery.stop(left())
        await self.sender.close()
        await self.scripts.close()
        await self.fetch.close()
        await self.google.close()
        await self.observer.close(left())
