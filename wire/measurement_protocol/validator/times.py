"""Times, at whatever level they are given."""

from __future__ import annotations

from typing import Any

from wire import timestamps
from wire.measurement_protocol import fields
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.validator.findings import Findings


def check_time(found: Findings, value: Any, path: str, now: int) -> None:
    """``timestamp_micros``, if it is given: a time, in microseconds, and of the last 72 hours."""
    if value is None:
        return
    time = fields.read_time(value)
    if time is None or (time.unit == fields.MICROSECONDS and not time.whole):
        found.add(Check.TIME_INVALID, path=path)
        return
    if time.unit != fields.MICROSECONDS:
        found.add(Check.TIME_UNIT, path=path, v=value, unit=time.unit, micros=time.micros)
    if not now - timestamps.OLDEST <= time.micros <= now:
        found.add(Check.TIME_RANGE, path=path, v=time.micros)
