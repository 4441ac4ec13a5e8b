"""Reads the bodies of requests: each up to its limit, and all that are being read at once up to theirs."""

from __future__ import annotations

from typing import Final

from starlette.types import Receive

from core.types import Reply
from server.origins import RawHeaders

_TEXT: Final = (("content-type", "text/plain; charset=utf-8"),)
TOO_LARGE: Final = Reply(413, (*_TEXT, ("connection", "close")), b"the body is larger than this server accepts\n")
FULL: Final = Reply(
    503,
    (*_TEXT, ("retry-after", "60"), ("connection", "close")),
    b"the outbox cannot take more for now; nothing of this request was kept\n",
)
BUSY: Final = Reply(
    503,
    (*_TEXT, ("retry-after", "1"), ("connection", "close")),
    b"too many bodies are being read at once; nothing of this request was kept\n",
)
MOST_HELD = 256 << 20
"""Bytes that bodies may take which are still being read, all connections together."""


class Bodies:
    """Of one port. ``limit`` is the largest body in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    async def read(self, headers: RawHeaders, receive: Receive) -> bytes | Reply | None:
        """The whole body; a refusal where it is too large; None where the sender went away."""
        expected = _content_length(headers)
        if expected is None:
            return b""
        if expected > self._limit:
            return TOO_LARGE
        may_be = expected or self._limit
        if self._held + may_be > MOST_HELD:
            return BUSY
        self._held += may_be
        try:
            return await self._whole(receive)
        finally:
            self._held -= may_be

    async def _whole(self, receive: Receive) -> bytes | Reply | None:
        body = bytearray()
        while len(body) <= self._limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message["body"]
            if not message["more_body"]:
                return bytes(body) if len(body) <= self._limit else TOO_LARGE
        return TOO_LARGE


def _content_length(headers: RawHeaders) -> int | None:
    """Bytes to expect: None where no body follows, 0 where its length is not told. The parser has checked the number."""
    for name, value in headers:
        if name == b"content-length":
            return int(value)
        if name == b"transfer-encoding":
            return 0
    return None
