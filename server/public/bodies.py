"""Reads the bodies of requests, each up to its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.types import Message, Receive

from core.types import Reply

_TEXT: Final = (("content-type", "text/plain; charset=utf-8"),)
TOO_LARGE: Final = Reply(413, (*_TEXT, ("connection", "close")), b"the body is larger than this server accepts\n")
FULL: Final = Reply(
    503,
    (*_TEXT, ("retry-after", "60"), ("connection", "close")),
    b"the outbox cannot take more for now; nothing of this request was kept\n",
)


class Bodies:
    """Of one port. ``limit`` is the largest body in bytes. How much all may hold together is for ``connections.uploads``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def checked(self, body: bytes) -> bytes | Reply:
        """The same of a body that is there."""
        return body if len(body) <= self._limit else TOO_LARGE

    async def read(self, headers: Mapping[str, str], receive: Receive) -> bytes | Reply | None:
        """The whole body; a refusal where it is too large; None where the sender went away. ``headers`` are those by name."""
        expected = int(headers.get("content-length", 0))
        if expected > self._limit:
            return TOO_LARGE
        message = await receive()
        if message["type"] == "http.request" and not message["more_body"]:
            return self.checked(message["body"])
        return await self._collected(message, receive)

    async def _collected(self, message: Message, receive: Receive) -> bytes | Reply | None:
        """A body that comes in pieces. The large ones of a real connection are kept for us until they are complete."""
        body = bytearray()
        while message["type"] != "http.disconnect":
            body += message["body"]
            if len(body) > self._limit:
                return TOO_LARGE
            if not message["more_body"]:
                return bytes(body)
            message = await receive()
        return None


def comes(headers: Mapping[str, str]) -> bool:
    """Whether a body follows a head with these headers. The parser has checked the length."""
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
