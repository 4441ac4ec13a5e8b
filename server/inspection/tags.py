"""The tags of one event: each in a line that says what became of it and why, and one of them in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, TypedDict

from core.trace import EventTrace, TagTrace
from core.types import HeldBack
from server.inspection.delivery_state import attempts_of, delivery_state, rows_of
from server.inspection.look import Look
from server.inspection.outgoing import Outgoing, ShownMessage
from server.inspection.present import duration, moment
from server.inspection.reasons import DecidedPart, Reasons, TagReasons, TriggerReason


class LastAnswer(TypedDict):
    """What came back last: ``status`` is None where nobody answered, ``text`` the beginning of the answer in one line."""

    status: int | None
    took: str
    attempts: int
    text: str


class TagLine(TypedDict):
    """A tag: its state in a word, and why, in a sentence. ``next`` is when it is tried again."""

    tag: str
    type: str
    fired: bool
    held: HeldBack | None
    state: str
    state_why: str
    why: str
    because: str
    answer: LastAnswer | None
    next: str | None


class OpenTag(TypedDict):
    """A tag in full. ``sharing`` are the tags whose transformations are the same, so that what they change is told once."""

    reasons: TagReasons
    messages: list[ShownMessage]
    sharing: list[str]
    state_why: str


class TagsShown(TypedDict):
    """``exceptions`` are those of the whole container; ``open`` is the tag that was asked for, where there is such a tag."""

    exceptions: list[TriggerReason]
    lines: list[TagLine]
    open: OpenTag | None


_LONGEST: Final = 160
"""Characters of an answer, or of a reason, in a line."""


def tags(look: Look, position: int, traced: EventTrace, tag: str) -> TagsShown:
    """The tags of the event at this place, and this one in full."""
    reasons = Reasons(look.serving.settings, look.privacy)
    told = [reasons.tag(each if each.tag == tag else replace(each, steps=())) for each in traced.tags]
    opened = next((each for each in told if each["tag"] == tag), None)
    return {
        "exceptions": reasons.triggers(traced.exceptions),
        "lines": [_line(look, position, each) for each in told],
        "open": _opened(look, position, traced.tags, opened) if opened else None,
    }


def _line(look: Look, position: int, tag: TagReasons) -> TagLine:
    state, why = state_of(look, tag["tag"], position, fired=tag["fired"])
    due = [row.due_at for row in rows_of(look.record, tag["tag"], position) if row.due_at]
    return {
        "tag": tag["tag"],
        "type": tag["type"],
        "fired": tag["fired"],
        "held": tag["held"],
        "state": state,
        "state_why": why[:_LONGEST],
        "why": tag["why"][:_LONGEST],
        "because": because(tag)[:_LONGEST],
        "answer": _answer(look, position, tag["tag"]) if tag["fired"] else None,
        "next": moment(min(due)) if due and state in ("failed", "waiting") else None,
    }


def state_of(look: Look, tag: str, position: int, *, fired: bool) -> tuple[str, str]:
    """Where the delivery of an event stands, in a word, and why."""
    state, why = delivery_state(look.record, tag, position, look.dry) if fired else ("held", "")
    return state, look.privacy.text(why)


def _answer(look: Look, position: int, tag: str) -> LastAnswer | None:
    made = attempts_of(look.record, tag, position)
    if not made:
        return None
    last, index = made[-1]
    body = last.response.body[: 4 * _LONGEST].decode("utf-8", "replace") if last.response else ""
    return {
        "status": last.response.status if last.response else None,
        "took": duration(last.took),
        "attempts": last.rows[index].attempts,
        "text": " ".join(look.privacy.text(body).split())[:_LONGEST],
    }


def _opened(look: Look, position: int, traced: Sequence[TagTrace], tag: TagReasons) -> OpenTag:
    _, why = state_of(look, tag["tag"], position, fired=tag["fired"])
    chains = {each.tag: _chain(each) for each in traced}
    mine = chains[tag["tag"]]
    return {
        "reasons": tag,
        "messages": list(messages(look, position, tag["tag"])),
        "sharing": [name for name, chain in chains.items() if mine and chain == mine and name != tag["tag"]],
        "state_why": why,
    }


def messages(look: Look, position: int, tag: str) -> Iterator[ShownMessage]:
    """The tag's messages that carry this event; one that could not be packed carries none, and is told with each."""
    for each in Outgoing(look.serving, look.record, look.privacy).messages(tag):
        if position + 1 in each["events"] or not each["events"]:
            yield each


def _chain(tag: TagTrace) -> tuple[str, ...]:
    """The transformations that it went through, its own settings left out."""
    return tuple(step.name for step in tag.steps if not step.own)


def because(tag: TagReasons) -> str:
    """The part of a condition that decided, with what it looked at; empty where the reason says all."""
    if tag["held"] is HeldBack.TRIGGER:
        nearest = min(tag["triggers"], key=lambda each: sum(not part["holds"] for part in each["parts"]), default=None)
        return _part(nearest["parts"], holds=False) if nearest else ""
    if tag["held"] is HeldBack.EXCEPTION:
        decided = next((each for each in tag["exceptions"] if each["decided"]), None)
        return _part(decided["parts"], holds=True) if decided else ""
    return ""


def _part(parts: Sequence[DecidedPart], *, holds: bool) -> str:
    """The first that came out so, or what in it did."""
    found = next((part for part in parts if part["holds"] is holds), None)
    if found is None:
        return ""
    inner = _part(found["children"], holds=holds)
    if inner:
        return inner
    values = ", ".join(f"{each['source']} is {each['value']['text'] or 'empty'}" for each in found["values"])
    return f"{found['source']}: {values}" if values else found["source"]
