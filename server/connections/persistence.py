"""HTTP/1.0 closes after each answer, unless the peer asks for the connection to stay and is told that it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

_STAYS = (b"connection", b"keep-alive")


def asks_to_stay(cycle: RequestResponseCycle) -> bool:
    """Whether this request of HTTP/1.0 comes on a connection that shall be used again."""
    lines = [value.lower() for name, value in cycle.scope["headers"] if name == b"connection"]
    return "keep-alive" in [word.strip() for line in lines for word in line.decode("latin-1").split(",")]


def staying(app: Application, cycle: RequestResponseCycle) -> Application:
    """The application, whose answer says that the connection stays: as long as nothing else ends it by then."""
    cycle.keep_alive = True

    async def answered(scope: Any, receive: Any, send: Any) -> None:
        async def telling(message: Any) -> None:
            if message["type"] == "http.response.start" and cycle.keep_alive:
                headers = list(message.get("headers", ()))
                told = any(name.lower() == b"connection" for name, _ in headers)
                message = {**message, "headers": headers if told else [*headers, _STAYS]}
            await send(message)

        await app(scope, receive, telling)

    return answered
