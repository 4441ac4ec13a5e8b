"""One request under two configurations: everything that differs, down to single parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeAlias

from core.tagplan import Verdict
from core.undefined import UNDEFINED
from server.explain.explanation import Explanation, changes
from server.explain.messages import Message, messages

REQUEST = ""
"""In place of a tag: what is about the request itself."""

_INDEX = re.compile(r"(?:^|\.)\d+(?=\.|$)")
_NO_TAG = "there is no such tag"
_NO_EVENT = "there is no such event"


class How(StrEnum):
    """In which way something differs."""

    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"

    @property
    def word(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        return self.name.lower()

    @staticmethod
    def of(before: Any, after: Any, nothing: Any = UNDEFINED) -> How:
        """Of two that differ, one of which may be ``nothing``."""
        return How.ADDED if before is nothing else How.REMOVED if after is nothing else How.CHANGED


@dataclass(frozen=True, slots=True)
class DifferenceKind:
    """What differences have in common that are told together: the tag, what part, which of its names, and how.

    Of what is sent only now, or no more, the name is the reason why it was not, or is not.
    """

    tag: str
    part: str
    name: str
    how: How


@dataclass(frozen=True, slots=True)
class Difference:
    """``before`` and ``after`` are UNDEFINED where there is nothing to show."""

    kind: DifferenceKind
    before: Any = UNDEFINED
    after: Any = UNDEFINED


_ByEvent: TypeAlias = Mapping[tuple[str, int], Message]


def compare(old: Explanation, new: Explanation) -> Iterator[Difference]:
    """What differs, first about the request, then about what each tag does with each of its events."""
    yield from _told(REQUEST, "claimed by", old.run.client or "nobody", new.run.client or "nobody")
    yield from _told(REQUEST, "reply", str(old.reply.status), str(new.reply.status))
    sent, now_sent = _by_event(old), _by_event(new)
    verdicts, now_verdicts = _verdicts(old), _verdicts(new)
    for at in dict.fromkeys([*now_verdicts, *verdicts]):
        pair = _Half(old, sent.get(at), verdicts.get(at)), _Half(new, now_sent.get(at), now_verdicts.get(at))
        yield from map(_of_any_element, _at(at, *pair))


def compare_messages(old: Message, new: Message) -> Iterator[Difference]:
    """What a tag sends differently for one event, down to single parameters by their whole paths."""
    tag = new.tag
    yield from _value(tag, "method", "", old.method, new.method)
    yield from _value(tag, "url", "", old.place, new.place)
    for part, before, after in (("query", old.query, new.query), ("header", old.headers, new.headers)):
        for name in dict.fromkeys([*before, *after]):
            yield from _value(tag, part, name, before.get(name, UNDEFINED), after.get(name, UNDEFINED))
    if old.body != new.body:
        yield from _bodies(tag, old.value(), new.value())


def compare_keys(tag: str, old: Verdict | None, new: Verdict | None) -> Iterator[Difference]:
    """Whether and by which key the event counts only once: which of several is sent is not to be seen in one."""
    before, after = (verdict.payload.once if verdict and verdict.payload else None for verdict in (old, new))
    if before != after:
        yield Difference(DifferenceKind(tag, "deduplicate", "", How.of(before, after, None)))


def _of_any_element(difference: Difference) -> Difference:
    """The same, told of every element of a list alike."""
    kind = difference.kind
    return replace(difference, kind=replace(kind, name=_INDEX.sub("[]", kind.name))) if kind.part == "body" else difference


@dataclass(frozen=True, slots=True)
class _Half:
    """What one configuration makes of one event for one tag."""

    explanation: Explanation
    message: Message | None
    verdict: Verdict | None

    def silence(self, at: tuple[str, int]) -> str:
        """Why nothing is sent."""
        if self.verdict is not None:
            return self.verdict.why
        return _NO_TAG if len(self.explanation.run.events) > at[1] else _NO_EVENT


def _by_event(explanation: Explanation) -> _ByEvent:
    return {(message.tag, message.position): message for message in messages(explanation)}


def _verdicts(explanation: Explanation) -> Mapping[tuple[str, int], Verdict]:
    events = enumerate(explanation.run.events)
    return {(verdict.tag, position): verdict for position, run in events for verdict in run.verdicts}


def _told(tag: str, part: str, before: str, after: str) -> Iterator[Difference]:
    """Something of few words, told by both of its values."""
    if before != after:
        yield Difference(DifferenceKind(tag, part, f"{before} → {after}", How.CHANGED))


def _at(at: tuple[str, int], old: _Half, new: _Half) -> Iterator[Difference]:
    tag = at[0]
    if old.message and new.message:
        yield from compare_messages(old.message, new.message)
        yield from compare_keys(tag, old.verdict, new.verdict)
    elif new.message:
        yield Difference(DifferenceKind(tag, "sent", old.silence(at), How.ADDED), after=_summary(new.message))
    elif old.message:
        yield Difference(DifferenceKind(tag, "sent", new.silence(at), How.REMOVED), before=_summary(old.message))
    elif old.verdict and new.verdict:
        yield from _told(tag, "held back", old.verdict.why, new.verdict.why)


def _summary(message: Message) -> str:
    return f"{message} {message.query.get('en', '')}".strip()


def _bodies(tag: str, before: Any, after: Any) -> Iterator[Difference]:
    """Down to single values; two ways to write the same values differ as texts."""
    found = list(changes(before, after))
    for change in found:
        yield from _value(tag, "body", change.path, change.before, change.after)
    if not found:
        yield Difference(DifferenceKind(tag, "body", "as it is written", How.CHANGED))


def _value(tag: str, part: str, name: str, before: Any, after: Any) -> Iterator[Difference]:
    if before is not after and (before != after or type(before) is not type(after)):
        yield Difference(DifferenceKind(tag, part, name, How.of(before, after)), before, after)
