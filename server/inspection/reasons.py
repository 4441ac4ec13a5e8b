"""Why each tag fired or did not, as pages show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from config import Settings
from core.expressions import Decided
from core.trace import ConsentTrace, EventTrace, StepTrace, TagTrace, TriggerTrace
from core.types import HeldBack
from core.undefined import UNDEFINED
from server.explain.explanation import Change, changes
from server.inspection.present import ShownValue, value
from server.inspection.privacy import Privacy, place_of


class LookedAt(TypedDict):
    """A value that a condition looked at, by the name it has there."""

    source: str
    value: ShownValue


class DecidedPart(TypedDict):
    """A part of a condition, and what it came to. ``note`` tells of what could not be compared."""

    source: str
    holds: bool
    values: list[LookedAt]
    note: str
    children: list[DecidedPart]


class TriggerReason(TypedDict):
    """Whether a trigger matched, and whether the container went by it (``decided``) of all that the tag names."""

    name: str
    matched: bool
    decided: bool
    parts: list[DecidedPart]


class ConsentState(TypedDict):
    """What the visitor said of one type, and where that was read."""

    type: str
    state: str
    words: str


class ConsentNeed(TypedDict):
    """A type that a tag needs."""

    type: str
    state: str
    suffices: bool


class ChangedValue(TypedDict):
    """What a transformation did to one value."""

    path: str
    before: ShownValue
    after: ShownValue


class StepReason(TypedDict):
    """A transformation, and what it did. ``own``: the tag's own parameters, which have no ``type``."""

    name: str
    type: str
    applied: bool
    failed: str
    own: bool
    when: list[DecidedPart]
    changes: list[ChangedValue]


class Deduplicated(TypedDict):
    """The rule by which an event is taken for one that was there before."""

    rule: str
    trigger: str
    key: str


class TagReasons(TypedDict):
    """One tag's verdict on an event, and everything that led to it."""

    tag: str
    type: str
    note: str | None
    fired: bool
    held: HeldBack | None
    why: str
    paused: bool
    triggers: list[TriggerReason]
    exceptions: list[TriggerReason]
    consent: list[ConsentNeed]
    steps: list[StepReason]
    deduplication: Deduplicated | None


class EventValue(TypedDict):
    """One parameter of an event."""

    key: str
    value: ShownValue


class EventReasons(TypedDict):
    """An event without its tags."""

    name: str
    data: list[EventValue]
    consent: list[ConsentState]
    exceptions: list[TriggerReason]


class Reasons:
    """Tells of traces under one configuration's names and one request's masks."""

    def __init__(self, settings: Settings, privacy: Privacy) -> None:
        self._settings = settings
        self._privacy = privacy

    def event(self, event: EventTrace) -> EventReasons:
        """An event without its tags."""
        data = self._privacy.value(event.event)
        return {
            "name": str(data.get("event_name", "")),
            "data": [{"key": key, "value": value(item)} for key, item in data.items()],
            "consent": [_consent(kind, state) for kind, state in event.consent.items()],
            "exceptions": self.triggers(event.exceptions),
        }

    def tag(self, tag: TagTrace) -> TagReasons:
        """One tag's verdict on an event, and everything that led to it."""
        configured = self._settings.tags[tag.tag]
        return {
            "tag": tag.tag,
            "type": configured.type,
            "note": configured.settings.note,
            "fired": tag.fired,
            "held": tag.verdict.held,
            "why": self._privacy.text(tag.verdict.why),
            "paused": tag.paused,
            "triggers": self.triggers(tag.triggers),
            "exceptions": self.triggers(tag.exceptions),
            "consent": [{"type": need.type, "state": need.state, "suffices": need.suffices} for need in tag.consent],
            "steps": [self._step(step) for step in tag.steps],
            "deduplication": self._deduplication(tag),
        }

    def _deduplication(self, tag: TagTrace) -> Deduplicated | None:
        found = tag.deduplication
        return (
            None if found is None else {"rule": found.rule, "trigger": found.trigger, "key": self._privacy.text(found.key or "")}
        )

    def triggers(self, triggers: Iterable[TriggerTrace]) -> list[TriggerReason]:
        """Whether they matched, condition by condition."""
        return [
            {"name": each.name, "matched": each.matched, "decided": each.decided, "parts": list(map(self._decided, each.parts))}
            for each in triggers
        ]

    def _decided(self, part: Decided) -> DecidedPart:
        return {
            "source": self._privacy.text(part.source),
            "holds": part.holds,
            "values": [{"source": source, "value": value(self._value(source, found))} for source, found in part.values],
            "note": part.note,
            "children": list(map(self._decided, part.children)),
        }

    def _value(self, source: str, found: Any) -> Any:
        """A value that a condition looked at; its place is known by how the condition names it."""
        if found is UNDEFINED:
            return found
        return self._privacy.mask_of(source) or self._privacy.value(found, place_of(source))

    def _step(self, step: StepTrace) -> StepReason:
        configured = self._settings.transformations.get(step.name)
        different = changes(step.before, step.after) if step.after is not None else ()
        return {
            "name": step.name,
            "type": configured.type if configured and not step.own else "",
            "applied": step.applied,
            "failed": step.failed,
            "own": step.own,
            "when": list(map(self._decided, step.when)),
            "changes": list(map(self._change, different)),
        }

    def _change(self, change: Change) -> ChangedValue:
        before, after = (
            each if each is UNDEFINED else self._privacy.value(each, change.path) for each in (change.before, change.after)
        )
        return {"path": self._privacy.text(change.path), "before": value(before), "after": value(after)}


def _consent(kind: str, trace: ConsentTrace) -> ConsentState:
    return {"type": kind, "state": trace.state, "words": trace.words}
