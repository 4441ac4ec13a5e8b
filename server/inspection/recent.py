"""What a worker tells of the last hour and day beside its health, for the pages that show it."""

from __future__ import annotations

from typing import Final, NotRequired, TypedDict

from config import Settings
from server.inspection.configured import Reloads
from server.inspection.privacy import Privacy
from server.loading.serving import Serving
from server.observe import Counts
from server.observe.history import History, OverviewTold
from server.observe.ring import Columns

MOST_PROBLEMS: Final = 5
"""Problems of the configuration that are told each by itself."""


class TagTold(TypedDict):
    """A tag of the configuration, and how many events it has held back since the start, by reason."""

    name: str
    paused: bool
    held: dict[str, int]


class ProblemTold(TypedDict):
    """A problem of the configuration that is loaded."""

    severity: str
    where: str
    message: str


class LoadedTold(TypedDict):
    """``since`` in microseconds; ``problems`` are the first of so many ``found``."""

    path: str
    since: int
    reloads: int
    dry_run: bool
    found: int
    problems: list[ProblemTold]


class Recent(TypedDict):
    """``hour`` of each destination, or ``overview``, by what was asked for; and the rest at all times.

    ``began`` is when the counters did, in microseconds; ``delivered`` what each tag and address has taken in the last hour.
    """

    began: int
    delivered: list[tuple[str, str, int]]
    hour: NotRequired[Columns]
    overview: NotRequired[OverviewTold]
    tags: list[TagTold]
    loaded: LoadedTold


def recent(history: History, counts: Counts, serving: Serving, reloads: Reloads, what: object, now: int) -> Recent:
    """``what`` is ``overview``; anything else is the hour of each destination."""
    told: Recent = {
        "began": history.began,
        "delivered": history.delivered(now),
        "tags": tags(serving.settings, counts),
        "loaded": loaded(serving, reloads),
    }
    if what == "overview":
        return {**told, "overview": history.overview(now)}
    return {**told, "hour": history.destinations(now)}


def tags(settings: Settings, counts: Counts) -> list[TagTold]:
    """Every tag of the file, in its order."""
    held: dict[str, dict[str, int]] = {}
    for (tag, reason), number in counts.held.items():
        held.setdefault(tag, {})[str(reason)] = number
    return [{"name": name, "paused": tag.settings.paused, "held": held.get(name, {})} for name, tag in settings.tags.items()]


def loaded(serving: Serving, reloads: Reloads) -> LoadedTold:
    """What is in force."""
    privacy = Privacy(serving.secret_values, reveal=True)
    return {
        "path": str(serving.path),
        "since": serving.since,
        "reloads": reloads.taken,
        "dry_run": serving.dry_run,
        "found": len(serving.problems),
        "problems": [
            {
                "severity": each.severity,
                "where": f"{each.file}:{each.line}:{each.column}",
                "message": privacy.text(f"{each.path}: {each.message}" if each.path else each.message),
            }
            for each in serving.problems[:MOST_PROBLEMS]
        ],
    }
