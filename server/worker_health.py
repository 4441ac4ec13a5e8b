"""How one worker is: its deliveries, what it has counted, and its copies of scripts, as one colour with its reasons."""

from __future__ import annotations

from typing import Any

from server.delivery import Delivery
from server.observe import Observer
from server.scripts import Scripts
from server.visitor import UNCONFIGURED


def health_of(delivery: Delivery | None, observer: Observer, scripts: Scripts, now: int) -> dict[str, Any]:
    """The health as JSON; ``delivery`` is None for a dry run, which sends and stores nothing."""
    health = _dry_run() if delivery is None else delivery.health()
    for each in health["destinations"]:
        delivered, failed = observer.minute.of(each["tag"], each["destination"], now)
        each |= {"delivered": delivered, "failed": failed}
    doubts = [UNCONFIGURED] if observer.counts.nameless else []
    doubts += observer.counts.pages.reasons(now)
    doubts += scripts.reasons()
    health["reasons"] += doubts
    health["colour"] = "amber" if doubts and health["colour"] == "green" else health["colour"]
    return health


def _dry_run() -> dict[str, Any]:
    return {"accepting": True, "colour": "green", "reasons": ["dry run: nothing is sent or stored"], "destinations": []}
