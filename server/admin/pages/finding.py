"""Short addresses of requests: by the id that the log names, or by parameters that a page knows of the hit it has sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.admin.pages.front import Front
from server.control.sockets import Command

MOST: Final = 10
"""Parameters that are looked for."""

_NOT_FOUND: Final = "No recorded request is known by that: it has not come, or is no longer remembered."


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Leads to the page of a request."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both addresses."""
        return [Route("/r", self.by_parameters), Route("/r/{id}", self.by_id)]

    async def by_id(self, request: Request) -> Response:
        """The request with this id, whichever worker has it."""
        return await self._lead(request, {"do": "find", "id": request.path_params["id"]})

    async def by_parameters(self, request: Request) -> Response:
        """The latest request whose query has the parameters of this one."""
        return await self._lead(request, {"do": "find", "parameters": dict(islice(request.query_params.items(), MOST))})

    async def _lead(self, request: Request, command: Command) -> Response:
        workers = self.front.workers
        answers = await asyncio.gather(*(workers.one(worker, command) for worker in range(len(workers))))
        for worker, answer in enumerate(answers):
            if answer is not None and answer.get("id"):
                return RedirectResponse(f"/requests/{worker}/{quote(answer['id'], safe='')}", 303)
        return await self.front.problem(request, 404, _NOT_FOUND)
