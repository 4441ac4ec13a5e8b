"""A tag as the container runs it: when it fires, what it is shown, and the verdict on one event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from core.component import ParameterSettings, Tag, TagSettings, Transformation
from core.context import Context, Matcher
from core.expressions.values import text_of
from core.failure import Failure
from core.fields import Condition, Template
from core.frozen import frozen
from core.parts import changed_parameters
from core.paths import compile_paths, put
from core.triggers import ALL
from core.types import Event, HeldBack, Payload, Skip

Redacted: TypeAlias = tuple[tuple[str, str], ...]
"""Transformations that are counted, each with the name of a parameter that it has changed."""


@frozen
class Verdict:
    """One tag's answer to one event: ``payload`` where it fired, else ``held``; the ``reason`` either way.

    ``event`` is the event as the tag saw it, where it got that far; ``redacted`` what redaction has changed of it before.
    """

    tag: str
    reason: str | Failure
    held: HeldBack | None = None
    event: Event | None = None
    payload: Payload | None = None
    redacted: Redacted = ()

    @property
    def why(self) -> str:
        """The reason in words."""
        return self.reason.words if isinstance(self.reason, Failure) else self.reason


Change: TypeAlias = Callable[[Event, Context], Event]


@dataclass(frozen=True, slots=True)
class Step:
    """One transformation of a tag. ``counted``: it is counted which parameters it changes."""

    name: str
    transformation: Transformation
    when: Condition | None = None
    counted: bool = False
    apply: Change = field(init=False, repr=False, compare=False)
    """The event after this step; untouched where its condition does not hold."""

    def __post_init__(self) -> None:
        change = self.transformation.apply
        object.__setattr__(self, "apply", change if self.when is None else _on_condition(self.when, change))


def _on_condition(when: Condition, change: Change) -> Change:
    return lambda event, context: change(event, context) if when.holds(context.on(event)) else event


Transformed: TypeAlias = tuple[Event, Redacted]
"""The event after a tag's transformations, and what redaction has changed of it."""

_NOTHING: Redacted = ()

Finish: TypeAlias = Change
"""A tag's own last change to the event: its event name or its parameters."""


@dataclass(frozen=True, slots=True)
class TagPlan:
    """A tag with everything that decides over it. Tags with the same steps have the same ``chain`` and share results."""

    name: str
    tag: Tag
    triggers: Sequence[str]
    exceptions: Sequence[str]
    consent: Sequence[str]
    paused: bool
    chain: int
    steps: Sequence[Step]
    finish: Sequence[Finish]
    untriggered: Verdict
    """What it says of every event that no trigger matches."""
    fired: str = ""
    """Why it fires where its first trigger is the one that matches every event, and so need not be asked."""
    names: frozenset[str] | None = None
    """The only event names that its triggers may match, so that they need not be asked of others; None: any."""

    def judge(self, context: Context, matchers: Mapping[str, Matcher], seen: dict[int, Transformed]) -> Verdict:
        """The verdict on one event. ``seen`` keeps each chain's result for the other tags."""
        if self.paused:
            return Verdict(self.name, "the tag is paused", HeldBack.PAUSED)
        fired = self.fired
        if not fired:
            if self.names is not None:
                event_name = context.original.get("event_name")
                if not isinstance(event_name, str) or event_name not in self.names:
                    return self.untriggered
            trigger = context.first(self.triggers, matchers)
            if trigger is None:
                return self.untriggered
            fired = f"trigger {trigger}"
        if self.exceptions and (exception := context.first(self.exceptions, matchers)) is not None:
            return Verdict(self.name, f"exception {exception}", HeldBack.EXCEPTION)
        for kind in self.consent:
            state = context.consent.get(kind, "unset")
            if state != "granted":
                return Verdict(self.name, f"consent {kind} is {state}", HeldBack.CONSENT)
        return self.fire(fired, context, seen)

    def fire(self, why: str, context: Context, seen: dict[int, Transformed]) -> Verdict:
        """Transforms and maps the event, for this reason. A failing step holds the tag back: nothing unfiltered leaves."""
        event, redacted = context.original, _NOTHING
        step: Step | None = None
        try:
            if self.chain in seen:
                event, redacted = seen[self.chain]
            else:
                for step in self.steps:
                    before, event = event, step.apply(event, context)
                    if step.counted and event is not before:
                        redacted += tuple([(step.name, name) for name in changed_parameters(before, event)])
                seen[self.chain], step = (event, redacted), None
            for finish in self.finish:
                event = finish(event, context)
            mapped = self.tag.map(event, context)
        except Exception as error:  # a component's fault harms neither the other tags nor the reply
            kind = type(error).__name__
            failure = Failure("transformation", step.name, kind) if step else Failure("tag", self.name, kind)
            return Verdict(self.name, failure, HeldBack.FAILED)
        if isinstance(mapped, Skip):
            return Verdict(self.name, mapped.why, mapped.held, event, None, redacted)
        return Verdict(self.name, why, None, event, mapped, redacted)


def plan_tag(
    name: str,
    tag: Tag,
    settings: TagSettings,
    steps: Sequence[Step],
    chain: int,
    names: frozenset[str] | None = None,
) -> TagPlan:
    """The plan of one tag. A tag class with ``filters_parameters = True`` applies ``parameters`` itself, in ``map``."""
    finish = [_renaming(settings.event_name)] if settings.event_name is not None else []
    if not tag.filters_parameters:
        finish += _parameter_filters(settings.parameters)
    return TagPlan(
        name=name,
        tag=tag,
        triggers=tuple(settings.triggers),
        exceptions=tuple(settings.exceptions),
        consent=tuple(settings.consent),
        paused=settings.paused,
        chain=chain,
        steps=tuple(steps),
        finish=tuple(finish),
        untriggered=Verdict(name, f"no trigger matched ({', '.join(settings.triggers)})", HeldBack.TRIGGER),
        fired=f"trigger {ALL}" if settings.triggers[:1] == [ALL] else "",
        names=names,
    )


def _renaming(names: Template | Mapping[str, Template]) -> Finish:
    def rename(event: Event, context: Context) -> Event:
        old = event.get("event_name")
        template = names if isinstance(names, Template) else names.get(old) if isinstance(old, str) else None
        new = text_of(template.evaluate(context.on(event))) if template else None
        return event if new is None or new == old else {**event, "event_name": new}

    return rename


def _parameter_filters(settings: ParameterSettings) -> list[Finish]:
    if settings.include == "all" and not settings.exclude and not settings.set:
        return []
    listed = settings.include if isinstance(settings.include, list) else []
    kept = None if settings.include == "all" else compile_paths(["event_name", *listed])
    dropped = compile_paths(settings.exclude)

    def filtered(event: Event, context: Context) -> Event:
        scope = context.on(event)
        values = {path: template.evaluate(scope) for path, template in settings.set.items()}
        event = dropped.remove(kept.keep(event) if kept else event)
        for path, value in values.items():
            event = put(event, path, value)
        return event

    return [filtered]
