"""What a metric is, and how a table of counters declares one for each of its numbers.

A table is a dataclass: its field is the counter, the field's default its metric. So whatever is counted is declared in one
place, and has one name in the code and in ``/ready``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, TypeAlias

from server.observe.durations import Durations

Snapshot: TypeAlias = Mapping[str, Any]
"""What one worker tells: its health, ``counts``, ``recorded`` and ``scripts``. One that did not answer has no ``counts``."""

Row: TypeAlias = Sequence[Any]
"""The values of the labels, and last the number or the histogram."""

Read: TypeAlias = Callable[[Snapshot], Iterable[Row]]

_METRIC: Final = "metric"


class Section(StrEnum):
    """The headings of the page about metrics."""

    SERVER = "How the server is"
    REQUESTS = "Requests"
    EVENTS = "Events and tags"
    DELIVERIES = "Deliveries"
    OUTBOX = "Outbox"
    MEMORY = "Memory"
    PROCESSES = "Processes"
    ADMIN = "The admin port and the log"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. It is a histogram where it has ``bounds`` (microseconds), a counter where its name says so, else a gauge.

    Of a ``whole`` every worker tells the same or an older figure, so it has no ``worker`` and the largest is taken.
    """

    section: Section
    name: str
    labels: tuple[str, ...]
    help: str
    read: Read
    bounds: tuple[int, ...] = ()
    whole: bool = False

    @property
    def all_labels(self) -> tuple[str, ...]:
        """The labels of a sample."""
        return self.labels if self.whole else ("worker", *self.labels)

    @property
    def kind(self) -> str:
        """As Prometheus calls it."""
        return "histogram" if self.bounds else "counter" if self.name.endswith("_total") else "gauge"


class QuickCounter(Counter[Any]):
    """A Counter whose numbers are set as those of a dictionary: what Counter does on deleting would take part in each setting."""

    __delitem__ = dict.__delitem__


def counter(section: Section, name: str, labels: tuple[str, ...], help: str) -> Counter[Any]:
    """A field that counts by the values of the labels: a tuple, or where there is one label the value alone."""
    return field(default_factory=QuickCounter, metadata={_METRIC: Metric(section, name, labels, help, _counted(name))})


def number(section: Section, name: str, help: str) -> int:
    """A field that counts without a label."""
    return field(default_factory=int, metadata={_METRIC: Metric(section, name, (), help, _counted(name))})


def histogram(section: Section, name: str, labels: tuple[str, ...], help: str, bounds: tuple[int, ...]) -> Durations:
    """A field of durations. ``labels`` are those by which its whole table is kept."""
    metric = Metric(section, name, labels, help, _counted(name), bounds)
    return field(default_factory=lambda: Durations(bounds), metadata={_METRIC: metric})


def metrics_of(table: type[Any]) -> Iterator[Metric]:
    """Those that the fields of this table declare, in their order."""
    return (each.metadata[_METRIC] for each in fields(table) if _METRIC in each.metadata)


def rows_of(table: Any) -> dict[str, list[Row]]:
    """What a table has counted, as JSON by the metrics' names."""
    declared = [(each.metadata[_METRIC], getattr(table, each.name)) for each in fields(table) if _METRIC in each.metadata]
    return {metric.name: _rows(value.as_json() if isinstance(value, Durations) else value) for metric, value in declared}


def words_of(table: Any) -> dict[str, object]:
    """The same as JSON for a person, by the fields' names: several labels with a colon between them, no histograms."""
    values = ((each.name, getattr(table, each.name)) for each in fields(table))
    return {name: _words(value) for name, value in values if isinstance(value, Counter | int)}


def at(path: str) -> Read:
    """What stands there (names with a dot between them): a number, numbers by label, one in the other, or rows.

    None and nothing are no rows.
    """
    names = path.split(".")

    def read(worker: Snapshot) -> Iterable[Row]:
        value: Any = worker
        for name in names:
            value = None if value is None else value.get(name)
        return () if value is None else list(_nested(value))

    return read


def _counted(name: str) -> Read:
    return lambda worker: worker.get("counts", {}).get(name, ())


def _rows(value: Any) -> list[Row]:
    if not isinstance(value, Counter):
        return [[value]]
    return [[*(key if isinstance(key, tuple) else (key,)), count] for key, count in value.items()]


def _nested(value: Any) -> Iterator[Row]:
    if isinstance(value, Mapping):
        yield from ((label, *row) for label, inner in value.items() for row in _nested(inner))
    elif isinstance(value, list):
        yield from value
    else:
        yield (value,)


def _words(value: Counter[Any] | int) -> object:
    if isinstance(value, int):
        return value
    return {": ".join(map(str, key)) if isinstance(key, tuple) else str(key): count for key, count in value.items()}
