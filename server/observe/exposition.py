"""The metrics of all workers in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from server.observe.metric import Metric, Snapshot
from server.observe.metrics import METRICS

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""What ``exposition`` gives."""


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
    make = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
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
