"""How the server is: the workers' health as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_WORST = ("green", "amber", "red")
SILENT = {"accepting": False, "colour": "red", "reasons": ["this worker does not answer"]}
"""The health of a worker that cannot be asked."""


def summary(workers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The workers' health as one: it accepts where any does, and is as red as the reddest."""
    return {
        "accepting": any(worker["accepting"] for worker in workers),
        "colour": max((worker["colour"] for worker in workers), key=_WORST.index, default="red"),
        "reasons": sorted({reason for worker in workers for reason in worker["reasons"]}),
        "workers": list(workers),
    }
