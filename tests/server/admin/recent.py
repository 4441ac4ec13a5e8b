"""Workers that tell of their last hour and day, as they are played to the pages."""

from __future__ import annotations

from typing import Any, Final, cast

from server.admin.health import DestinationTold, Health, WorkerHealth, summary
from server.observe.history import MINUTES, TENS_OF_MINUTES
from server.observe.ring import Columns, Key

NOW: Final = 1_764_340_311_502_000
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
VENDOR: Final = "https://v.example"
IDLE: Final[DestinationTold] = {
    "tag": "ga4",
    "destination": VENDOR,
    "pending": 0,
    "oldest": None,
    "delivered": 0,
    "failed": 0,
    "failures": 0,
    "failing_since": None,
    "last_error": "",
    "paused_until": None,
    "breaker": "closed",
    "refuses": "",
    "lacks": "",
    "colour": "green",
}


def destination(**part: Any) -> DestinationTold:
    """One that has nothing to do, but for this."""
    return cast(DestinationTold, {**IDLE, **part})


def last(most: int, *numbers: int) -> list[int]:
    """These at the end of as many slots."""
    return [0] * (most - len(numbers)) + list(numbers)


def columns(rows: dict[Key, list[int]], step: int = MINUTE, most: int = MINUTES) -> Columns:
    """The slots up to now; the numbers are those of the latest."""
    told = [(key, last(most, *numbers)) for key, numbers in rows.items()]
    return {"step": step, "first": NOW // step - most + 1, "rows": told}


def telling(*destinations: DestinationTold, rows: dict[Key, list[int]] | None = None, **told: Any) -> WorkerHealth:
    """One that tells of its last hour; ``rows`` are the latest numbers by key, ``recent`` what is otherwise in it."""
    hour = columns(rows or {})
    delivered = [(key[1], key[2], sum(numbers)) for key, numbers in hour["rows"] if key[0] == "delivered" and len(key) == 3]
    recent = {"began": NOW - 90 * MINUTE, "delivered": delivered, "tags": [], "loaded": LOADED, "hour": hour}
    health = {"accepting": True, "colour": "green", "reasons": [], "destinations": list(destinations), "dead_letters": {}}
    return cast(WorkerHealth, {**health, **told, "recent": {**recent, **told.get("recent", {})}})


LOADED: Final[dict[str, Any]] = {
    "path": "container.yaml",
    "since": NOW - 90 * MINUTE,
    "reloads": 0,
    "dry_run": False,
    "found": 0,
    "problems": [],
}


def overviewed(
    *destinations: DestinationTold,
    numbers: dict[str, list[int]] | None = None,
    sums: dict[Key, int] | None = None,
    **told: Any,
) -> WorkerHealth:
    """One that was asked for the overview: ``numbers`` are the latest of the hour and of the day alike."""
    rows: dict[Key, list[int]] = {(name,): each for name, each in (numbers or {}).items()}
    overview = {
        "hour": columns(rows),
        "day": columns(rows, 10 * MINUTE, TENS_OF_MINUTES),
        "sums": list((sums or {}).items()),
    }
    recent = {"overview": overview, **told.pop("recent", {})}
    return telling(*destinations, recent=recent, **told)


def health(*workers: WorkerHealth) -> Health:
    """All of them as one."""
    return summary(workers)
