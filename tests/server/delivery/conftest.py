"""A delivery over a real file, with a clock that is set, luck that is known, and a vendor who is played."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.component import Batch, Tag
from core.types import Delivered, Outbound, OutboundRequest, Outcome, Payload, Rejected, Response, Retry
from server.delivery import Delivery
from server.delivery.events import DeliveryEvents
from server.outbox import FolderOutbox
from server.senders.told import told

VENDOR = "https://vendor.example"
START = 1_000_000_000_000_000
OK = Response(204)


def one_request(payloads: Sequence[Payload]) -> Sequence[Outbound]:
    """All in one, their bodies in a list with commas."""
    body = ",".join(str(payload.body) for payload in payloads).encode()
    return [OutboundRequest("POST", payloads[0].destination, (), body, tuple(range(len(payloads))))]


def by_status(_: Outbound, response: Response) -> Outcome:
    """400 is a no, and every other failure a not yet."""
    if response.status < 300:
        return Delivered()
    return Rejected(f"HTTP {response.status}") if response.status == 400 else Retry(f"HTTP {response.status}")


class PlayedTag(Tag):
    """Packs what comes together into one request, judges by status, and has no notes. Each can be replaced."""

    batch: Batch | None = None

    def __init__(self) -> None:
        self.packing: Callable[[Sequence[Payload]], Sequence[Outbound]] = one_request
        self.judging: Callable[[Outbound, Response], Outcome | Sequence[Outcome]] = by_status
        self.noting: Callable[[Payload, int], str | None] = lambda *_: None
        self.company: Callable[[Payload], str | None] = lambda _: None if self.batch is None else ""

    def map(self, event: Any, context: Any) -> Any:
        raise NotImplementedError

    def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:  # noqa: ARG002
        return self.packing(payloads)

    def judge(self, request: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        return self.judging(request, response)

    def companions(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        return self.company(payload)

    def note(self, payload: Payload, now: int) -> str | None:
        return self.noting(payload, now)


class Stage:
    """Everything a delivery is told from outside, and what can be seen of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = START
        self.jumped = 0
        """What the time of day is ahead, since somebody set it."""
        self.luck = 0.5
        self.tag = PlayedTag()
        self.tags: dict[str, Tag] = {"ga4": self.tag}
        self.answer: Callable[[Outbound], Awaitable[Response]] = self._ok
        self.sent: list[str] = []
        self.failures: list[str] = []
        self.max_size = 1 << 34
        self.max_age = 72 * 3600.0
        self.dead_max_age: float | None = None
        self.watch: DeliveryEvents | None = None
        self.held_up = False
        """Somebody holds up what is accepted with keys, so that ``settled`` would wait for it in vain."""
        self.masked = ""
        """What is taken out of answers."""
        self.delivery: Delivery

    async def _ok(self, _: Outbound) -> Response:
        return OK

    def answers(self, *responses: Response | Exception) -> None:
        """The vendor answers with these in turn, the last one for good."""
        left = list(responses)

        async def answer(_: Outbound) -> Response:
            response = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(response, Exception):
                raise response
            return response

        self.answer = answer

    async def send(self, outbound: Outbound) -> Response:
        assert isinstance(outbound, OutboundRequest)
        self.sent.append(outbound.body.decode())
        return await self.answer(outbound)

    def open(self, worker: int = 0) -> Delivery:
        outbox = FolderOutbox.open(self.folder, worker, max_size=self.max_size, workers=1, now=self.now + self.jumped)
        self.delivery = Delivery(
            outbox,
            self.tags,
            lambda outbound, answered: told(self.send(outbound), answered),
            clock=lambda: self.now + self.jumped,
            steady=lambda: self.now,
            random=lambda: self.luck,
            max_age=self.max_age,
            failed=self.failures.append,
            watch=self.watch,
            dead_max_age=self.dead_max_age,
            mask=lambda text: text.replace(self.masked, "***") if self.masked else text,
        )
        self.delivery.start()
        return self.delivery

    def payload(self, body: Any = "a", destination: str = VENDOR, **more: Any) -> Payload:
        return Payload(body, destination, **{"received_at": self.now + self.jumped, **more})

    async def accept(self, *bodies: Any, tag: str = "ga4", **more: Any) -> None:
        """One request with one payload for each body."""
        group = more.pop("group", "")
        await self.delivery.accept([(tag, self.payload(body, group=group, position=n, **more)) for n, body in enumerate(bodies)])

    async def settled(self) -> None:
        """Until everything that can happen without the clock moving has happened."""
        await self._turn()
        async with asyncio.timeout(60):
            while self.delivery.entrance._keyed and not self.held_up:
                await asyncio.sleep(0.005)
        await self._turn()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Until this is so, however busy the machine is."""
        async with asyncio.timeout(60):
            while not holds():
                await asyncio.sleep(0.002)
        await self.settled()

    async def _turn(self) -> None:
        """Until several looks have found everything as it was: on a busy machine it takes longer."""
        quiet = 0
        while quiet < 6:
            before = self._seen()
            for source in list(self.delivery.board.sources):
                await source.file.flush()
            await asyncio.sleep(0.002)
            quiet = quiet + 1 if self._seen() == before else 0

    def _seen(self) -> tuple[int, ...]:
        delivery = self.delivery
        pending = sum(destination.pending for destination in delivery.board.destinations.values())
        return len(self.sent), pending, delivery.board.rows_by_tag().total(), delivery.board.dead_letters().total()

    async def passes(self, seconds: float) -> None:
        """Time goes by, and everybody notices."""
        self.now += int(seconds * 1_000_000)
        for destination in self.delivery.board.destinations.values():
            destination.pump()
        for source in self.delivery.board.sources:
            self.delivery.suspects.begin(source)
        await self.settled()

    def stored(self, columns: str = "state, attempts, why", number: int = 0) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.folder / f"outbox-{number}.db")
        try:
            return connection.execute(f"SELECT {columns} FROM rows ORDER BY id").fetchall()
        finally:
            connection.close()

    def play(self, scene: Callable[[Stage], Awaitable[None]]) -> None:
        """Opens, plays the scene, and stops in good order."""

        async def run() -> None:
            self.open()
            try:
                await scene(self)
            finally:
                await self.delivery.stop(1.0)

        asyncio.run(run())


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Upkeep has its first round and no other: one that came by the clock would come anywhere in a scene that takes a second."""
    monkeypatch.setattr("server.delivery.upkeep.EVERY", 3600.0)
    return Stage(tmp_path)
