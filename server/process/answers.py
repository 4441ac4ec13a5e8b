"""What one worker answers on its control socket: how it is, its metrics, pages, scripts, and an operator's commands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from server.connections.gate import Gate
from server.control.sockets import Answer, Command
from server.delivery import Delivery
from server.inspection import Inspector
from server.observe import Observer
from server.scripts import Scripts
from server.system.clock import wall
from server.system.streams import log_counts, log_reasons
from server.visitors.visitor import UNCONFIGURED


@dataclass(frozen=True, slots=True)
class Answers:
    """Of worker ``number``, which listens ``at`` an address and port. Without ``delivery`` it is a dry run."""

    number: int
    at: tuple[str, int]
    observer: Observer
    inspector: Inspector
    scripts: Scripts
    gate: Gate
    delivery: Delivery | None

    async def __call__(self, command: Command) -> Answer:
        """The answer to one command, as JSON."""
        if command.get("do") == "health":
            return {"worker": self.number, "at": self.at, **self._health(), "counts": self.observer.counts.as_json()}
        if command.get("do") == "metrics":
            scripts = await self.scripts.operate(refresh=False)
            own = {"worker": self.number, "geo_built": self.observer.serving.geo_built, **log_counts()}
            return {**own, **self._health(), **self.observer.snapshot(), **scripts}
        if self.inspector.knows(command):
            return await asyncio.to_thread(self.inspector.answer, command)  # a page may take its time, hits may not
        if command.get("do") == "scripts":
            told = await self.scripts.operate(command.get("refresh") is True)
            return {**told, "not_listed": self.observer.counts.subjects_of("SCRIPT_ID_NOT_LISTED")}
        if self.delivery is None:
            return {"error": "this is a dry run: there is no outbox"}
        return await self.delivery.operate(command)

    def _health(self) -> dict[str, Any]:
        health = self._delivery_health()
        for each in health["destinations"]:
            delivered, failed = self.observer.minute.of(each["tag"], each["destination"], wall())
            each |= {"delivered": delivered, "failed": failed}
        doubts = [UNCONFIGURED] if self.observer.counts.without_visitor_address else []
        doubts += self.observer.counts.pages.reasons(wall())
        doubts += self.scripts.reasons() + log_reasons() + self.gate.reasons()
        health |= self.gate.as_json()
        health["reasons"] += doubts
        health["colour"] = "amber" if doubts and health["colour"] == "green" else health["colour"]
        return health

    def _delivery_health(self) -> dict[str, Any]:
        if self.delivery is None:
            return {"accepting": True, "colour": "green", "reasons": ["dry run: nothing is sent or stored"], "destinations": []}
        return self.delivery.health()
