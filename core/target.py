"""What a request asks for, path and query, in the one form that everything below the socket reads: printable ASCII.

A request line should hold nothing else, yet pages, pixels and apps put raw UTF-8, spaces and ``#`` there. A ``#`` that
comes with a request is a part of its data: a sender that knows fragments has taken his away before.
"""

from __future__ import annotations

import re
import string
from typing import Final
from urllib.parse import quote

_CARRIED: Final = string.punctuation.replace("#", "")
_RAW: Final = re.compile(rb"[\x80-\xff#]")
_BYTE: Final = re.compile("[\udc80-\udcff]")


def as_sent(text: str) -> str:
    """A path or a query that somebody wrote, as a sender puts it on the wire: what is not ASCII as percent-encoded UTF-8.

    A byte that was no UTF-8 (a surrogate, by Python's ``surrogateescape``) is that byte again; any other half of a pair has
    no UTF-8 and becomes U+FFFD.
    """
    if text.isascii() and text.isprintable() and " " not in text and "#" not in text:
        return text
    return quote(written(text).encode("utf-8", "replace"), safe=_CARRIED)


def written(text: str) -> str:
    """The text with its raw bytes (surrogates, by ``surrogateescape``) percent-encoded, so that it can be shown."""
    if text.isascii():
        return text
    shown = _BYTE.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", text)
    return shown.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def carried(line: bytes) -> bytes:
    """A request line with its raw bytes and each ``#`` percent-encoded. The parser refuses what is forbidden in it."""
    return _RAW.sub(lambda found: b"%%%02X" % found[0][0], line)
