"""An event as data of one's own: what the page and the sender have said, and nothing of how Google writes it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from core.paths import compile_paths
from core.types import Event

_INTERNAL: Final = compile_paths(["user_data", "user_data.*", "x-ga-*", "x-sst-*", "x-mp-*", "x-fb-ud-*"])


def own_data(event: Event) -> Event:
    """Without personal data (``user_data``, ``x-fb-ud-``), and without what begins with ``x-ga-``, ``x-sst-`` or ``x-mp-``."""
    return _INTERNAL.remove(event)


def own_parameters(event: Event) -> dict[str, str | int | float | bool]:
    """Its single values that say what happened, and neither who the visitor is nor on which page: for lists of properties.

    What holds an e-mail address is left out, whatever its name.
    """
    return plain({name: value for name, value in own_data(event).items() if name not in _SAID_ELSEWHERE})


def plain(values: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    """Of these values those that are single ones: texts that say something and hold no e-mail address, numbers, yes and no."""
    return {name: value for name, value in values.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and not _EMAIL.search(value)
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


_EMAIL: Final = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
_SAID_ELSEWHERE: Final = frozenset({
    *("event_name", "event_id", "client_id", "user_id", "ip_override", "user_agent", "consent_update_repeat"),
    *("page_location", "page_path", "page_hostname", "page_referrer", "page_title", "page_encoding", "event_location"),
    *("language", "screen_resolution", "viewport_size"),
    *("ga_session_id", "ga_session_number", "engagement_time_msec"),
    *("email", "email_address", "phone", "phone_number", "first_name", "last_name", "street", "city", "region", "postal_code"),
})  # fmt: skip
