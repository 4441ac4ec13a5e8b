"""One request, from its arrival to the answers of those that were sent what came of it: a tab at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.admin.forms import form
from server.admin.pages.front import GONE, SILENT, Front
from server.admin.view import asked_by, view_of
from server.control.following import Answer


@dataclass(frozen=True, slots=True)
class RequestPage:
    """The page, masked and revealed."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [
            Route("/requests/{worker:worker}/{id}", self.request),
            Route("/requests/{worker:worker}/{id}/reveal", self.reveal, methods=["POST"]),
        ]

    async def request(self, request: Request) -> Response:
        """One request, as the address says."""
        return await self._detail(request, request.query_params, reveal=False)

    async def reveal(self, request: Request) -> Response:
        """The same with personal data, as the button says; the worker's log says each time that somebody looked."""
        return await self._detail(request, asked_by((await form(request)).text("show")), reveal=True)

    async def _detail(self, request: Request, asked: Mapping[str, str], *, reveal: bool) -> Response:
        worker, id = request.path_params["worker"], request.path_params["id"]
        command = {"do": "request", "id": id, "reveal": reveal, "view": view_of(asked)}
        answer = await self.front.workers.one(worker, command)
        if answer is None or "error" in answer:
            return await self.front.problem(request, 404, SILENT if answer is None else GONE)
        if "text" in answer:
            return PlainTextResponse(answer["text"].encode("utf-8", "replace"))
        shown = {**answer, "earlier": None, "later": None, **await self._neighbours(answer)}
        return await self.front.page("request", f"{answer['method']} {answer['path'][:60]}", shown)

    async def _neighbours(self, answer: Answer) -> dict[str, Answer]:
        """The requests of the same visitor right before and after this one, whichever workers have them."""
        if not answer["visitor"]:
            return {}
        asked = {"client_id": answer["visitor"], "at": answer["received_at"], "id": answer["id"]}
        answers = await self.front.workers.each({"do": "neighbours", **asked})
        earlier = [each["earlier"] for each in answers if each.get("earlier")]
        later = [each["later"] for each in answers if each.get("later")]
        found = {"earlier": max(earlier, key=_place, default=None), "later": min(later, key=_place, default=None)}
        return {side: each for side, each in found.items() if each}


def _place(neighbour: Answer) -> tuple[int, str]:
    return neighbour["at"], neighbour["id"]
