"""Times, at whatever level they are given."""

from __future__ import annotations

from typing import Any

from wire.measurement_protocol import fields
from wire.measurement_protocol.validator.checks import Check
from wire.measurement_protocol.validator.findings import Findings


def check_time(found: Findings, value: Any, path: str, now: int) -> None:
    """``timestamp_micros``, if it is given: whole, positive, and of the last 72 hours."""
    if value is None:
        return
    time = fields.micros(value)
    if time is None:
        found.add(Check.TIME_INVALID, path=path)
    elif not now - fields.OLDEST <= time <= now:
        found.add(Check.TIME_RANGE, path=path, v=time)
