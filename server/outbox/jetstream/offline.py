"""An operator's commands over streams, asked from a process that serves nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from config import OutboxSettings
from server.control.following import Telling, follow
from server.outbox.commands import Answer, Command, operate
from server.outbox.jetstream.names import Names
from server.outbox.jetstream.opening import beside_replicas, connect
from server.system.clock import wall


def operate_streams(settings: OutboxSettings, beside: Path, command: Command, now: int, told: Telling = lambda _: None) -> Answer:
    """The answer over the streams that these settings name, to its end; ``beside`` as for ``connect``. Raises OutboxError."""

    async def step(part: Command) -> Answer:
        store = await beside_replicas(await connect(settings, beside, wall), Names(settings.stream))
        try:
            return await operate(part, [store], now, lambda *_: None, now)
        finally:
            await store.close()

    return follow(lambda part: asyncio.run(step(part)), command, told)
