"""What ``include``, ``exclude`` and ``set`` mean for a hit: they work on what a page sets itself, not on named parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from core.component import ParameterSettings
from core.context import Scope
from core.paths import compile_paths
from core.types import Event
from wire.ga4 import custom
from wire.ga4.encode import leaves_as_custom
from wire.ga4.table import FALLBACK, USER_PROPERTIES

EventFilter: TypeAlias = Callable[[Event, Scope], Event]
"""An event and what expressions see, as they were before the filter; the event after it."""
_Edit: TypeAlias = Callable[[Event], Event]

_CUSTOM_FALLBACKS = (f"{FALLBACK}ep.", f"{FALLBACK}epn.")
"""Before the name of a custom parameter whose own key was taken."""
_USER_FALLBACKS = (f"{FALLBACK}up.", f"{FALLBACK}upn.")
"""The same, for a user property."""


def parameter_filter(settings: ParameterSettings) -> EventFilter | None:
    """The filter of what leaves as ``ep.``, ``epn.`` and ``pr1`` …; ``set`` reaches every key. None: it changes nothing."""
    edit = _edit(settings, _CUSTOM_FALLBACKS)

    def filtered(event: Event, scope: Scope) -> Event:
        listed = custom.parameters(event)
        own = {key: value for key, value in event.items() if key in listed or leaves_as_custom(key, value)}
        left = edit(own)
        event = {key: left.get(key, value) for key, value in event.items() if key not in own or key in left}
        return _with_values(event, "", settings, scope)

    return filtered if _changes(settings) else None


def user_property_filter(settings: ParameterSettings) -> EventFilter | None:
    """The filter of the user properties. None: it changes nothing."""
    edit = _edit(settings, _USER_FALLBACKS)

    def filtered(event: Event, scope: Scope) -> Event:
        beside = {key: value for key, value in event.items() if key.startswith(_USER_FALLBACKS)}
        left = edit({**_properties(event), **beside})
        kept = {key: value for key, value in event.items() if key not in beside or key in left}
        own = {key: value for key, value in left.items() if key not in beside}
        return _with_values({**kept, USER_PROPERTIES: own}, f"{USER_PROPERTIES}.", settings, scope)

    return filtered if _changes(settings) else None


def _properties(event: Event) -> Mapping[str, Any]:
    properties = event.get(USER_PROPERTIES)
    return properties if isinstance(properties, dict) else {}


def _changes(settings: ParameterSettings) -> bool:
    return settings.include != "all" or bool(settings.exclude or settings.set)


def _edit(settings: ParameterSettings, prefixes: Sequence[str]) -> _Edit:
    """``include``, then ``exclude``; a name counts behind each of the prefixes too."""

    def expanded(names: Sequence[str]) -> list[str]:
        return [*names, *(prefix + name for prefix in prefixes for name in names)]

    kept = compile_paths(expanded(settings.include if isinstance(settings.include, list) else []))
    dropped = compile_paths(expanded(settings.exclude))
    if settings.include == "all":
        return dropped.remove
    return lambda parameters: dropped.remove(kept.keep(parameters))


def _with_values(event: Event, begin: str, settings: ParameterSettings, scope: Scope) -> Event:
    """The event with what is set; ``begin`` comes before the paths."""
    for path, template in settings.set.items():
        event = custom.put_value(event, begin + path, template.evaluate(scope))
    return event
