"""Whether a destination refuses the credential that a tag shows it, or is as useless for another reason: an operator must act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.types import Outcome, Retry

_REFUSING: Final = frozenset({401, 403, 407})


class Credential:
    """``refused`` says so in words, and is empty while events are taken."""

    def __init__(self) -> None:
        self.refused = ""

    def answered(self, status: int) -> None:
        """By the status alone."""
        self.refused = f"refuses our credential: HTTP {status}" if status in _REFUSING else ""

    def judged(self, outcomes: Outcome | Sequence[Outcome]) -> None:
        """By what a tag has read in the answer: a vendor may refuse it by a status that says nothing of it."""
        for outcome in outcomes if isinstance(outcomes, Sequence) else (outcomes,):
            if isinstance(outcome, Retry) and outcome.credential:
                self.refused = f"refuses our credential: {outcome.why}"
            elif isinstance(outcome, Retry) and outcome.lasting:
                self.refused = f"takes nothing until somebody acts: {outcome.why}"
