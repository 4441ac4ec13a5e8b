"""What a metric is: its name, its labels, its help, and how its values are read out of what a worker tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Snapshot: TypeAlias = Mapping[str, Any]
"""What one worker tells: its health, ``counts``, ``recorded`` and ``scripts``. One that did not answer has no ``counts``."""

Rows: TypeAlias = Iterable[Sequence[Any]]
"""Values of the labels, and last the number or the histogram."""

Read: TypeAlias = Callable[[Snapshot], Rows]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. It is a histogram where it has ``bounds`` (microseconds), a counter where its name says so, else a gauge.

    Of a ``whole`` every worker tells the same or an older figure, so it has no ``worker`` and the largest is taken.
    """

    name: str
    labels: tuple[str, ...]
    read: Read
    help: str
    bounds: tuple[int, ...] = ()
    whole: bool = False

    @property
    def all_labels(self) -> tuple[str, ...]:
        """The labels of a sample."""
        return self.labels if self.whole else ("worker", *self.labels)
