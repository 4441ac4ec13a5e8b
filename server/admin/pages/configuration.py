"""What is loaded, and whom it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.health import refused
from server.admin.pages.front import SILENT, Front


@dataclass(frozen=True, slots=True)
class ConfigurationPage:
    """The page of the configuration in force."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of the page."""
        return [Route("/configuration", self.configuration)]

    async def configuration(self, request: Request) -> Response:
        """What is loaded."""
        loaded = await self.front.workers.any({"do": "configuration"})
        if loaded is None:
            return await self.front.problem(request, 503, SILENT)
        loaded["refused"] = refused(await self.front.workers.health())
        return await self.front.page("configuration", "Configuration", loaded)
