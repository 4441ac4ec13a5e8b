"""Which outbox a worker has: files of the data folder, or streams that all replicas share."""

from __future__ import annotations

from collections.abc import Callable

from config import OutboxSettings, Settings
from server.outbox import FolderOutbox, Outbox
from server.process.plan import Plan
from server.system.clock import wall
from server.system.files import folder_of


async def open_outbox(plan: Plan, settings: Settings, steady: Callable[[], int]) -> Outbox:
    """The one that the file names; by ``steady`` it will be said when rows are due. Raises OutboxError."""
    outbox = settings.outbox
    if outbox.shared:
        windows = [rule.window for rule in settings.deduplicate.values()]
        return await _streams(plan, outbox, steady, max(windows, default=0.0))
    return FolderOutbox.open(plan.folder, plan.worker, max_size=outbox.max_size, workers=plan.workers, now=wall())


async def _streams(plan: Plan, settings: OutboxSettings, steady: Callable[[], int], longest_window: float) -> Outbox:
    from server.outbox.jetstream import Kept, Names, StreamOutbox, connect, examined, open_store  # what an extra brings

    names = Names(settings.stream)
    link = await connect(settings, folder_of(plan.configuration.path), steady)
    durability = await examined(link, names, settings.nats, Kept(settings.max_age, longest_window))
    return await StreamOutbox.of(await open_store(link, names), durability, speaks=plan.worker == 0)
