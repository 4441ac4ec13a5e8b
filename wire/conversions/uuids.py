"""UUIDs that follow from other ids, for platforms that take no other kind: the same however often they are made."""

from __future__ import annotations

import re
from typing import Final

from wire.hashing import sha256

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def uuid_of(id: str) -> str:
    """The UUID that it is, else one of its hash."""
    return id.lower() if _UUID.fullmatch(id) else _written(sha256(id), "5")


def uuid_at(milliseconds: int, id: str) -> str:
    """One that begins with a time (version 7), as sessions have."""
    return _written(f"{milliseconds:012x}"[-12:] + sha256(id), "7")


def random_uuid(digits: str) -> str:
    """One of these 32 random hexadecimal digits (version 4)."""
    return _written(digits, "4")


def _written(digits: str, version: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
