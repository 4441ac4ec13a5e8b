"""What a tag's settings change in an event before it is encoded; a setting at its default adjusts nothing and costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from core.component import ParameterSettings
from core.context import Context
from core.fields import Template
from core.types import Event
from core.undefined import UNDEFINED
from wire.ga4.filters import EventFilter, parameter_filter, user_property_filter

Adjustment: TypeAlias = Callable[[Event, Context], Event]


def adjustments(
    parameters: ParameterSettings, user_properties: ParameterSettings, measurement_id: Template | None, *, without_ip: bool
) -> list[Adjustment]:
    """In their order: what leaves of the parameters and user properties and what is set, the id, the address."""
    filters = (parameter_filter(parameters), user_property_filter(user_properties))
    found = [_on_scope(each) for each in filters if each is not None]
    if measurement_id is not None:
        found.append(_with_measurement_id(measurement_id))
    return [*found, _without_ip] if without_ip else found


def _with_measurement_id(template: Template) -> Adjustment:
    """Another measurement id; where the template has no value, the event keeps its own."""

    def with_id(event: Event, context: Context) -> Event:
        value = template.evaluate(context.on(event))
        return event if value is UNDEFINED else {**event, "x-ga-measurement_id": value}

    return with_id


def _without_ip(event: Event, context: Context) -> Event:  # noqa: ARG001  one of many
    """Takes the visitor's address away."""
    return {key: value for key, value in event.items() if key != "ip_override"}


def _on_scope(change: EventFilter) -> Adjustment:
    return lambda event, context: change(event, context.on(event))
