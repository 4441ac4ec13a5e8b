"""The triggers of a container on one event, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.container import Container
from core.context import Scope
from core.expressions import Decided, explain
from core.expressions.values import known
from core.fields import Condition
from core.trace.records import TriggerTrace
from core.triggers import ALL, TriggerSettings, client_part, event_part


class Triggers:
    """Each is looked at once per event, and only when somebody asks for it."""

    def __init__(self, container: Container, scope: Scope) -> None:
        self._container = container
        self._scope = scope
        self._traced: dict[str, TriggerTrace] = {}

    def named(self, names: Sequence[str], reached: bool = True) -> tuple[TriggerTrace, ...]:
        """These triggers; the first that matches is the one that decided, provided that the container ``reached`` them."""
        traced = [self._trace(name) for name in names]
        decisive = next((at for at, trace in enumerate(traced) if trace.matched), None) if reached else None
        return tuple(replace(trace, decided=at == decisive) for at, trace in enumerate(traced))

    def first(self, names: Sequence[str]) -> str | None:
        """The first of them that matches."""
        return next((name for name in names if self._trace(name).matched), None)

    def _trace(self, name: str) -> TriggerTrace:
        if name not in self._traced:
            settings = TriggerSettings() if name == ALL else self._container.trigger_settings.get(name)
            parts = _parts(settings, self._scope) if settings else ()
            self._traced[name] = TriggerTrace(name, self._container.triggers[name](self._scope), tuple(parts))
        return self._traced[name]


def conditions(when: Condition | None, scope: Scope) -> Iterator[Decided]:
    """Every expression of a ``when``, on the event of the scope."""
    for expression in when.expressions if when else ():
        yield explain(expression, scope)


def _parts(settings: TriggerSettings, scope: Scope) -> Sequence[Decided]:
    parts = [*_named_parts(settings, scope), *conditions(settings.when, scope)]
    return parts or [Decided("every event", True)]


def _named_parts(settings: TriggerSettings, scope: Scope) -> Iterator[Decided]:
    if matches := event_part(settings):
        name = known(scope.event.get("event_name"))
        note = "" if isinstance(name, str) else "the event has no name that is a text"
        yield Decided(f"event is {_any_of(settings.event)}", matches(scope), (("event.event_name", name),), note=note)
    if matches := client_part(settings):
        yield Decided(f"client is {_any_of(settings.client)}", matches(scope), (("client", scope.context.client),))


def _any_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"
