"""Named places where a test kills the process. Inert unless ``TAGYARD_FAIL_AT`` names one when the process starts."""

from __future__ import annotations

import os
import signal
from typing import Final

NAMES = (
    "after_claim",
    "after_insert",
    "after_commit",
    "before_confirm",
    "after_confirm",
    "after_reply",
    "after_lease",
    "after_send",
    "before_settle",
    "mid_checkpoint",
    "mid_adopt",
    "mid_unlink",
)

_FAIL_AT: Final = os.environ.get("TAGYARD_FAIL_AT")

ARMED: Final = _FAIL_AT is not None
"""Whether any place was named, for those that every event comes by."""


def failpoint(name: str) -> None:
    """Dies here by SIGKILL, if this is the place that was named: no handler runs, nothing is flushed."""
    if name == _FAIL_AT:
        os.kill(os.getpid(), signal.SIGKILL)
