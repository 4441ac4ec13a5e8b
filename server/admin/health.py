"""How the server is: the workers' health as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

_WORST = ("green", "amber", "red")
SILENT = {"accepting": False, "colour": "red", "reasons": ["this worker does not answer"]}
"""The health of a worker that cannot be asked."""

_REFUSED: Final = {
    "origins_of_preflights": "preflights",
    "origins_of_hits": "replies to hits",
    "platform_hosts": "a host without cookies",
}


def health_of(answer: dict[str, Any] | None, trouble: str | None) -> dict[str, Any]:
    """What a worker answered, if it did, and what is known of it besides."""
    silent = answer is None or "error" in answer
    if trouble is None:
        return SILENT if silent or answer is None else answer
    if silent or answer is None:
        return {**SILENT, "reasons": [trouble]}
    return {**answer, "colour": "red", "reasons": [*answer["reasons"], trouble]}


def summary(workers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The workers' health as one: it accepts where any does, and is as red as the reddest."""
    return {
        "accepting": any(worker["accepting"] for worker in workers),
        "colour": max((worker["colour"] for worker in workers), key=_WORST.index, default="red"),
        "reasons": sorted({reason for worker in workers for reason in worker["reasons"]}),
        "workers": list(workers),
    }


def refused(health: dict[str, Any]) -> list[dict[str, Any]]:
    """Which websites, and hosts, do not get what they came for: what it is, why, and how often, by all workers together."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for what, row in _refused(health["workers"]):
        key = (what, row["name"])
        times = found[key]["times"] if key in found else 0
        found[key] = {"what": what, **row, "times": times + row["times"]}
    return sorted(found.values(), key=lambda row: -row["times"])


def _refused(workers: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for worker in workers:
        pages = worker.get("counts", {}).get("pages", {})
        for key, what in _REFUSED.items():
            yield from ((what, row) for row in pages.get(key, ()))
