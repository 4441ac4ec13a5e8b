"""Sets, replaces or removes parameters."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, Field

from core.component import Setup, Transformation, TransformationExample, TransformationSettings
from core.context import Context, Scope
from core.elements import EVERY, misplaced, names_elements, put_in_elements
from core.expressions.names import OF_ELEMENTS, Evaluate
from core.expressions.values import LONGEST_LIST, text_of
from core.fields import KeyPath, Template
from core.settings import Steps
from core.types import Event
from core.undefined import UNDEFINED
from wire.ga4.custom import put_value
from wire.ga4.table import CUSTOM


def _settable(path: str) -> str:
    if misplaced(path):
        raise ValueError(f"{path} can't be set: `*` stands for every element of a list, and follows its name (items.*.price)")
    return path


class AugmentSettings(TransformationSettings):
    """Gives parameters new values. All values are worked out on the event as it was before this transformation.

    An undefined value removes the parameter. What is set in the elements of a list comes after all else.
    """

    parameters: dict[Annotated[KeyPath, AfterValidator(_settable)], Template] = Field(
        min_length=1,
        description="Names and values. `user_data.address.city` makes the objects it needs, `items.currency` is every item's. "
        "The value of `items.*.margin` is worked out for each item, which it reads as `item` (and `item_index`, from 0).",
    )

    order: ClassVar[int] = 10

    def sets(self) -> Collection[str]:
        return self.parameters

    def own_names(self, at: Steps) -> Collection[str]:
        return OF_ELEMENTS if at[:1] == ("parameters",) and names_elements(str(at[1])) else ()


class Augment(Transformation):
    """Sets, replaces or removes parameters."""

    Settings: ClassVar[type[TransformationSettings]] = AugmentSettings

    examples: ClassVar = [
        TransformationExample(
            title="A shop's name, and the page's language in lower case",
            settings={"parameters": {"shop": "main", "language": "{{ event.language | lower }}", "items.currency": "EUR"}},
            event={"event_name": "purchase", "language": "DE-de", "items": [{"item_id": "A"}, {"item_id": "B"}]},
            gives={
                "event_name": "purchase",
                "language": "de-de",
                "items": [{"item_id": "A", "currency": "EUR"}, {"item_id": "B", "currency": "EUR"}],
                "shop": "main",
            },
        ),
        TransformationExample(
            title="Two parameters change places, and an undefined value removes one",
            settings={
                "parameters": {"first": "{{ event.second }}", "second": "{{ event.first }}", "third": "{{ event.fourth }}"}
            },
            event={"event_name": "swap", "first": 1, "second": 2, "third": 3},
            gives={"event_name": "swap", "first": 2, "second": 1},
        ),
        TransformationExample(
            title="What each item earns, and its place in the list",
            settings={"parameters": {"items.*.margin": "{{ item.price * 0.3 }}", "items.*.index": "{{ item_index + 1 }}"}},
            event={"event_name": "purchase", "items": [{"item_id": "A", "price": 10}, {"item_id": "B"}]},
            gives={
                "event_name": "purchase",
                "items": [{"item_id": "A", "price": 10, "margin": 3.0, "index": 1}, {"item_id": "B", "index": 2}],
            },
        ),
    ]

    def __init__(self, settings: AugmentSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        rows = [(path, value.evaluate) for path, value in settings.parameters.items()]
        self._rows = [(path, evaluate) for path, evaluate in rows if not names_elements(path)]
        of_elements = [(path, evaluate) for path, evaluate in rows if names_elements(path)]
        # An element that a row takes out would move the others away from what they were before.
        self._of_elements = sorted(of_elements, key=lambda row: row[0].endswith(EVERY))
        self._plain = _OWN_RULES.isdisjoint(settings.parameters) and not any("." in path for path in settings.parameters)

    def apply(self, event: Event, context: Context) -> Event:
        """The event with the new values; every row sees the event that came in."""
        scope = context.on(event)
        if self._plain and CUSTOM not in event and "event_name" in event:
            return _with_values(event, scope, self._rows)
        changed = event
        for path, evaluate in self._rows:
            changed = put_value(changed, path, evaluate(scope))
        for path, evaluate in self._of_elements:
            changed = _with_elements(changed, scope, path, evaluate)
        return changed


def _with_elements(event: Event, scope: Scope, path: str, evaluate: Evaluate) -> Event:
    """All of them without a value where theirs would be too long together, since each may be as long as the whole event."""
    room = LONGEST_LIST

    def value(element: Any, at: int) -> Any:
        nonlocal room
        found = evaluate(scope.with_item(element, at)) if room >= 0 else UNDEFINED
        room -= len(text_of(found) or "") if type(found) in _LONG else 0
        return found

    changed = put_in_elements(event, scope.event, path, value, put_value)
    return changed if room >= 0 else put_in_elements(event, scope.event, path, lambda *_: UNDEFINED, put_value)


_LONG: Final = frozenset({str, list, dict})


def _with_values(event: Event, scope: Scope, rows: Iterable[tuple[str, Evaluate]]) -> Event:
    """What ``put_value`` makes of the rows where each of them names a parameter as a whole, and none is custom."""
    changed = event
    for name, evaluate in rows:
        value = evaluate(scope)
        if event.get(name, UNDEFINED) is not value:
            if changed is event:
                changed = event.copy()
            if value is UNDEFINED:
                del changed[name]
            else:
                changed[name] = value
    return changed


_OWN_RULES: Final = frozenset({CUSTOM, "event_name"})
"""What decides how others are put is put one by one."""
