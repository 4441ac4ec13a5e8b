"""Browsers that the debug page can show alone: one that has opened a link of the page, or that Tag Assistant previews.

A link and the cookie that it sets hold the same text: which browser it is, until when, and a signature by the secret of the
installation. So every worker reads it, after every restart, and nobody has one who was not given it. A request with the header
of a preview counts as the browser of the header's value, which is a secret: the browser is named by a digest of it.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Final, NamedTuple

from core.own_cookies import DEBUG
from core.types import Headers, Request

PREVIEW: Final = "x-gtm-server-preview"

_MARK: Final = re.compile(r"([0-9a-f]{12})\.([0-9]{10})\.([0-9a-f]{32})")
_LONGEST_PREVIEW: Final = 1024
_PREVIEW: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
"""Base64: of which environment, and what lets somebody into it."""
_BROWSER: Final = re.compile(r"(?:preview-)?[0-9a-f]{12}")
_MOST: Final = 16
"""Cookies of the name that are looked at: other hosts of the site may leave some, too."""


class Mark(NamedTuple):
    """The browser that is marked, and until when, in seconds since 1970."""

    browser: str
    until: int


class Marks:
    """Signs marks and reads them. Without a secret it understands none but its own."""

    def __init__(self, secret: str = "") -> None:
        self._key = hmac.digest(secret.encode() or os.urandom(32), b"tagyard debug mark", "sha256")

    def signed(self, mark: Mark) -> str:
        """The text of a mark, which may stand in a path and in a cookie."""
        said = f"{mark.browser}.{mark.until}"
        return f"{said}.{self._signature(said)}"

    def read(self, text: str, now: int) -> Mark | None:
        """The mark, unless it is over, or somebody else has made it; ``now`` is in seconds."""
        found = _MARK.fullmatch(text)
        if found is None or int(found[2]) <= now:
            return None
        genuine = hmac.compare_digest(self._signature(f"{found[1]}.{found[2]}"), found[3])
        return Mark(found[1], int(found[2])) if genuine else None

    def of(self, request: Request) -> list[Mark]:
        """The marks that a request came with; of a preview nobody knows how long it lasts, so it is over at once."""
        now = request.received_at // 1_000_000
        read = (self.read(text, now) for text in islice(_texts(request.headers), _MOST))
        marks = {mark.browser: mark for mark in read if mark is not None}
        browser = preview_of(request.header(PREVIEW) or "")
        return [*marks.values(), *([Mark(browser, now)] if browser else [])]

    def _signature(self, said: str) -> str:
        return hmac.digest(self._key, said.encode(), "sha256")[:16].hex()


def preview_of(value: str) -> str | None:
    """The browser that this value of the header stands for; None for what Tag Assistant does not send."""
    if len(value) > _LONGEST_PREVIEW or not _PREVIEW.fullmatch(value):
        return None
    return f"preview-{sha256(value.encode()).hexdigest()[:12]}"


def is_browser(text: str) -> bool:
    """Whether this can be a browser's name."""
    return _BROWSER.fullmatch(text) is not None


def may_be_marked(headers: Headers) -> bool:
    """Whether it is worth a look: most requests have neither the cookie nor the header."""
    return any(name == PREVIEW or (name == "cookie" and DEBUG in value) for name, value in headers)


def _texts(headers: Headers) -> Iterator[str]:
    for header, line in headers:
        if header == "cookie" and DEBUG in line:
            for piece in line.split(";"):
                name, _, value = piece.strip(" \t").partition("=")
                if name == DEBUG:
                    yield value
