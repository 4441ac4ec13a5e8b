"""One small mark for each tag of a request: what it did, or what kept it from doing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypedDict

from core.tagplan import Verdict
from core.types import HeldBack
from server.inspection.delivery_state import delivery_state
from server.observe import Record

MOST: Final = 10
"""Marks of one request that are shown: of more, those that need looking after most."""


class Mark(TypedDict):
    """``mark`` is one of ``MEANING``; the ``words`` begin with what it means and end with the reason.

    ``slot`` is the tag's place among all tags, from 1: the same in each row. It is 0 where there are too many of them.
    """

    tag: str
    slot: int
    mark: str
    words: str


MEANING: Final = {
    "failed": "failed",
    "waiting": "waiting",
    "dry": "not sent",
    "sent": "sent",
    "duplicate": "duplicate",
    "held": "held back",
}
"""The marks and what each means, the one to look at first before the others."""

_URGENCY: Final = tuple(MEANING)

_DELIVERY: Final = {
    "refused": ("failed", "failed, refused"),
    "dead": ("failed", "failed, given up"),
    "failed": ("failed", "failed, is tried again"),
    "waiting": ("waiting", "waiting"),
    "not sent": ("dry", "not sent"),
    "delivered": ("sent", "sent"),
    "duplicate": ("duplicate", "duplicate"),
}


def marks_of(record: Record) -> list[Mark]:
    """The marks in the order of the file, of several events' the most urgent. A tag that no trigger called upon has none."""
    marks: dict[int, Mark] = {}
    for position, event in enumerate(record.run.events):
        for place, mark in _of_event(record, position, event.verdicts):
            if place not in marks or _urgency(mark) < _urgency(marks[place]):
                marks[place] = mark
    return [marks[place] for place in sorted(marks)]


def most_urgent_marks(marks: list[Mark]) -> list[Mark]:
    """Not more than ``MOST`` of them, in their order."""
    if len(marks) <= MOST:
        return marks
    urgent = sorted(range(len(marks)), key=lambda at: _urgency(marks[at]))[:MOST]
    return [marks[at] for at in sorted(urgent)]


def _of_event(record: Record, position: int, verdicts: tuple[Verdict, ...]) -> Iterator[tuple[int, Mark]]:
    for place, verdict in enumerate(verdicts, 1):
        if verdict.held is not HeldBack.TRIGGER:
            mark, words = _told(record, position, verdict)
            slot = place if len(verdicts) <= MOST else 0
            yield place, {"tag": verdict.tag, "slot": slot, "mark": mark, "words": words}


def _told(record: Record, position: int, verdict: Verdict) -> tuple[str, str]:
    if verdict.payload is None:
        return "failed" if verdict.held is HeldBack.FAILED else "held", f"held back: {verdict.why}"
    state, why = delivery_state(record, verdict.tag, position, record.serving.dry_run)
    mark, word = _DELIVERY[state]
    return mark, f"{word}: {why}" if why else word


def _urgency(mark: Mark) -> int:
    return _URGENCY.index(mark["mark"])
