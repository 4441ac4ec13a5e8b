"""FPID, the cookie by which the server knows a visitor: ``FPID2.LEVEL.BASE64.SECONDS``, of 32 bytes and a time.

The ninth byte is a marker. 01 says that the first eight are the browser's client id, which the visitor had before the
cookie and keeps: two big-endian numbers, the second of which is the cookie's time as well; a new visitor's is 00. The rest is
derived from the browser's client id and a key, or random where there is none. Cookies that another server set carry any
byte there.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import a2b_base64
from dataclasses import dataclass, field
from struct import pack, unpack

from wire.ga4.query import unescape

SIZE = 32
_PREFIX = "FPID2"
_LONGEST = 200
_NEW, _MIGRATED = b"\x00", b"\x01"
_DIGITS = re.compile(r"[0-9]{1,15}")
_LEVEL = re.compile(r"[0-9]{1,3}")
_YOUNG = 60
"""Seconds. gtag makes its client id before its first hit, so one this young is of a new visitor."""


@dataclass(frozen=True, slots=True)
class Fpid:
    """A visitor: 32 bytes, and the seconds since 1970 that stand behind them."""

    value: bytes
    seconds: int
    level: int = field(default=1, compare=False)
    """The number of labels of the domain that the cookie is for; the same visitor has another one elsewhere."""

    @property
    def client_id(self) -> str:
        """What tags are told: the client id from before the cookie where it carries one, else its own."""
        first, second = unpack(">II", self.value[:8])
        if self.value[8:9] == _MIGRATED and second == self.seconds:
            return f"{first}.{second}"
        return f"{b64encode(self.value).decode()}.{self.seconds}"

    @property
    def text(self) -> str:
        """The cookie's value, not yet percent-encoded."""
        return f"{_PREFIX}.{self.level}.{b64encode(self.value).decode()}.{self.seconds}"


def read_fpid(cookie: str) -> Fpid | None:
    """The visitor of a cookie as the browser sent it; None for any other text."""
    parts = cookie.split(".") if len(cookie) <= _LONGEST else []
    if len(parts) != 4 or parts[0] != _PREFIX or not _LEVEL.fullmatch(parts[1]) or not _DIGITS.fullmatch(parts[3]):
        return None
    try:
        value = a2b_base64(unescape(parts[2]), strict_mode=True)
    except ValueError:
        return None
    return Fpid(value, int(parts[3]), int(parts[1])) if len(value) == SIZE else None


def migrated(client_id: str, entropy: bytes) -> Fpid | None:
    """A visitor who keeps the browser's client id; None where it is not two numbers. ``entropy`` are 32 bytes."""
    numbers = _two_numbers(client_id)
    return Fpid(pack(">II", *numbers) + _MIGRATED + entropy[: SIZE - 9], numbers[1]) if numbers else None


def new_fpid(entropy: bytes, seconds: int) -> Fpid:
    """A visitor with a client id of its own. ``entropy`` are 32 bytes."""
    return Fpid(entropy[:8] + _NEW + entropy[8 : SIZE - 1], seconds)


def is_young(client_id: str, now: int) -> bool:
    """Whether the browser made this client id less than a minute ago; ``now`` in seconds."""
    return now - seconds_of(client_id) < _YOUNG


def _two_numbers(client_id: str) -> tuple[int, int] | None:
    """``1307714608.1760043792`` as its two numbers of 32 bits; None where they would not give the same text again."""
    first, _, second = client_id.partition(".")
    if not _DIGITS.fullmatch(first) or not _DIGITS.fullmatch(second):
        return None
    numbers = int(first), int(second)
    return numbers if max(numbers) < 1 << 32 and f"{numbers[0]}.{numbers[1]}" == client_id else None


def seconds_of(client_id: str) -> int:
    """What stands behind the client id's last dot, in gtag's the time when it was made; 0 where that is no number.

    Never the time of the hit: the same client id always makes the same visitor.
    """
    _, dot, last = client_id.rpartition(".")
    return int(last) if dot and _DIGITS.fullmatch(last) else 0
