"""Tokens by the grants they were given for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from core.grant import Grant
from core.types import OutboundRequest, Response
from server.http import InvalidRequest
from server.tokens.asking import SHORTEST, NoToken, asked, given

_YOUNGEST: Final = int(SHORTEST * 1_000_000)
"""Microseconds: a vendor who refuses a token that is newer would refuse the next one too."""


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str
    since: int
    until: int


class Tokens:
    """``send`` asks their givers; ``clock`` is the time of day, ``steady`` one that never jumps (both microseconds)."""

    def __init__(
        self, send: Callable[[OutboundRequest], Awaitable[Response]], clock: Callable[[], int], steady: Callable[[], int]
    ) -> None:
        self._send = send
        self._clock = clock
        self._steady = steady
        self._kept: dict[Grant, _Kept] = {}
        self._asking: dict[Grant, asyncio.Task[str]] = {}

    def kept(self, grant: Grant) -> str | None:
        """The token that is there, if it is good for a while."""
        kept = self._kept.get(grant)
        return kept.text if kept is not None and kept.until > self._steady() else None

    async def get(self, grant: Grant) -> str:
        """The same, or a new one; however many want it, its giver is asked once. Raises TransportError."""
        token = self.kept(grant)
        if token is not None:
            return token
        asking = self._asking.get(grant)
        if asking is None:
            asking = self._asking[grant] = asyncio.get_running_loop().create_task(self._ask(grant))
            asking.add_done_callback(lambda _: self._asking.pop(grant, None))
        return await asyncio.shield(asking)

    def forget(self, grant: Grant, token: str) -> None:
        """A vendor has refused it: the next request asks for another, but for no more than one a minute."""
        kept = self._kept.get(grant)
        if kept is not None and kept.text == token and self._steady() - kept.since >= _YOUNGEST:
            del self._kept[grant]

    async def _ask(self, grant: Grant) -> str:
        try:
            token = given(await self._send(asked(grant, self._clock())))
        except InvalidRequest as error:  # the file's fault or its key's, and of no row that waits for the token
            raise NoToken(f"no token: {error.why}", credential=True) from error
        now = self._steady()
        self._kept = {grant: kept for grant, kept in self._kept.items() if kept.until > now}
        self._kept[grant] = _Kept(token.text, now, now + int(token.seconds * 1_000_000))
        return token.text
