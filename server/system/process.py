"""What this process has taken of the machine: CPU time, memory, file descriptors. Named as Prometheus' clients name it."""

from __future__ import annotations

from typing import Final

from prometheus_client import ProcessCollector

_COLLECTOR: Final = ProcessCollector(registry=None)


def process_figures() -> dict[str, float]:
    """By the metric's name; none on a system without ``/proc``."""
    return {sample.name: sample.value for family in _COLLECTOR.collect() for sample in family.samples}
