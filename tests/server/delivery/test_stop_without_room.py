"""A stop ends within its grace, also where the disk has no room for what is still to be written."""

from __future__ import annotations

import asyncio
from typing import Any

from core.types import Response
from tests.server.outbox.played import FULL, Faulty, fault

Stage = Any


def test_a_stop_does_not_wait_for_room(stage: Stage) -> None:
    """What could not be written is leased still, and goes out again after the next start."""

    async def scene() -> None:
        stage.open()
        file = stage.delivery.board.own.file
        faulty: Any = Faulty(file._connection)
        file._connection = file._writer._connection = faulty
        answered = asyncio.Event()

        async def answer(_: Any) -> Response:
            faulty.fault = lambda text: fault(*FULL) if text == "COMMIT" else None
            answered.set()
            return Response(204)

        stage.answer = answer
        await stage.accept("a")
        await asyncio.wait_for(answered.wait(), 60)
        await asyncio.wait_for(stage.delivery.stop(0.05), 60)
        assert stage.stored("state") == [(1,)]

    asyncio.run(scene())
