"""The ids by which an app's device is known to advertisers."""

from __future__ import annotations

import re
from typing import Final, Literal

from core.types import Event
from wire.conversions.commerce import text

_NOBODYS: Final = re.compile(r"[0-]+")
"""What a device says whose owner doesn't want to be followed."""


def advertising_id(event: Event, platform: Literal["android", "ios"]) -> str | None:
    """The device's id for advertisers, where it runs on this platform and has one."""
    if str(event.get("x-ga-platform", "")).lower() != platform:
        return None
    found = text(event.get("x-ga-resettable_device_id"))
    return None if found is None or _NOBODYS.fullmatch(found) else found
