"""A process that accepts so many events, one after the other, and ends when all are delivered: ``living FOLDER EVENTS [once]``.

It says each number as it is ``sent``, when it is ``owed`` or ``left-out``, and when it has ``arrived``.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from core.component import Tag
from core.types import Delivered, Once, Outbound, OutboundRequest, Payload, Response
from server.delivery import Delivery, upkeep
from server.outbox import FolderOutbox, writer
from server.senders.told import told
from server.system.clock import Steady, wall

NEVER: Final = 1 << 60
SHARED: Final = "https://v"
"""Where every second event goes; each of the others has a destination of its own."""


class Sink(Tag):
    """Sends each payload by itself."""

    def __init__(self) -> None:
        pass

    def map(self, event: Any, context: Any) -> Any:
        raise NotImplementedError

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[OutboundRequest]:  # noqa: ARG002
        return [OutboundRequest("POST", "", (), payloads[0].body.encode(), (0,))]

    def judge(self, request: Any, response: Response) -> Delivered:  # noqa: ARG002
        return Delivered()


async def arrive(request: Outbound) -> Response:
    """Taken by the vendor."""
    assert isinstance(request, OutboundRequest)
    print("arrived", request.body.decode(), flush=True)
    return Response(204)


async def live(folder: Path, events: int, *, once: bool) -> None:
    """The whole life."""
    outbox = FolderOutbox.open(folder, 0, max_size=1 << 34, workers=1)
    delivery = Delivery(
        outbox,
        {"t": Sink()},
        lambda outbound, answered: told(arrive(outbound), answered),
        clock=wall,
        steady=Steady(),
        random=random.random,
        max_age=3600,
        failed=print,
    )
    delivery.start()
    board = delivery.board
    for number in range(events):
        if number == 2:
            board.destination("t", SHARED).pause(NEVER)
        await accept(delivery, number, once=once)
        while board.own.on_wire:  # what arrives after a commit, and before the next one, may arrive again
            await asyncio.sleep(0)
        if number == 3:
            writer.CHECKPOINT_AFTER = 1
        await board.own.file.flush()
    board.destination("t", SHARED).lift_pause()
    board.destination("t", SHARED).pump()
    while board.rows_by_tag().total() or len(list(folder.glob("outbox-*.db"))) > 1:
        await asyncio.sleep(0.005)
    await delivery.stop(1)


async def accept(delivery: Delivery, number: int, *, once: bool) -> None:
    """One event."""
    print("sent", number, flush=True)
    key = Once(str(number), 10**12) if once else None
    destination = SHARED if number % 2 else f"{SHARED}{number}"
    payload = Payload(str(number), destination, received_at=time.time_ns() // 1000, once=key)
    print("left-out" if await delivery.accept([("t", payload)]) else "owed", number, flush=True)


if __name__ == "__main__":
    writer.CHECKPOINT_AFTER = NEVER
    upkeep.EVERY, upkeep.ADOPT_EVERY = 0.02, 1
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2]), once="once" in sys.argv))
