"""What the wire can read out of an event or its request, by the names that expressions use for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.context import Reader
from wire import consent, user_data
from wire.cookies import browser

READERS: Final[Mapping[str, Reader]] = {
    "consent": lambda event, _: consent.consent_of(event),
    "user": user_data.read,
    "user_sha256": user_data.hashes,
    "ga": browser.read,
}
