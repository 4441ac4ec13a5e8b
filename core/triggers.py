"""Triggers: which events let a tag fire. They see the original event, before any transformation."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from core.context import Matcher, Scope
from core.fields import Condition, Many, every
from core.wildcard import wildcard

ALL = "all"
"""The trigger that is built in: it matches every event."""


class TriggerSettings(BaseModel):
    """What must be true of an event; a part left out is true of every event."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    event: Many[str] = Field([], description="Event names, any of them; `*` stands for any text.")
    client: Many[str] = Field([], description="Names of clients, any of them.")
    when: Condition | None = Field(None, description="Expressions that must all hold.")
    note: str | None = Field(None, description="Free text, for whoever reads the file or the debug page.")


def names_in(triggers: Iterable[TriggerSettings | None]) -> frozenset[str] | None:
    """The only event names that one of these triggers may match; None where some of them may match any, or a pattern.

    A trigger that is None is that which matches every event.
    """
    names: set[str] = set()
    for trigger in triggers:
        if trigger is None or not trigger.event or any("*" in name for name in trigger.event):
            return None
        names.update(trigger.event)
    return frozenset(names)


def always(scope: Scope) -> bool:  # noqa: ARG001  one of many matchers
    """The matcher of ``all``."""
    return True


def compile_trigger(settings: TriggerSettings) -> Matcher:
    """The trigger as one function; parts that were left out cost nothing."""
    parts = [part for part in (event_part(settings), client_part(settings)) if part]
    if settings.when:
        parts.append(settings.when.holds)
    return parts[0] if len(parts) == 1 else every(parts)


def event_part(settings: TriggerSettings) -> Matcher | None:
    """Whether the event has one of the names; None where any will do."""
    names = frozenset(name for name in settings.event if "*" not in name)
    wildcards = [wildcard(name) for name in settings.event if "*" in name]
    if not settings.event:
        return None

    def is_named(scope: Scope) -> bool:
        name = scope.event.get("event_name")
        return isinstance(name, str) and name in names

    def matches(scope: Scope) -> bool:
        name = scope.event.get("event_name")
        return isinstance(name, str) and (name in names or any(fits(name) for fits in wildcards))

    return matches if wildcards else is_named


def client_part(settings: TriggerSettings) -> Matcher | None:
    """Whether one of the clients claimed it; None where any will do."""
    names = frozenset(settings.client)
    return (lambda scope: scope.context.client in names) if names else None
