"""What every page has in common: the workers it asks, the frame it stands in, and what is said where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.rendering import How, page, problem
from server.admin.sign_in.guard import is_granted
from server.admin.sign_in.session import UNKNOWN
from server.admin.workers import Workers

SILENT: Final = "This worker does not answer: it may be starting again."
GONE: Final = "This request is no longer remembered, or never was."


class Page(Protocol):
    """A page, or some that belong together."""

    def routes(self) -> Sequence[Route]:
        """The paths they are at."""
        ...


@dataclass(frozen=True, slots=True)
class Front:
    """``leaving`` ends what would not end by itself; ``clock`` gives microseconds since 1970; ``signed_in``: there is a token."""

    workers: Workers
    signed_in: bool
    leaving: Callable[[], bool]
    clock: Callable[[], int]

    async def page(
        self, name: str, title: str, data: Mapping[str, object], *, template: str | None = None, health: How | None = None
    ) -> Response:
        """The page of this ``template``, by default the name's, under its place in the navigation. ``health`` is asked for.

        It is drawn in a thread: the loop may be that of a worker, whose hits do not wait for it.
        """
        how = health or await self.workers.health()
        return await asyncio.to_thread(page, name, title, how, data, template=template, signed_in=self.signed_in)

    async def problem(self, request: Request, status: int, words: str) -> Response:
        """A page that says what is wrong; how the server is only to whoever may know."""
        if is_granted(request):
            return problem(await self.workers.health(), status, words, signed_in=self.signed_in)
        return problem(UNKNOWN, status, words)
