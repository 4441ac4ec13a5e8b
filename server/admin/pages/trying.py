"""What would become of a request that somebody pastes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypedDict

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.admin.forms import form
from server.admin.pages import pasted
from server.admin.pages.front import SILENT, Front
from server.admin.view import asked_by, view_of
from server.control.following import Answer
from server.explain.hit import HitError

_KINDS = ("auto", "url", "curl", "payload", "event")


class Trial(TypedDict):
    """The form, as it was sent, and what would become of what it says.

    ``results`` are answers of a worker: of that with the number ``result`` a tab, of the others the head.
    """

    text: str
    kind: str
    client: str
    ip: str
    clients: list[str]
    error: str | None
    result: int
    results: list[Answer]


@dataclass(frozen=True, slots=True)
class TryPage:
    """The form, and what would become of what it sends."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [Route("/try", self.try_it, methods=["GET", "POST"])]

    async def try_it(self, request: Request) -> Response:
        """The form, and what would become of what it sends."""
        loaded = await self.front.workers.any({"do": "configuration"}) or {}
        clients: list[str] = loaded.get("clients", [])
        trial = _untried(clients)
        if request.method == "POST":
            sent = await form(request)
            trial["text"], trial["ip"] = sent.text("text"), sent.text("ip")
            trial["kind"] = sent.text("kind") if sent.text("kind") in _KINDS else "auto"
            trial["client"] = sent.text("client") if sent.text("client") in clients else (clients or [""])[0]
            await self._try(trial, asked_by(sent.text("show")))
            if texts := [result["text"] for result in trial["results"] if "text" in result]:
                return PlainTextResponse(texts[0].encode("utf-8", "replace"))
        return await self.front.page("try", "Try it", trial)

    async def _try(self, trial: Trial, asked: Mapping[str, str]) -> None:
        try:
            commands = pasted.commands(trial["text"], trial["kind"], trial["client"], _address(trial["ip"]))
        except HitError as error:
            trial["error"] = str(error)
            return
        trial["result"] = _number(asked.get("result", ""), len(commands))
        views: list[object] = [{"only_title": True}] * len(commands)
        views[trial["result"] - 1] = view_of(asked)
        told = ({**command, "view": view} for command, view in zip(commands, views, strict=True))
        answers = await asyncio.gather(*(self.front.workers.any(command) for command in told))
        trial["results"] = [answer for answer in answers if answer is not None and "error" not in answer]
        trial["error"] = None if len(trial["results"]) == len(answers) else SILENT


def _untried(clients: list[str]) -> Trial:
    return {"text": "", "kind": "auto", "client": "", "ip": "", "clients": clients, "error": None, "result": 1, "results": []}


def _number(asked: str, results: int) -> int:
    """Of a result that there is; the first where none is named."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1
    return max(1, min(number, results))


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip())) if text.strip() else ""
    except ValueError:
        raise HitError(f"{text.strip()!r} is not an IP address") from None
