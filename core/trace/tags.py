"""Every reason that a tag had to fire on one event or not, and what its steps made of the event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from core.context import Context
from core.deduplication import Rule, first_match
from core.expressions.values import text_of
from core.tagplan import Finish, Step, TagPlan, Verdict
from core.trace.records import ConsentNeed, DeduplicationTrace, StepTrace, TagTrace
from core.trace.triggers import Triggers, conditions
from core.types import Event, HeldBack

OWN = "the tag's own settings"
"""The name of the step in which a tag renames the event and filters its parameters."""

_BEFORE_STEPS = frozenset({HeldBack.PAUSED, HeldBack.TRIGGER, HeldBack.EXCEPTION, HeldBack.CONSENT})


def trace_tag(
    plan: TagPlan, verdict: Verdict, context: Context, triggers: Triggers, rules: Sequence[Rule], excepted: bool
) -> TagTrace:
    """The tag whose verdict this is. ``excepted``: an exception of the whole container spoke before any tag was asked."""
    asked = not excepted and not plan.paused
    return TagTrace(
        verdict=verdict,
        paused=plan.paused,
        triggers=triggers.named(plan.triggers, asked),
        exceptions=triggers.named(plan.exceptions, asked and triggers.first(plan.triggers) is not None),
        consent=tuple(_need(kind, context) for kind in plan.consent),
        steps=() if verdict.held in _BEFORE_STEPS else tuple(_steps(plan, context)),
        deduplication=_deduplication(rules, context, triggers) if verdict.payload else None,
    )


def _need(kind: str, context: Context) -> ConsentNeed:
    state = context.consent.get(kind, "unset")
    return ConsentNeed(kind, state, state == "granted")


def _steps(plan: TagPlan, context: Context) -> Iterator[StepTrace]:
    """Up to the first that fails, as the container goes."""
    event: Event | None = context.original
    for step in plan.steps:
        if event is not None:
            yield (traced := _step(step, event, context))
            event = traced.after
    if event is not None and plan.finish:
        after, failed = _attempted(lambda event: _finished(plan.finish, event, context), event)
        yield StepTrace(OWN, (), not failed, event, after, failed, own=True)


def _step(step: Step, event: Event, context: Context) -> StepTrace:
    when = tuple(conditions(step.when, context.on(event)))
    if not all(part.holds for part in when):
        return StepTrace(step.name, when, False, event, event)
    after, failed = _attempted(lambda event: step.transformation.apply(event, context), event)
    return StepTrace(step.name, when, not failed, event, after, failed)


def _attempted(change: Callable[[Event], Event], event: Event) -> tuple[Event | None, str]:
    """The event afterwards, or None and the type of what was raised."""
    try:
        return change(event), ""
    except Exception as error:  # whatever a component does wrong held the tag back, and is told here
        return None, type(error).__name__


def _finished(finish: Sequence[Finish], event: Event, context: Context) -> Event:
    for change in finish:
        event = change(event, context)
    return event


def _deduplication(rules: Sequence[Rule], context: Context, triggers: Triggers) -> DeduplicationTrace | None:
    rule = first_match(rules, triggers.first)
    trigger = triggers.first(rule.triggers) if rule else None
    if rule is None or trigger is None:
        return None
    key = text_of(rule.key.evaluate(context.on(context.original)))
    return DeduplicationTrace(rule.name, trigger, key or None, rule.window)
