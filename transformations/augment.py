"""Sets, replaces or removes parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field

from core.component import Setup, Transformation, TransformationExample, TransformationSettings
from core.context import Context, Scope
from core.expressions.names import Evaluate
from core.fields import KeyPath, Template
from core.types import Event
from core.undefined import UNDEFINED
from wire.ga4.custom import put_value
from wire.ga4.table import CUSTOM


def _one_name(path: str) -> str:
    if "*" in path:
        raise ValueError(f"{path} can't be set: name one parameter, without `*` (items.price sets it in every item)")
    return path


class AugmentSettings(TransformationSettings):
    """Gives parameters new values. All values are worked out on the event as it was before this transformation.

    An undefined value removes the parameter.
    """

    parameters: dict[Annotated[KeyPath, AfterValidator(_one_name)], Template] = Field(
        min_length=1,
        description="Names and values. `user_data.address.city` makes the objects it needs, `items.currency` is every item's.",
    )

    order: ClassVar[int] = 10


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
    ]

    def __init__(self, settings: AugmentSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._rows = [(path, value.evaluate) for path, value in settings.parameters.items()]
        self._plain = _OWN_RULES.isdisjoint(settings.parameters) and not any("." in path for path in settings.parameters)

    def apply(self, event: Event, context: Context) -> Event:
        """The event with the new values; every row sees the event that came in."""
        scope = context.on(event)
        if self._plain and CUSTOM not in event and "event_name" in event:
            return _with_values(event, scope, self._rows)
        changed = event
        for path, evaluate in self._rows:
            changed = put_value(changed, path, evaluate(scope))
        return changed


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
