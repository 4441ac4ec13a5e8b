"""A request tried again: what happened then beside what would happen now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.pages.front import GONE, SILENT, Front


@dataclass(frozen=True, slots=True)
class AgainPage:
    """Nothing is sent and nothing is kept for it."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Its own."""
        return [Route("/requests/{worker:worker}/{id}/again", self.again)]

    async def again(self, request: Request) -> Response:
        """Both sides, tag by tag."""
        worker, id = request.path_params["worker"], request.path_params["id"]
        answer = await self.front.workers.one(worker, {"do": "again", "id": id})
        if answer is None or "error" in answer:
            return await self.front.problem(request, 404, SILENT if answer is None else GONE)
        return await self.front.page("request", "Try again", answer, template="again.html")
