"""What a worker sees of itself: numbers for the metrics, and the latest requests for the debug page.

The hot path adds up numbers and remembers references; whatever has to be worked out is worked out when somebody asks.
"""

from __future__ import annotations

from server.observe.access import Answered, access_log
from server.observe.counts import Counts
from server.observe.observer import Observer
from server.observe.recorder import Record, Recorder
from server.observe.refused_requests import RefusedRequest, RefusedRequests
from server.observe.tracing import TracingMissing, check_tracing, traces_of

__all__ = [
    "Answered",
    "Counts",
    "Observer",
    "Record",
    "Recorder",
    "RefusedRequest",
    "RefusedRequests",
    "TracingMissing",
    "access_log",
    "check_tracing",
    "traces_of",
]
