"""The yardstick: a bare ASGI application that answers 204."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

HEADERS = [(b"cache-control", b"no-cache"), (b"vary", b"Origin")]


async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  ASGI's signature
    """Answers whatever it is asked."""
    await send({"type": "http.response.start", "status": 204, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b""})
