"""Requests that need a token: it is got first, and goes along as ``Authorization: Bearer``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from core.grant import Grant
from core.types import OutboundRequest, Response
from server.http import Answered, UnderWay
from server.tokens import Tokens

Begin = Callable[[OutboundRequest, Answered], UnderWay]
Send = Callable[[OutboundRequest], Awaitable[Response]]

_REFUSED = 401


class Granted:
    """``begin`` and ``send`` are how a request leaves whose token is there."""

    def __init__(self, tokens: Tokens, begin: Begin, send: Send) -> None:
        self._tokens = tokens
        self._begin = begin
        self._send = send
        self._waiting: set[asyncio.Task[None]] = set()

    def begin(self, request: OutboundRequest, grant: Grant, answered: Answered) -> UnderWay:
        """``answered`` hears, later, what the vendor answers, or why it did not: also where there is no token."""
        token = self._tokens.kept(grant)
        if token is not None:
            return self._begin(_with(request, token), partial(self._heard, grant, token, answered))
        task = asyncio.get_running_loop().create_task(self._after_asking(request, grant, answered))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        return task

    async def _after_asking(self, request: OutboundRequest, grant: Grant, answered: Answered) -> None:
        try:
            token = await self._tokens.get(grant)
            outcome: Response | Exception = await self._send(_with(request, token))
            self._look(grant, token, outcome)
        except Exception as error:
            outcome = error
        answered(outcome)

    def _heard(self, grant: Grant, token: str, answered: Answered, outcome: Response | Exception) -> None:
        self._look(grant, token, outcome)
        answered(outcome)

    def _look(self, grant: Grant, token: str, outcome: Response | Exception) -> None:
        if isinstance(outcome, Response) and outcome.status == _REFUSED:
            self._tokens.forget(grant, token)


def _with(request: OutboundRequest, token: str) -> OutboundRequest:
    return replace(request, headers=(*request.headers, ("authorization", f"Bearer {token}")), grant=None)
