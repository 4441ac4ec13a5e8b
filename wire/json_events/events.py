"""From what a request says to its events, by the expressions of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from core.context import Scope
from core.expressions.values import json_text, scalar_text
from core.fields import Condition, Template
from core.types import Event, Finding
from core.undefined import UNDEFINED
from wire.json_events.data_tag import unwrapped
from wire.json_events.refused import RefusedError
from wire.limits import MOST_CHARACTERS, MOST_EVENTS, Limit

_LEFT_OUT: Final = "LEFT_OUT", "`when` does not hold."
_NO_OBJECT: Final = "NO_OBJECT", "This is no object."
_NO_NAME: Final = "NO_EVENT_NAME", "This has no event_name."
_NO_EVENTS: Final = "NO_EVENTS", "`events` has no value."


class Rules(Protocol):
    """What the file says of it."""

    @property
    def events(self) -> Template | None:
        """The objects that become events; None: the body, or each element of it."""

    @property
    def event_name(self) -> Template | None:
        """An event's name; None: as the object says."""

    @property
    def client_id(self) -> Template | None:
        """An event's client id; None: as the object says."""

    @property
    def parameters(self) -> dict[str, Template] | None:
        """An event's parameters; None: the object's keys."""

    @property
    def when(self) -> Condition | None:
        """What must hold of an object."""

    @property
    def id(self) -> Template | None:
        """What the sender knows the delivery by."""


@dataclass(slots=True)
class Made:
    """The events of a request, and why others are not among them."""

    events: list[Event] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def leave_out(self, at: int | None, why: tuple[str, str]) -> None:
        """Notes why one of the objects, or the whole request, is no event."""
        code, words = why
        self.findings.append(Finding("" if at is None else f"[{at}]", words, code))


class Maker:
    """Makes events by the rules of one client."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def make(self, scope: Scope, from_query: bool) -> Made:
        """The events of the request whose body this scope knows. Raises RefusedError where they are too many or too long."""
        made = Made()
        items = self._items(scope, made)
        if len(items) > MOST_EVENTS:
            raise _too_much(Limit.EVENTS)
        room = MOST_CHARACTERS
        for at, item in enumerate(items):
            event = self._event(scope.with_item(item, at), at if len(items) > 1 else None, made, from_query)
            if event is not None:
                room -= len(json_text(event) or "")
                if room < 0:
                    raise _too_much(Limit.GROWTH)
                made.events.append(event)
        _tell_apart(made.events if self._rules.id else [])
        return made

    def _items(self, scope: Scope, made: Made) -> Sequence[Any]:
        whole = self._rules.events.evaluate(scope) if self._rules.events else scope.context.body
        if whole is UNDEFINED or whole is None:
            made.leave_out(None, _NO_EVENTS)
            return ()
        return whole if isinstance(whole, list) else [whole]

    def _event(self, scope: Scope, at: int | None, made: Made, from_query: bool) -> Event | None:
        rules, item = self._rules, scope.item
        if not isinstance(item, dict):
            made.leave_out(at, _NO_OBJECT)
            return None
        if rules.when is not None and not rules.when.holds(scope):
            made.leave_out(at, _LEFT_OUT)
            return None
        said = unwrapped(item, from_query)
        event = said if rules.parameters is None else _evaluated(rules.parameters, scope)
        for name, template in (("event_name", rules.event_name), ("client_id", rules.client_id), ("event_id", rules.id)):
            own = event.get(name, said.get(name) if name != "event_id" else None)
            _set(event, name, own if template is None else template.evaluate(scope))
        if not event.get("event_name"):
            made.leave_out(at, _NO_NAME)
            return None
        return event


def _evaluated(parameters: dict[str, Template], scope: Scope) -> Event:
    pairs = ((name, template.evaluate(scope)) for name, template in parameters.items())
    return {name: value for name, value in pairs if value is not UNDEFINED}


def _set(event: Event, name: str, value: Any) -> None:
    """Sets what must be a text; what is none, and has none, is taken out."""
    text = scalar_text(value)
    if text:
        event[name] = text
    else:
        event.pop(name, None)


def _tell_apart(events: Sequence[Event]) -> None:
    """Events of one delivery have its id, from the second on with a number, or one would be taken for a repeat of another."""
    seen: dict[str, int] = {}
    for event in events:
        if (id := event.get("event_id")) is not None:
            seen[id] = seen.get(id, 0) + 1
            event["event_id"] = id if seen[id] == 1 else f"{id}.{seen[id]}"


def _too_much(limit: Limit) -> RefusedError:
    return RefusedError(413, limit.code, f"The request has {limit.words}.")
