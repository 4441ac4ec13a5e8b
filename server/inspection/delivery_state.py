"""Where the deliveries of a recorded request stand, in one word each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.types import Delivered
from core.unclaimed import in_words, nearest, reasons
from server.delivery import Attempt, RowEnd
from server.observe import Record

NOTHING: Final = "nothing"
_BY_URGENCY = ("refused", "dead", "failed", "waiting", "not sent", "delivered", "duplicate")


def attempts_of(record: Record, tag: str, position: int) -> list[tuple[Attempt, int]]:
    """The attempts that carried this event to this tag, each with the row's index in it."""
    group = record.request.id
    return [
        (attempt, index)
        for attempt in record.attempts
        if attempt.tag == tag
        for index, row in enumerate(attempt.rows)
        if row.payload.group == group and row.payload.position == position
    ]


def delivery_state(record: Record, tag: str, position: int, dry_run: bool) -> tuple[str, str]:
    """The word and the reason, for an event that fired the tag."""
    if record.refused:
        return "refused", record.refused
    if any(each.tag == tag and each.payload.position == position for each in record.suppressed):
        return "duplicate", "an event with the same key was sent before"
    if dry_run:
        return "not sent", "this is a dry run"
    made = attempts_of(record, tag, position)
    if made and isinstance(made[-1][0].outcome(made[-1][1]), Delivered):
        return "delivered", ""
    settled = record.settled.get((tag, position))
    if settled is None:
        return "waiting", ""
    return ("dead" if settled.end is RowEnd.DEAD else "failed" if made else "waiting"), settled.why


def record_state(record: Record, dry_run: bool) -> tuple[str, str]:
    """The state of the whole request: that of the delivery which needs looking after most."""
    if record.run.client is None:
        return ("probe", "") if record.run.probe else ("unclaimed", in_words(nearest(reasons(record.run))))
    states = [
        delivery_state(record, verdict.tag, position, dry_run)
        for position, event in enumerate(record.run.events)
        for verdict in event.verdicts
        if verdict.payload is not None
    ]
    return most_urgent(states)


def most_urgent(states: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """The one to look at first; ``nothing`` where there are none."""
    return min(states, key=lambda state: _BY_URGENCY.index(state[0]), default=(NOTHING, ""))
