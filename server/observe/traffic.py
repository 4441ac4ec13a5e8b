"""What went to one destination of one tag, and how that ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from core.types import Delivered, Rejected
from server.delivery import OUTCOMES, Attempt
from server.observe.durations import AGE, EXCHANGE, Durations
from server.observe.metric import Section, counter, histogram
from server.outbox.row import Row

AT: Final = ("tag", "destination")
"""The labels of whatever is told of a destination."""

DELIVERED: Final = "delivered"
RETRIED: Final = "retried"
REJECTED: Final = "rejected"

NO_ANSWER: Final = "none"
"""In place of a status."""


@dataclass(slots=True, eq=False)
class Traffic:
    """A table of counters, kept by tag and destination."""

    outcomes: Counter[str] = counter(
        Section.DELIVERIES,
        "tagyard_deliveries_total",
        (*AT, "outcome"),
        "Events that were sent, by what came of it: delivered, retried or rejected. A retried one counts each time.",
    )
    statuses: Counter[str] = counter(
        Section.DELIVERIES,
        "tagyard_delivery_attempts_total",
        (*AT, "status"),
        "Exchanges with a destination, by the answer's status; none where there was no answer.",
    )
    took: Durations = histogram(
        Section.DELIVERIES, "tagyard_delivery_attempt_seconds", AT, "How long an exchange took.", EXCHANGE
    )
    ages: Durations = histogram(
        Section.DELIVERIES,
        "tagyard_delivery_age_seconds",
        AT,
        "Of events that were delivered: the time from the request to the destination's answer.",
        AGE,
    )

    def attempted(self, attempt: Attempt) -> None:
        """One exchange, whatever came of it."""
        self.statuses[str(attempt.response.status) if attempt.response else NO_ANSWER] += 1
        self.took.add(attempt.took)
        arrived = attempt.now + attempt.took
        if isinstance(attempt.outcomes, Delivered):
            self.outcomes[DELIVERED] += len(attempt.rows)
            for row in attempt.rows:
                self._delivered(row, arrived)
            return
        for index, row in enumerate(attempt.rows):
            word = outcome_word(attempt, index)
            self.outcomes[word] += 1
            if word == DELIVERED:
                self._delivered(row, arrived)

    def _delivered(self, row: Row, arrived: int) -> None:
        age = arrived - row.payload.received_at
        self.ages.add(age if age > 0 else 0)


def outcome_word(attempt: Attempt, index: int) -> str:
    """What became of the row of this index, as a word to count by. Rows that were refused together are tried again in halves."""
    outcome = attempt.outcome(index)
    if isinstance(outcome, Delivered):
        return DELIVERED
    if not isinstance(outcome, Rejected):
        return RETRIED
    final = len(attempt.rows) == 1 or outcome.of_all or not isinstance(attempt.outcomes, OUTCOMES)
    return REJECTED if final else RETRIED
