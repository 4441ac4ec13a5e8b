"""The metrics of processes, under the names that Prometheus' own clients give them: one sample of each worker.

Where several workers have a supervisor above them, it is one more: the sum over ``worker`` is what the whole service takes. That
sum is left to whoever asks: a counter that adds up workers would fall when one of them is started again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from server.observe.metric import Metric, Read, Row, Section, Snapshot

SUPERVISOR: Final = "supervisor"
"""The label ``worker`` of the process that several workers have above them."""

_HELP: Final = {
    "process_cpu_seconds_total": "CPU time that the process has taken, of the user and of the system.",
    "process_resident_memory_bytes": "Memory that the process has.",
    "process_virtual_memory_bytes": "Addresses that the process has taken, most of them without memory behind.",
    "process_open_fds": "File descriptors that are open: one a connection, and some dozens for files.",
    "process_max_fds": "The most that may be open.",
    "process_start_time_seconds": "When the process was started.",
}


def _of(name: str) -> Read:
    def read(worker: Snapshot) -> Iterable[Row]:
        told = {worker.get("worker"): worker.get("process", {}), SUPERVISOR: worker.get("supervisor_process", {})}
        return [[number, figures[name]] for number, figures in told.items() if name in figures]

    return read


PROCESS_METRICS: Final = tuple(
    Metric(Section.PROCESSES, name, ("worker",), help, _of(name), whole=True) for name, help in _HELP.items()
)
"""Each worker tells its own, and the admin port that of the supervisor."""
