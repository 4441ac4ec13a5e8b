"""The trace of a request: the container's run again, with every reason that it had.

Made after the fact, from the request and the container that it met; ``Container.handle`` knows nothing of it.
"""

from core.trace.records import (
    Asked,
    ClientTrace,
    ConsentNeed,
    ConsentTrace,
    DeduplicationTrace,
    EventTrace,
    SaidBy,
    StepTrace,
    TagTrace,
    Trace,
    TriggerTrace,
)
from core.trace.requests import trace, trace_clients, trace_event, trace_position

__all__ = [
    "Asked",
    "ClientTrace",
    "ConsentNeed",
    "ConsentTrace",
    "DeduplicationTrace",
    "EventTrace",
    "SaidBy",
    "StepTrace",
    "TagTrace",
    "Trace",
    "TriggerTrace",
    "trace",
    "trace_clients",
    "trace_event",
    "trace_position",
]
