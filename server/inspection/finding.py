"""Finds a recorded request by what its sender knows of it: its id, or parameters of its query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.observe import Record, Recorder


def found(recorder: Recorder, command: Mapping[str, Any]) -> Record | None:
    """The request of this ``id``, or the latest whose query has all of these ``parameters``, of which there are some."""
    wanted: Mapping[str, str] = command.get("parameters") or {}
    if not wanted:
        return recorder.find(str(command.get("id")))
    every = recorder.since(0)
    return next((each for each in every if all(each.request.query.get(name) == value for name, value in wanted.items())), None)
