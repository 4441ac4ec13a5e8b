"""One request, from its arrival to the answers of those that were sent what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.pages.front import SILENT, Front


@dataclass(frozen=True, slots=True)
class RequestPage:
    """The page, masked and revealed."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [
            Route("/requests/{worker:int}/{id}", self.request),
            Route("/requests/{worker:int}/{id}/reveal", self.reveal, methods=["POST"]),
        ]

    async def request(self, request: Request) -> Response:
        """One request."""
        return await self._detail(request, reveal=False)

    async def reveal(self, request: Request) -> Response:
        """The same with personal data; the worker's log says that somebody looked."""
        return await self._detail(request, reveal=True)

    async def _detail(self, request: Request, *, reveal: bool) -> Response:
        worker, id = request.path_params["worker"], request.path_params["id"]
        answer = await self.front.workers.one(worker, {"do": "request", "id": id, "reveal": reveal})
        if answer is None:
            return await self.front.problem(request, 404, SILENT)
        if "error" in answer:
            return await self.front.problem(request, 404, "This request is no longer remembered, or never was.")
        return await self.front.page("request", f"{answer['incoming']['method']} request", answer)
