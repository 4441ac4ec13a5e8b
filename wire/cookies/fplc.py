"""FPLC, by which one visitor is known on two sites of one owner: the FPID, sealed for some hours.

gtag puts the cookie's value on links to the other site (``_fplc``) without looking into it. A token is AES-GCM of the
hour, the visitor's time and the 32 bytes; its nonce is derived from these, so that it changes once an hour and no nonce
ever covers two texts.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from binascii import a2b_base64
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wire.cookies.fpid import SIZE, Fpid

HOURS = 20
"""How long a token is good for."""

_HOUR = 3600
_NONCE, _TAG = 12, 16
_PLAIN = Struct(f">IQ{SIZE}s")
_LENGTH = (_NONCE + _PLAIN.size + _TAG) * 4 // 3
_URL_SAFE = str.maketrans("-_", "+/")


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed, how many hours ago, and whether with the key that seals now."""

    fpid: Fpid
    hours: int
    is_current: bool = True


class Seal:
    """Seals and opens tokens. Two servers with the same 32-byte keys understand each other.

    ``others`` are further keys, of servers that have another one already or still: what they seal is opened as well.
    """

    def __init__(self, key: bytes, nonce_key: bytes, others: Sequence[bytes] = ()) -> None:
        self._cipher = AESGCM(key)
        self._nonce_key = nonce_key
        self._others = tuple(map(AESGCM, others))

    def seal(self, fpid: Fpid, now: int) -> str:
        """The token of this visitor in this hour; ``now`` in seconds."""
        plain = _PLAIN.pack(now // _HOUR, fpid.seconds, fpid.value)
        nonce = hmac.digest(self._nonce_key, plain, "sha256")[:_NONCE]
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, None)).decode()

    def open(self, token: str, now: int) -> Opened | None:
        """The visitor; None for a token that is forged, damaged or stale. A clock may be ahead by up to an hour."""
        plain: bytes | None
        try:
            sealed = a2b_base64(token.translate(_URL_SAFE), strict_mode=True) if len(token) == _LENGTH else b""
            plain, is_current = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None), True
        except InvalidTag:
            plain, is_current = self._opened_by_others(sealed), False
        except ValueError:
            return None
        if plain is None:
            return None
        hour, seconds, value = _PLAIN.unpack(plain)
        hours = now // _HOUR - hour
        return Opened(Fpid(value, seconds), hours, is_current) if -1 <= hours < HOURS else None

    def _opened_by_others(self, sealed: bytes) -> bytes | None:
        for cipher in self._others:
            with suppress(InvalidTag):
                return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        return None
