"""The data of one event: every value by the path that expressions read it by, what people name first before what machines do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, TypedDict

from server.inspection.look import Look
from server.inspection.present import ShownValue, value


class EventValue(TypedDict):
    """A value that is no list and no object, or an empty one. ``technical``: it says how the hit came, not what happened."""

    key: str
    value: ShownValue
    technical: bool


_FIRST: Final = (
    *("event_name", "page_location", "page_title", "page_referrer", "value", "currency", "transaction_id", "items"),
    *("user_id", "client_id", "user_data", "user_properties"),
)
"""What is looked for first, in this order; whatever else a site names itself comes behind it."""

_TECHNICAL: Final = re.compile(
    r"x-.*|ga_session_.*|engagement_.*|client_hints|consent_state|event_id|ip_override|language|page_encoding"
    r"|screen_.*|timestamp_micros|user_agent|viewport_.*|event_location|non_personalized_ads",
    re.DOTALL,
)
_PLAIN_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST_VALUES: Final = 1000


def event_data(look: Look, position: int) -> list[EventValue]:
    """The values, masked; of very many the first."""
    masked, shown = _masked(look, position), list[EventValue]()
    for key in sorted(masked, key=_place):
        leaves = islice(_leaves(masked[key], key), MOST_VALUES - len(shown))
        shown += [{"key": path, "value": value(found), "technical": _is_technical(key)} for path, found in leaves]
    return shown


def event_json(look: Look, position: int) -> str:
    """The whole of it as JSON."""
    return json.dumps(_masked(look, position), ensure_ascii=False, indent=2, default=str)


def _masked(look: Look, position: int) -> dict[str, Any]:
    masked: dict[str, Any] = look.privacy.value(look.run.events[position].event)
    return masked


def _is_technical(key: str) -> bool:
    return _TECHNICAL.fullmatch(key) is not None


def _place(key: str) -> tuple[bool, int]:
    """Where a key stands; those of one place stay as the event has them."""
    return _is_technical(key), _FIRST.index(key) if key in _FIRST else len(_FIRST)


def _leaves(found: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Depth is bounded by what the masks let through."""
    if isinstance(found, dict) and found:
        for key, item in found.items():
            yield from _leaves(item, _below(path, key))
    elif isinstance(found, list) and found:
        for at, item in enumerate(found):
            yield from _leaves(item, f"{path}[{at}]")
    else:
        yield path, found


def _below(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}['{key}']" if path else key
    return f"{path}.{key}" if path else key
