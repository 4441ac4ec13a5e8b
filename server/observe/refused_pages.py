"""Websites whose pages are refused, and hosts that a browser keeps no cookies for: seen on the way, told to whoever runs this.

Both are named by visitors, so that only so many are kept, and what was seen once is not told of for ever.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypedDict

from server.observe.labels import OTHER
from server.observe.metric import Section, counter, number, words_of

MOST_NAMES: Final = 50
"""Names that are kept; those that come later are counted together."""

RECENT: Final = 3_600_000_000
"""Microseconds for which health tells of what was seen."""

_NAME = re.compile(r"[!-~]{1,100}", re.ASCII)


@dataclass(slots=True)
class Sighting:
    """How often, when last (microseconds), and what there is to say of it."""

    why: str
    times: int = 0
    last: int = 0


class SightingRow(TypedDict):
    """The same as JSON."""

    name: str
    times: int
    why: str


class Sightings:
    """By name what was seen, and how often."""

    def __init__(self) -> None:
        self._seen: dict[str, Sighting] = {}

    def note(self, name: str, why: str, now: int) -> str | None:
        """Counts it. The name as it may be shown where it is the first time: only then is it worth a line of the log."""
        name = name if _NAME.fullmatch(name) and "@" not in name else OTHER
        if name not in self._seen and len(self._seen) >= MOST_NAMES:
            name = OTHER
        first = name not in self._seen
        sighting = self._seen.setdefault(name, Sighting(why))
        sighting.why, sighting.times, sighting.last = why, sighting.times + 1, now
        return name if first else None

    def recent(self, now: int) -> Iterator[tuple[str, Sighting]]:
        """What was seen within the last hour."""
        return ((name, each) for name, each in self._seen.items() if now - each.last < RECENT)

    def rows(self) -> list[SightingRow]:
        """As JSON, the most frequent first."""
        ordered = sorted(self._seen.items(), key=lambda item: -item[1].times)
        return [{"name": name, "times": each.times, "why": each.why} for name, each in ordered]

    def clear(self) -> None:
        """Another configuration may see it otherwise."""
        self._seen.clear()


@dataclass(slots=True, eq=False)
class RefusedPages:
    """Of one worker: a table of counters, and by name who is refused his preflights, the reply to his hits, or cookies."""

    preflights: Counter[str] = counter(
        Section.REQUESTS,
        "tagyard_refused_preflights_total",
        ("reason",),
        "Preflights without leave, after which a page sends nothing: origin, unclaimed, or why it was turned away.",
    )
    unreadable_replies: int = number(
        Section.REQUESTS,
        "tagyard_unreadable_replies_total",
        "Requests that were claimed, of pages whose origin is not allowed to read the reply.",
    )
    by_preflight: Sightings = field(default_factory=Sightings)
    by_hit: Sightings = field(default_factory=Sightings)
    hosts: Sightings = field(default_factory=Sightings)

    def reasons(self, now: int) -> list[str]:
        """What somebody should look at, for health. No figures, so that all workers say the same."""
        preflights = [
            f"preflights from {origin} are refused, so its hits do not arrive: {each.why}"
            for origin, each in self.by_preflight.recent(now)
        ]
        return preflights + [f"hits arrive at the host {host}: {each.why}" for host, each in self.hosts.recent(now)]

    def as_json(self) -> dict[str, object]:
        """What a person may want to know of them."""
        return {
            **words_of(self),
            "origins_of_preflights": self.by_preflight.rows(),
            "origins_of_hits": self.by_hit.rows(),
            "platform_hosts": self.hosts.rows(),
        }

    def reloaded(self) -> None:
        """Another configuration is in force."""
        for each in (self.by_preflight, self.by_hit, self.hosts):
            each.clear()
