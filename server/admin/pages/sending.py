"""Sending a delivery once more: which one, whether really, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.admin.forms import form
from server.admin.pages.front import SILENT, Front
from server.control.following import Answer

_EVENT = re.compile(r"[1-9]\d{0,6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SendingPages:
    """Nothing is sent by a link: only by a form, and once for each time that it was shown."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of all of them."""
        path = "/requests/{worker:worker}/{id}"
        return [
            Route(f"{path}/send", self.question),
            Route(f"{path}/send", self.send, methods=["POST"]),
            Route(f"{path}/sent", self.sent),
        ]

    async def question(self, request: Request) -> Response:
        """The deliveries of the request, or what is to be known of one before it is sent once more."""
        if "tag" not in request.query_params:
            return await self._page(request, {"do": "deliveries"}, "Send once more", "deliveries_of.html")
        return await self._page(request, _delivery(request), "Send once more", "send.html")

    async def send(self, request: Request) -> Response:
        """Once for each question; whoever says yes twice is shown the same."""
        token = (await form(request)).text("token")
        answer = await self._ask(request, {"do": "send_again", "token": token})
        if answer is None or "error" in answer:
            return await self.front.problem(request, 409, SILENT if answer is None else answer["error"])
        query = urlencode({"tag": answer["tag"], "event": answer["event"]})
        return RedirectResponse(f"{_of(request)}/sent?{query}", 303)

    async def sent(self, request: Request) -> Response:
        """Where the delivery stands that was sent once more."""
        return await self._page(request, _delivery(request), "Sent once more", "sent.html")

    async def _page(self, request: Request, command: Mapping[str, Any], title: str, template: str) -> Response:
        answer = await self._ask(request, command)
        if answer is None or "error" in answer:
            return await self.front.problem(request, 404, SILENT if answer is None else answer["error"])
        return await self.front.page("request", title, answer, template=template)

    async def _ask(self, request: Request, command: Mapping[str, Any]) -> Answer | None:
        return await self.front.workers.one(request.path_params["worker"], {**command, "id": request.path_params["id"]})


def _delivery(request: Request) -> Mapping[str, Any]:
    event = request.query_params.get("event", "1")
    number = int(event) if _EVENT.fullmatch(event) else 0
    return {"do": "delivery", "tag": request.query_params.get("tag", ""), "event": number}


def _of(request: Request) -> str:
    """The request's own page."""
    return f"/requests/{request.path_params['worker']}/{quote(request.path_params['id'], safe='')}"
