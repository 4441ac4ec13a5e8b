"""Differences of many requests, those of one kind told together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.differences.compare import Difference, DifferenceKind

_ORDER = ("claimed by", "reply", "sent", "held back", "deduplicate", "method", "url", "query", "header", "body")


@dataclass(slots=True)
class Tallied:
    """How often there was a difference of a kind; the first of them, and the number of its request (from 1)."""

    example: Difference
    request: int
    count: int = 0


class Tally:
    """What was found so far."""

    def __init__(self) -> None:
        self.requests = 0
        self.differing = 0
        self._found: dict[DifferenceKind, Tallied] = {}

    def add(self, differences: Iterable[Difference]) -> None:
        """The differences of the next request."""
        self.requests += 1
        some = False
        for difference in differences:
            some = True
            self._found.setdefault(difference.kind, Tallied(difference, self.requests)).count += 1
        self.differing += some

    def by_tag(self, tags: Sequence[str]) -> Mapping[str, Sequence[Tallied]]:
        """What was found, by tag in this order, then by part and the most frequent first."""
        ranked = sorted(self._found.values(), key=lambda each: (_ORDER.index(each.example.kind.part), -each.count))
        grouped = {tag: [each for each in ranked if each.example.kind.tag == tag] for tag in tags}
        return {tag: found for tag, found in grouped.items() if found}
