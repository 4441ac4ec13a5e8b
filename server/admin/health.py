"""How the server is: the workers' health as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NotRequired, cast

from server.admin.rendering import How
from server.delivery.health import DestinationHealth
from server.inspection.configured import LastReload
from server.inspection.recent import Recent
from server.observe.refused_pages import SightingRow
from server.outbox.durability import Described, weakest
from server.system.colours import Colour, worst


class DestinationTold(DestinationHealth):
    """``delivered`` and ``failed`` are events of the last minute."""

    delivered: int
    failed: int


class WorkerHealth(How):
    """What one worker tells of itself. One that does not answer has none of the rest; ``durability`` is of a shared outbox.

    ``recent`` is told to whoever asks for it.
    """

    accepting: bool
    destinations: NotRequired[list[DestinationTold]]
    dead_letters: NotRequired[dict[str, int]]
    counts: NotRequired[Mapping[str, Any]]
    last_reload: NotRequired[LastReload | None]
    outbox_bytes: NotRequired[int]
    durability: NotRequired[str]
    durability_reasons: NotRequired[list[str]]
    recent: NotRequired[Recent]


class Health(How):
    """All of them as one; ``durability`` is of a shared outbox."""

    accepting: bool
    durability: NotRequired[str]
    durability_reasons: NotRequired[list[str]]
    workers: list[WorkerHealth]


class RefusedWebsite(SightingRow):
    """``what`` is refused to the website, or the host, of this name."""

    what: str


SILENT: Final[WorkerHealth] = {"accepting": False, "colour": Colour.RED, "reasons": ["this worker does not answer"]}
"""The health of a worker that cannot be asked."""

_REFUSED: Final = {
    "origins_of_preflights": "preflights",
    "origins_of_hits": "replies to hits",
    "platform_hosts": "a host without cookies",
}


def health_of(answer: Mapping[str, Any] | None, trouble: str | None) -> WorkerHealth:
    """What a worker answered, if it did, and what is known of it besides."""
    told = SILENT if answer is None or "error" in answer else cast(WorkerHealth, answer)
    if trouble is None:
        return told
    return {**told, "colour": Colour.RED, "reasons": [trouble] if told is SILENT else [*told["reasons"], trouble]}


def summary(workers: Sequence[WorkerHealth]) -> Health:
    """The workers' health as one: it accepts where any does, and is as red as the reddest."""
    health: Health = {
        "accepting": any(worker["accepting"] for worker in workers),
        "colour": worst((worker["colour"] for worker in workers), otherwise=Colour.RED),
        "reasons": sorted({reason for worker in workers for reason in worker["reasons"]}),
        "workers": list(workers),
    }
    shared = weakest([cast(Described, worker) for worker in workers if "durability" in worker])
    return health if shared is None else {**health, **shared}


def refused(health: Health) -> list[RefusedWebsite]:
    """Which websites, and hosts, do not get what they came for: what it is, why, and how often, by all workers together."""
    found: dict[tuple[str, str], RefusedWebsite] = {}
    for what, row in _refused(health["workers"]):
        key = (what, row["name"])
        times = found[key]["times"] if key in found else 0
        found[key] = {"what": what, "name": row["name"], "why": row["why"], "times": times + row["times"]}
    return sorted(found.values(), key=lambda row: -row["times"])


def _refused(workers: Sequence[WorkerHealth]) -> Iterator[tuple[str, SightingRow]]:
    for worker in workers:
        pages = worker.get("counts", {}).get("pages", {})
        for key, what in _REFUSED.items():
            yield from ((what, row) for row in pages.get(key, ()))
