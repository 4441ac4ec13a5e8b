"""Whether everything is all right since yesterday: what came, what left and what went wrong, of all workers together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.admin.pages.front import Front
from server.admin.pages.numbers import overview
from server.admin.pages.tiles import shown


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The page, and the same as JSON."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [Route("/overview", self.page), Route("/api/overview", self.api)]

    async def page(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """The page; it asks each worker once."""
        health = await self.front.workers.health("overview")
        data = shown(overview(health, self.front.clock()))
        return await self.front.page("overview", "Overview", data, health=health)

    async def api(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """The numbers."""
        return JSONResponse(overview(await self.front.workers.health("overview"), self.front.clock()))
