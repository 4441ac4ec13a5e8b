"""Takes parameters out by rules that have conditions of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tagyard import Condition, Context, Event, KeyPath, Many, Setup, Transformation, TransformationExample, TransformationSettings


class DropSettings(BaseModel):
    """A parameter that goes where something holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    drop: KeyPath = Field(description="Its name.")
    where: Condition = Field("event.event_name", validate_default=True, description="What has to hold.")


class KeepSettings(BaseModel):
    """A parameter that stays only where one of several holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    keep: KeyPath = Field(description="Its name.")
    any_of: Many[Condition] = Field(description="What may hold.")


class SieveSettings(TransformationSettings):
    """What goes, and what stays."""

    rules: list[DropSettings | KeepSettings] = Field([], description="In this order.")
    by_name: dict[str, DropSettings] = Field({}, description="More of them.")
    note: str | None = Field(None, description="What it is for.")

    order: ClassVar[int] = 5
    takes_out: ClassVar[str] = "rules: [{drop: email}]"


class Sieve(Transformation):
    """Drops parameters, one rule after the other. It runs between `allow` and `augment`."""

    Settings: ClassVar[type[TransformationSettings]] = SieveSettings
    examples: ClassVar[Sequence[TransformationExample]] = (
        TransformationExample(
            title="No value of small purchases",
            settings={"rules": [{"drop": "value", "where": "event.value < 5"}]},
            event={"event_name": "purchase", "value": 4},
            gives={"event_name": "purchase"},
        ),
    )

    def __init__(self, settings: SieveSettings, setup: Setup) -> None:  # noqa: ARG002  it has no name or secret to use
        self._rules = [*settings.rules, *settings.by_name.values()]

    def apply(self, event: Event, context: Context) -> Event:
        """The event without what the rules take."""
        for rule in self._rules:
            scope = context.on(event)
            if isinstance(rule, DropSettings):
                name, goes = rule.drop, rule.where.holds(scope)
            else:
                name, goes = rule.keep, not any(each.holds(scope) for each in rule.any_of)
            if goes and name in event:
                event = {key: value for key, value in event.items() if key != name}
        return event
