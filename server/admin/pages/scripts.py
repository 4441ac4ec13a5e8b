"""Google's scripts that are held, and what was asked for besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.pages.front import Front
from server.scripts.told import told


@dataclass(frozen=True, slots=True)
class ScriptsPage:
    """The page of Google's scripts."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of the page."""
        return [Route("/scripts", self.scripts)]

    async def scripts(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """Google's scripts that are held, and what was asked for besides."""
        it = told(await self.front.workers.each({"do": "scripts"}))
        return await self.front.page("scripts", "Scripts", {"scripts": it.scripts, "tables": it.tables()})
