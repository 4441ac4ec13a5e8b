"""What went to one destination of one tag, and how that ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from core.types import Delivered, Outcome, Rejected
from server.delivery import Attempt
from server.observe.durations import AGE, EXCHANGE, Durations

DELIVERED: Final = "delivered"
RETRIED: Final = "retried"
REJECTED: Final = "rejected"

NO_ANSWER: Final = "none"
"""In place of a status."""


class Traffic:
    """``outcomes`` counts events, ``statuses`` and ``took`` exchanges, ``ages`` delivered events."""

    __slots__ = ("ages", "outcomes", "statuses", "took")

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.took = Durations(EXCHANGE)
        self.ages = Durations(AGE)

    def attempted(self, attempt: Attempt) -> None:
        """One exchange, whatever came of it."""
        self.statuses[str(attempt.response.status) if attempt.response else NO_ANSWER] += 1
        self.took.add(attempt.took)
        self._judged(attempt.outcomes, len(attempt.rows))
        arrived = attempt.now + attempt.took
        for index, row in enumerate(attempt.rows):
            if isinstance(attempt.outcome(index), Delivered):
                self.ages.add(max(0, arrived - row.payload.received_at))

    def _judged(self, outcomes: Outcome | Sequence[Outcome], rows: int) -> None:
        """Rows that were refused together are tried again, each alone."""
        if isinstance(outcomes, Sequence):
            for outcome in outcomes:
                self.outcomes[_word(outcome)] += 1
        else:
            word = _word(outcomes)
            self.outcomes[RETRIED if word == REJECTED and rows > 1 else word] += rows


def _word(outcome: Outcome) -> str:
    if isinstance(outcome, Delivered):
        return DELIVERED
    return REJECTED if isinstance(outcome, Rejected) else RETRIED
