"""An event as data of one's own: what the page and the sender have said, and nothing of how Google writes it."""

from __future__ import annotations

from typing import Final

from core.paths import compile_paths
from core.types import Event

_INTERNAL: Final = compile_paths(["user_data", "user_data.*", "x-ga-*", "x-sst-*", "x-mp-*"])


def own_data(event: Event) -> Event:
    """Without personal data (``user_data``), and without what begins with ``x-ga-``, ``x-sst-`` or ``x-mp-``."""
    return _INTERNAL.remove(event)
