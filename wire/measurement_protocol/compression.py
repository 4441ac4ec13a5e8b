"""Bodies that come compressed: gzip, one layer, and never more bytes than were asked for."""

from __future__ import annotations

import zlib
from typing import Final

_GZIP: Final = 16 + zlib.MAX_WBITS
_CODINGS: Final = frozenset({"gzip", "x-gzip"})


class RefusedBodyError(Exception):
    """A body that is not decompressed. ``status`` is the HTTP status that says why; the text says it in words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def decoded(body: bytes, content_encoding: str | None, most: int) -> bytes:
    """The body as it was before ``content_encoding``, at most ``most`` bytes of it. Raises RefusedBodyError.

    What is not compressed is returned as it is, whatever its length.
    """
    coding = (content_encoding or "identity").strip().lower()
    if coding == "identity":
        return body
    if coding not in _CODINGS:
        raise RefusedBodyError(415, "Send the body as it is, or with Content-Encoding: gzip; no other encoding is supported.")
    return _gunzipped(body, most)


def _gunzipped(body: bytes, most: int) -> bytes:
    reader = zlib.decompressobj(_GZIP)
    try:
        plain = reader.decompress(body, most + 1)
    except zlib.error:
        raise RefusedBodyError(400, "The body is declared as gzip, but it is not gzip.") from None
    if len(plain) > most:
        raise RefusedBodyError(413, f"The body has more than {most} bytes when it is decompressed.")
    if not reader.eof or reader.unused_data:
        raise RefusedBodyError(400, "The body must be one complete gzip stream with nothing after it.")
    return plain
