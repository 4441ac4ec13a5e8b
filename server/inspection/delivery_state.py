"""Where the deliveries of a recorded request stand, in one word each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.types import Delivered, Outcome
from core.unclaimed import in_words, nearest, reasons
from server.delivery import Attempt, RowEnd, Settled
from server.observe import Record
from server.observe.recorder import Standing
from server.outbox.row import named_row

NOTHING: Final = "nothing"
_BY_URGENCY = ("refused", "dead", "failed", "waiting", "not sent", "delivered", "duplicate")
_NOTHING_KNOWN: Final = Standing()


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


@dataclass(frozen=True, slots=True)
class RowState:
    """One row of an event for a tag; ``name`` is known of what waits or was given up. ``again``: an operator had it sent."""

    id: int
    name: str
    state: str
    why: str = ""
    due_at: int = 0
    again: bool = False


def rows_of(record: Record, tag: str, position: int) -> list[RowState]:
    """The rows that carry this event to this tag, the first before those that an operator had sent besides.

    What has neither left nor come back yet is known by nothing: of the first row there is an entry all the same.
    """
    standing = record.standing.get((tag, position), _NOTHING_KNOWN)
    made = {attempt.rows[index].id: attempt.outcome(index) for attempt, index in attempts_of(record, tag, position)}
    told = list(standing.settled.values())  # the event loop may add to them meanwhile
    settled = {parts[1]: each for each in told if (parts := named_row(each.row))}
    ids = sorted({*made, *settled, *standing.delivered, *standing.again})
    rows = [_row(id, made.get(id), settled.get(id), standing) for id in ids]
    return rows if any(not row.again for row in rows) else [RowState(0, "", "waiting"), *rows]


def _row(id: int, outcome: Outcome | None, settled: Settled | None, standing: Standing) -> RowState:
    again = id in standing.again
    if isinstance(outcome, Delivered) or (outcome is None and id in standing.delivered):
        return RowState(id, "", "delivered", again=again)
    if settled is None:
        return RowState(id, "", "waiting", again=again)
    state = "dead" if settled.end is RowEnd.DEAD else "waiting" if outcome is None else "failed"
    return RowState(id, settled.row, state, settled.why, settled.due_at, again)


def delivery_state(record: Record, tag: str, position: int, dry_run: bool) -> tuple[str, str]:
    """The word and the reason, for an event that fired the tag."""
    if record.refused:
        return "refused", record.refused
    if any(each.tag == tag and each.payload.position == position for each in record.suppressed):
        return "duplicate", "an event with the same key was sent before"
    if dry_run:
        return "not sent", "this is a dry run"
    return most_urgent((row.state, row.why) for row in rows_of(record, tag, position))


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
