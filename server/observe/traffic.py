"""What went to one destination of one tag, and how that ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from core.types import Delivered, Rejected
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
        arrived = attempt.now + attempt.took
        for index, row in enumerate(attempt.rows):
            word = outcome_word(attempt, index)
            self.outcomes[word] += 1
            if word == DELIVERED:
                self.ages.add(max(0, arrived - row.payload.received_at))


def outcome_word(attempt: Attempt, index: int) -> str:
    """What became of the row of this index, as a word to count by. Rows that were refused together are tried again alone."""
    outcome = attempt.outcome(index)
    if isinstance(outcome, Delivered):
        return DELIVERED
    alone = len(attempt.rows) == 1 or isinstance(attempt.outcomes, Sequence)
    return REJECTED if alone and isinstance(outcome, Rejected) else RETRIED
