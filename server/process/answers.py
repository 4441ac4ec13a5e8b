"""What one worker answers on its control socket: how it is, its metrics, pages, scripts, and an operator's commands."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from server.control.following import Answer
from server.control.sockets import Command
from server.inspection import Inspector, Sending
from server.inspection.recent import Recent, recent
from server.loading.serving import Serving
from server.outbox.durability import Durability, described
from server.process.outcome import Outcome
from server.process.parts import Parts
from server.process.reloading import Reloading
from server.system.clock import wall
from server.system.colours import Colour, worst
from server.system.files import digest
from server.system.process import process_figures
from server.system.streams import log_counts, log_reasons
from server.visitors.marks import Mark
from server.visitors.visitor import UNCONFIGURED

_LOOKING: Final = ThreadPoolExecutor(4, "looking")
"""Threads in which pages are worked out, which may take their time: whatever visitors wait for has others."""

STEP: Final = 5.0
"""Seconds after which a reload that is not over is asked for again, so that no answer takes too long."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Of worker ``number`` of so many ``workers``, which listens ``at`` an address and port.

    ``durability`` is what was found of an outbox that others share; None where it is in files.
    """

    number: int
    workers: int
    at: tuple[str, int]
    parts: Parts
    inspector: Inspector
    sending: Sending
    reloading: Reloading[Serving, Outcome]
    durability: Durability | None = None

    async def __call__(self, command: Command) -> Answer:
        """The answer to one command, as JSON."""
        action, counts = command.get("do"), self.parts.observer.counts
        if action == "health":
            told = {"worker": self.number, "at": self.at, **self._health(), "counts": counts.as_json()}
            return {**told, "recent": self._recent(command["recent"])} if "recent" in command else told
        if action == "metrics":
            return await self._metrics()
        if action == "reload":
            return await self._reload(command.get("from"))
        if action == "watch":
            return self._watch(command)
        if self.inspector.knows(command):
            return await asyncio.get_running_loop().run_in_executor(_LOOKING, self.inspector.answer, command)
        if self.sending.knows(command):
            return await self.sending.answer(command)
        if action == "scripts":
            told = await self.parts.scripts.operate(command.get("refresh") is True)
            return {**told, "not_listed": counts.subjects_of("SCRIPT_ID_NOT_LISTED")}
        if self.parts.delivery is None:
            return {"error": "this is a dry run: there is no outbox"}
        return await self.parts.delivery.operate(command)

    def _watch(self, command: Command) -> Answer:
        """From now on this browser is watched; in the loop itself, where requests are remembered."""
        observer = self.parts.observer
        observer.watch(Mark(str(command["browser"]), int(command["until"])), wall() // 1_000_000)
        return {"worker": self.number, "watched": len(observer.watched.until)}

    def _recent(self, what: object) -> Recent:
        parts, reloads = self.parts, self.inspector.reloads
        return recent(parts.history, parts.observer.counts, parts.observer.serving, reloads, what, wall())

    async def _metrics(self) -> Answer:
        observer = self.parts.observer
        scripts = await self.parts.scripts.operate(refresh=False)
        reload = {"successful": int(self.inspector.reloads.failed is None), "success_at": observer.serving.since / 1_000_000}
        read = {"configuration": {digest(observer.serving.sources): 1}, "geo_built": observer.serving.geo_built, "reload": reload}
        own = {"worker": self.number, "process": process_figures(), **read}
        return {**own, **log_counts(), **self._health(), **observer.snapshot(), **scripts}

    async def _reload(self, goes_on: object) -> Answer:
        """What came of it, once it is over; until then how to go on asking."""
        number = self.reloading.begin() if goes_on is None else goes_on
        if not isinstance(number, int) or not self.reloading.knows(number):
            return {"error": f"worker {self.number} was started meanwhile, with the configuration as it was then"}
        own = {"worker": self.number, "workers": self.workers}
        outcome = await self.reloading.outcome(number, STEP)
        return {"next": number} if outcome is None else {**own, **outcome.as_json()}

    def _health(self) -> dict[str, Any]:
        health, counts, gate = self._delivery_health(), self.parts.observer.counts, self.parts.listener.gate
        for each in health["destinations"]:
            delivered, failed = self.parts.observer.minute.of(each["tag"], each["destination"], wall())
            each |= {"delivered": delivered, "failed": failed}
        doubts = [UNCONFIGURED] if counts.without_visitor_address else []
        doubts += counts.pages.reasons(wall())
        doubts += self.parts.scripts.reasons() + log_reasons() + gate.reasons() + self.inspector.reloads.reasons()
        health |= gate.as_json()
        health["reasons"] += doubts
        if self.durability is not None:
            health |= described(self.durability)
        health["colour"] = worst([health["colour"], *([Colour.AMBER] if doubts else [])])
        return {**health, "last_reload": self.inspector.reloads.last}

    def _delivery_health(self) -> dict[str, Any]:
        if self.parts.delivery is None:
            return {
                "accepting": True,
                "colour": Colour.GREEN,
                "reasons": ["dry run: nothing is sent or stored"],
                "destinations": [],
            }
        return self.parts.delivery.health()
