"""What the overview tells, as numbers: what a program asks for, and what the page is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict

from core.product import VERSION
from server.admin.health import Health, WorkerHealth
from server.admin.lately import Lately, lately, sums
from server.admin.pages.destinations import FAILS, IdleTag, Standing, idle_tags, known_for, standings, whole
from server.inspection.configured import LastReload
from server.inspection.recent import LoadedTold, Recent
from server.observe.history import MINUTES, TENS_OF_MINUTES
from server.observe.ring import Key
from server.system.colours import Colour, worst
from wire.consent import DENIED, GRANTED, TYPES, UNSET

CHARTED: Final = ("requests", "events", "fired", "delivered", "failed", "duplicates", "unclaimed", "refused", "errors")
"""What is told by the minute: the names of its numbers."""


class Outbox(TypedDict):
    """``oldest`` is how many microseconds ago the oldest row that waits was received."""

    rows: int
    oldest: int | None
    bytes: int
    dead_letters: dict[str, int]


class Series(TypedDict):
    """Numbers by name, slot by slot of ``step`` microseconds; the last slot is not over."""

    step: int
    numbers: dict[str, list[int]]


class Overview(TypedDict):
    """What the page shows, as numbers: ``hour`` and ``day`` are sums by the names of ``CHARTED``.

    ``known`` are the microseconds since the counters began, those of a worker that was restarted later; ``answering`` of so many
    ``workers`` have told.
    """

    colour: str
    reasons: list[str]
    version: str
    workers: int
    answering: int
    known: int
    hour: dict[str, int]
    day: dict[str, int]
    minutes: Series
    tens_of_minutes: Series
    refused: dict[str, int]
    events: dict[str, int]
    findings: dict[str, int]
    consent: dict[str, dict[str, int]]
    destinations: list[Standing]
    idle: list[IdleTag]
    outbox: Outbox
    loaded: LoadedTold | None
    last_reload: LastReload | None


def overview(health: Health, now: int) -> Overview:
    """Of what the workers have told."""
    workers = health["workers"]
    recents = [worker["recent"] for worker in workers if "recent" in worker]
    found = standings(workers, now)
    overviews = [recent["overview"] for recent in recents if "overview" in recent]
    named = sums(each["sums"] for each in overviews)
    hour = lately([each["hour"] for each in overviews], MINUTES)
    day = lately([each["day"] for each in overviews], TENS_OF_MINUTES)
    return {
        "colour": worst([health["colour"], *(Colour.RED for each in found if each["state"] == FAILS)]),
        "reasons": [*health["reasons"], *_failing(found, health["reasons"])],
        "version": VERSION,
        "workers": len(workers),
        "answering": len(recents),
        "known": known_for(workers, now),
        "hour": _totals(hour),
        "day": _totals(day),
        "minutes": _series(hour),
        "tens_of_minutes": _series(day),
        "refused": _by_name(named, "refused"),
        "events": _by_name(named, "event"),
        "findings": _by_name(named, "finding"),
        "consent": {kind: _consent(named, kind) for kind in TYPES},
        "destinations": found,
        "idle": idle_tags(workers),
        "outbox": _outbox(workers, found, now),
        "loaded": _loaded(recents),
        "last_reload": _last_reload(workers),
    }


def _failing(found: Sequence[Standing], reasons: Sequence[str]) -> list[str]:
    """Destinations that always fail and of which no reason tells yet: a worker counts its own attempts, here they are summed."""
    names = [(f"tag {each['tag']}: {each['address']}", each) for each in found if each["state"] == FAILS]
    return [f"{name} {'; '.join(each['details'])}" for name, each in names if not any(name in reason for reason in reasons)]


def _totals(of: Lately) -> dict[str, int]:
    return {name: of.total(name) for name in CHARTED}


def _series(of: Lately) -> Series:
    return {"step": of.step, "numbers": {name: list(of.of(name)) for name in CHARTED}}


def _by_name(named: Counter[Key], what: str) -> dict[str, int]:
    """The most frequent first."""
    found = {key[1]: number for key, number in named.items() if key[0] == what and number}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _consent(named: Mapping[Key, int], kind: str) -> dict[str, int]:
    return {state: named.get((kind, state), 0) for state in (GRANTED, DENIED, UNSET)}


def _outbox(workers: Sequence[WorkerHealth], found: Sequence[Standing], now: int) -> Outbox:
    oldest = [each["oldest"] for worker in workers for each in worker.get("destinations", ()) if each["oldest"]]
    tags = {tag for worker in workers for tag in worker.get("dead_letters", {})}
    rows = whole(workers)
    dead = {tag: rows([worker.get("dead_letters", {}).get(tag, 0) for worker in workers]) for tag in sorted(tags)}
    return {
        "rows": sum(each["pending"] for each in found),
        "oldest": now - min(oldest) if oldest else None,
        "bytes": max((worker.get("outbox_bytes", 0) for worker in workers), default=0),
        "dead_letters": {tag: number for tag, number in dead.items() if number},
    }


def _loaded(recents: Sequence[Recent]) -> LoadedTold | None:
    """Of the worker that has read the configuration last."""
    return max((recent["loaded"] for recent in recents), key=lambda each: each["since"], default=None)


def _last_reload(workers: Sequence[WorkerHealth]) -> LastReload | None:
    """The last of all; one that a worker has refused before another that it took at the same time."""
    told = [worker["last_reload"] for worker in workers if worker.get("last_reload")]
    return max((each for each in told if each is not None), key=lambda each: (each["at"], not each["ok"]), default=None)
