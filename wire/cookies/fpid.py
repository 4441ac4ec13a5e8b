"""FPID, the cookie by which the server knows a visitor: ``FPID2.LEVEL.BASE64.SECONDS``, of 32 bytes and a time.

The ninth byte is a marker. 01 says that the first eight are a client id from before the cookie, two big-endian numbers,
the second of which is the cookie's time as well; a new visitor's is 00. The rest is random, or derived from the
browser's client id and a key. Cookies that another server set carry any byte there.
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


def new_fpid(client_id: str | None, entropy: bytes, now: int, *, first_visit: bool, migrate: bool) -> Fpid:
    """A visitor who has no cookie yet. ``client_id`` is the browser's, ``entropy`` 32 bytes, ``now`` in seconds.

    With ``migrate`` a visitor from before keeps the browser's client id: where it is two numbers, and neither the hit
    says that this is a ``first_visit`` nor the client id is less than a minute old.
    """
    numbers = _two_numbers(client_id or "") if migrate and not first_visit else None
    if numbers and now - numbers[1] >= _YOUNG:
        return Fpid(pack(">II", *numbers) + _MIGRATED + entropy[: SIZE - 9], numbers[1])
    return Fpid(entropy[:8] + _NEW + entropy[8 : SIZE - 1], _seconds(client_id or "", now))


def _two_numbers(client_id: str) -> tuple[int, int] | None:
    """``1307714608.1760043792`` as its two numbers of 32 bits; None where they would not give the same text again."""
    first, _, second = client_id.partition(".")
    if not _DIGITS.fullmatch(first) or not _DIGITS.fullmatch(second):
        return None
    numbers = int(first), int(second)
    return numbers if max(numbers) < 1 << 32 and f"{numbers[0]}.{numbers[1]}" == client_id else None


def _seconds(client_id: str, now: int) -> int:
    """What stands behind the client id's last dot, in gtag's the time when it was made; else now."""
    _, dot, last = client_id.rpartition(".")
    return int(last) if dot and _DIGITS.fullmatch(last) else now
