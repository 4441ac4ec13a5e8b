"""The metrics in Prometheus' text format, from what every worker tells of itself (``{"do": "metrics"}`` on its socket)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate
from typing import Any, Final, TypeAlias

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from server.observe.durations import AGE, EXCHANGE, REPLY

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""What ``exposition`` gives."""

NO_CLIENT: Final = "(none)"
"""The ``client`` of a request that nobody claimed."""

COLOURS: Final = ("green", "amber", "red")

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


def exposition(workers: Sequence[Snapshot]) -> bytes:
    """The metrics of all workers, in the order of their numbers."""
    return generate_latest(_Families([_family(metric, workers) for metric in METRICS]))


class _Families(Collector):
    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


def _family(metric: Metric, workers: Sequence[Snapshot]) -> Family:
    values = _values(metric, workers)
    if metric.bounds:
        histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.all_labels)
        for labels, value in values.items():
            histogram.add_metric(labels, _buckets(metric.bounds, value["buckets"]), value["sum"] / 1_000_000)
        return histogram
    make = CounterMetricFamily if metric.name.endswith("_total") else GaugeMetricFamily
    family = make(metric.name, metric.help, labels=metric.all_labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _values(metric: Metric, workers: Sequence[Snapshot]) -> dict[tuple[str, ...], Any]:
    values: dict[tuple[str, ...], Any] = {}
    for number, worker in enumerate(workers):
        of = () if metric.whole else (str(worker.get("worker", number)),)
        for *labels, value in metric.read(worker):
            key = (*of, *map(str, labels))
            values[key] = max(values.get(key, value), value) if metric.whole else value
    return values


def _buckets(bounds: Sequence[int], counts: Sequence[int]) -> list[tuple[str, float]]:
    upper = [*(f"{bound / 1_000_000:g}" for bound in bounds), "+Inf"]
    return list(zip(upper, accumulate(counts), strict=True))


def _counted(key: str) -> Read:
    return lambda worker: worker["counts"][key] if "counts" in worker else ()


def _requests(worker: Snapshot) -> Rows:
    return ((client or NO_CLIENT, status, count) for client, status, count in _counted("requests")(worker))


def _by_tag(key: str) -> Read:
    return lambda worker: worker.get(key, {}).items()


def _notes(worker: Snapshot) -> Rows:
    return ((tag, note, count) for tag, notes in worker.get("notes", {}).items() for note, count in notes.items())


def _destinations(value: Callable[[Mapping[str, Any]], float | None]) -> Read:
    def read(worker: Snapshot) -> Rows:
        values = ((each["tag"], each["destination"], value(each)) for each in worker.get("destinations", ()))
        return (row for row in values if row[2] is not None)

    return read


def _oldest(destination: Mapping[str, Any]) -> float | None:
    return destination["oldest"] / 1_000_000 if destination["oldest"] else None


def _scripts(total: Callable[[Sequence[Mapping[str, Any]]], float]) -> Read:
    return lambda worker: [[total(worker["scripts"])]] if "scripts" in worker else ()


def _recorded(key: str) -> Read:
    return lambda worker: [[worker["recorded"][key]]] if "recorded" in worker else ()


_AT = ("tag", "destination")

METRICS: Final = (
    Metric("tagyard_build_info", ("version",), lambda _: [[version("tagyard"), 1]], "1, with the version.", whole=True),
    Metric("tagyard_up", (), lambda worker: [[int("counts" in worker)]], "1 where the worker answers, else 0."),
    Metric("tagyard_accepting", (), lambda worker: [[int(worker["accepting"])]], "1 where the worker accepts requests, else 0."),
    Metric(
        "tagyard_health",
        (),
        lambda worker: [[COLOURS.index(worker["colour"])]],
        "The colour of the worker's health: 0 green, 1 amber, 2 red.",
    ),
    Metric("tagyard_replies_total", ("status",), _counted("replies"), "Replies on the public port, health checks included."),
    Metric(
        "tagyard_requests_total",
        ("client", "status"),
        _requests,
        "Requests that were read, by the client that claimed them and the reply's status.",
    ),
    Metric("tagyard_unclaimed_requests_total", (), _counted("unclaimed"), "Requests that no client claimed."),
    Metric(
        "tagyard_refused_requests_total",
        (),
        _counted("refused"),
        "Requests that were claimed and could not be kept: their sender was told so, unless the reply had gone before.",
    ),
    Metric(
        "tagyard_requests_without_visitor_address_total",
        (),
        _counted("nameless"),
        "Requests whose visitor's address is unknown, since a proxy forwards them that nobody configured.",
    ),
    Metric("tagyard_reply_seconds", (), _counted("reply_time"), "From a request that is read to its reply.", bounds=REPLY),
    Metric(
        "tagyard_events_total",
        ("event_name",),
        _counted("events"),
        "Events by name: the first 200 names that each worker met, the others as (other).",
    ),
    Metric("tagyard_skipped_events_total", (), _counted("skipped"), "Events without a name, which nothing was made of."),
    Metric("tagyard_tags_fired_total", ("tag",), _counted("fired"), "Events for which the tag fired."),
    Metric(
        "tagyard_tags_held_total",
        ("tag", "reason"),
        _counted("held"),
        "Events for which the tag did not fire: paused, trigger, exception, consent, skipped or failed.",
    ),
    Metric(
        "tagyard_component_failures_total",
        ("kind", "name", "error"),
        _counted("failures"),
        "Errors in clients, transformations and tags; a transformation's counts for each tag that it holds back.",
    ),
    Metric(
        "tagyard_findings_total", ("code",), _counted("findings"), "What validation found in requests, by the validator's code."
    ),
    Metric("tagyard_duplicates_total", ("tag",), _counted("suppressed"), "Events that were left out as duplicates."),
    Metric(
        "tagyard_not_chosen_total",
        ("tag",),
        _by_tag("not_chosen"),
        "Events that a tag was spared, since it held more than half of an outbox that fills up.",
    ),
    Metric(
        "tagyard_deliveries_total",
        (*_AT, "outcome"),
        _counted("deliveries"),
        "Events that were sent, by what came of it: delivered, retried or rejected. A retried one counts each time.",
    ),
    Metric(
        "tagyard_delivery_attempts_total",
        (*_AT, "status"),
        _counted("attempts"),
        "Exchanges with a destination, by the answer's status; none where there was no answer.",
    ),
    Metric("tagyard_delivery_attempt_seconds", _AT, _counted("exchange_time"), "How long an exchange took.", bounds=EXCHANGE),
    Metric(
        "tagyard_delivery_age_seconds",
        _AT,
        _counted("age"),
        "Of events that were delivered: the time from the request to the destination's answer.",
        bounds=AGE,
    ),
    Metric(
        "tagyard_delivery_notes_total",
        ("tag", "note"),
        _notes,
        "What a tag has to say of what it delivered, such as that an event lost its own time.",
    ),
    Metric(
        "tagyard_breaker_open",
        _AT,
        _destinations(lambda each: int(each["breaker"] in ("open", "testing"))),
        "1 while the circuit breaker keeps requests from the destination, else 0.",
    ),
    Metric(
        "tagyard_destination_paused",
        _AT,
        _destinations(lambda each: int(each["paused_until"] is not None)),
        "1 while nothing is sent, since the destination asked for a pause, else 0.",
    ),
    Metric("tagyard_outbox_rows", _AT, _destinations(lambda each: each["pending"]), "Events that wait or are on the wire."),
    Metric(
        "tagyard_outbox_oldest_timestamp_seconds",
        _AT,
        _destinations(_oldest),
        "When the oldest event that waits was received, as of half a minute ago.",
    ),
    Metric(
        "tagyard_damaged_files",
        (),
        lambda worker: [[worker["damaged_files"]]] if "damaged_files" in worker else (),
        "Damaged files of the outbox that were set aside and are still there: what they hold is not delivered.",
        whole=True,
    ),
    Metric(
        "tagyard_outbox_bytes",
        (),
        lambda worker: [[worker["outbox_bytes"]]] if "outbox_bytes" in worker else (),
        "What the outbox takes on the disk, the files of all workers together.",
        whole=True,
    ),
    Metric("tagyard_dead_letters", ("tag",), _by_tag("dead_letters"), "Events that were given up and are kept."),
    Metric("tagyard_script_cache_files", (), _scripts(len), "Files of Google's that are held in memory."),
    Metric("tagyard_script_cache_bytes", (), _scripts(lambda rows: sum(row["bytes"] for row in rows)), "What those take."),
    Metric(
        "tagyard_script_cache_stale_files",
        (),
        _scripts(lambda rows: sum(not row["fresh"] for row in rows)),
        "Those that are due to be fetched anew.",
    ),
    Metric(
        "tagyard_script_cache_failing_files",
        (),
        _scripts(lambda rows: sum(bool(row["failure"]) for row in rows)),
        "Those whose latest fetch failed: the copy from before is served.",
    ),
    Metric("tagyard_recorded_requests", (), _recorded("requests"), "Requests that are remembered for the debug page."),
    Metric("tagyard_recorded_bytes", (), _recorded("bytes"), "What their bodies and queries take in memory."),
)
"""Every metric there is, in the order of the page that explains them."""
