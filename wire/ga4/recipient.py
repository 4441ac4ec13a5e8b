"""Who gets an event at Google's: the hosts, the ids that are some, and what GA4 has to know of an event to take it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from core.secret import SealedText
from core.types import Event, HeldBack, Skip
from core.url import Url
from wire.ga4.table import SERVER

DEFAULT_ENDPOINT: Final = "https://www.google-analytics.com"
EUROPE: Final = "https://region1.google-analytics.com"
_ID: Final = re.compile(r"(?:G|GT|AW|DC)-[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST: Final = 67
"""Characters of an id. What is longer is none, and not remembered."""


def as_endpoint(text: str) -> str:
    """The origin as it is compared with others. Raises ValueError for what is more than one."""
    origin = Url(text).origin
    if text.rstrip("/").lower() != origin:
        raise ValueError(f"must be scheme and host alone, such as {DEFAULT_ENDPOINT}")
    return origin


def is_tag_id(text: str) -> bool:
    """Whether it is the id of a Google tag."""
    return len(text) <= _LONGEST and _is_id(text)


@lru_cache(256)
def _is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def refusal(event: Event) -> Skip | None:
    """Why GA4 could not use this event; None where it can."""
    id = event.get("x-ga-measurement_id")
    if type(id) is str and is_tag_id(id) and event.get("client_id") and event.get("event_name"):
        return None  # as nearly always
    if not event.get("client_id"):
        return _NOBODY
    for key in ("event_name", "x-ga-measurement_id"):
        if not event.get(key):
            return Skip(f"the event has no {key}")
    given = event["x-ga-measurement_id"]
    if not is_tag_id(given.reveal() if isinstance(given, SealedText) else str(given)):
        return Skip("the measurement id is none of a Google tag (G-, GT-, AW- or DC-)")
    return None


_NOBODY: Final = Skip("the event has no client_id", HeldBack.NO_IDENTITY)


def origin_of(event: Event, endpoint: str) -> str:
    """Where an event goes: in the EU, at the default endpoint, where gtag marks it for collection there."""
    server = event.get(SERVER)
    if endpoint == DEFAULT_ENDPOINT and isinstance(server, dict) and server.get("gcsub") == "region1":
        return EUROPE
    return endpoint
