"""Every named parameter of a Universal Analytics hit, one row each: adding a parameter is adding a row.

A parameter without a row becomes ``x-ga-mp1-NAME``, a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from wire.ga4 import numbers

FALLBACK = "x-ga-mp1-"
"""Before the name of a parameter that has no key of its own."""


class Parameter(NamedTuple):
    """One row. ``read`` is None where the text is the value; it answers None where the text is no value of this kind.

    ``kept``: the text is besides there under ``x-ga-mp1-NAME``.
    """

    name: str
    key: str
    read: Callable[[str], Any] | None = None
    kept: bool = False


def number(text: str) -> int | float | None:
    """The number; None where the text is none."""
    value = numbers.read(text)
    return None if isinstance(value, str) else value


def _flag(text: str) -> str | None:
    return {"1": "true", "0": "false", "true": "true", "false": "false"}.get(text)


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("v", "x-ga-protocol_version"),
    Parameter("tid", "x-ga-measurement_id"),
    Parameter("cid", "client_id"),
    Parameter("uid", "user_id"),
    Parameter("npa", "x-ga-npa"),
    Parameter("gcs", "x-ga-gcs"),
    Parameter("gcd", "x-ga-gcd"),
    # the page and the browser
    Parameter("dl", "page_location"),
    Parameter("dh", "page_hostname"),
    Parameter("dp", "page_path"),
    Parameter("dt", "page_title"),
    Parameter("dr", "page_referrer"),
    Parameter("de", "page_encoding"),
    Parameter("sr", "screen_resolution"),
    Parameter("vp", "viewport_size"),
    Parameter("ul", "language"),
    Parameter("uip", "ip_override"),
    Parameter("ua", "user_agent"),
    # the app
    Parameter("cd", "screen_name"),
    Parameter("an", "app_name"),
    Parameter("aid", "app_id"),
    Parameter("av", "app_version"),
    Parameter("aiid", "app_installer_id"),
    # the purchase
    Parameter("ti", "transaction_id"),
    Parameter("ta", "affiliation"),
    Parameter("tr", "value", number, kept=True),
    Parameter("tt", "tax", number, kept=True),
    Parameter("ts", "shipping", number, kept=True),
    Parameter("tcc", "coupon"),
    Parameter("cu", "currency"),
    Parameter("pal", "item_list_name"),
    # the hit types event, social, exception and timing
    Parameter("ec", "event_category"),
    Parameter("ea", "event_action"),
    Parameter("el", "event_label"),
    Parameter("ev", "value", number, kept=True),
    Parameter("sn", "method", kept=True),
    Parameter("exd", "description"),
    Parameter("exf", "fatal", _flag),
    Parameter("utc", "event_category"),
    Parameter("utv", "name"),
    Parameter("utt", "value", number),
    Parameter("utl", "event_label"),
)
"""Where two rows have the same key, the earlier one gets it, and the later parameter becomes ``x-ga-mp1-NAME``."""

EVENT_NAMES: Mapping[str, str] = {
    "pageview": "page_view",
    "screenview": "screen_view",
    "transaction": "purchase",
    "item": "item",
    "social": "share",
    "exception": "exception",
    "timing": "timing_complete",
}
"""By hit type (``t``). Of the type ``event`` the action is the name."""

UNREAD = frozenset({"z", "t", "aip"})
"""No event data of their own: the cache buster; the hit type, which is the event's name; the wish to mask the address."""
