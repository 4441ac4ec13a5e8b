"""What is loaded: its sections, every value that is in force, its files line by line, and whom it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.forms import number
from server.admin.health import refused
from server.admin.pages.front import SILENT, Front
from server.control.sockets import Command

_OPEN: Final = "tags"
"""The section that is open from the beginning, as long as it is short."""
_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class ConfigurationPage:
    """The page of the configuration in force, and its parts: each a page of its own, or, ``bare``, what a fold has in it."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of the page and its parts."""
        return [
            Route("/configuration", self.configuration),
            Route("/configuration/part", self.part),
            Route("/configuration/lines", self.lines),
        ]

    async def configuration(self, request: Request) -> Response:
        """What is loaded; values and lines are fetched as somebody unfolds them."""
        loaded = await self.front.workers.any({"do": "configuration"})
        if loaded is None:
            return await self.front.problem(request, 503, SILENT)
        health = await self.front.workers.health()
        first = await self.front.workers.any({"do": "section", "section": _OPEN})
        short = first is not None and len(first.get("entries", ())) <= _SHORT
        shown = {**loaded, "refused": refused(health), "open": {_OPEN: first} if short else {}}
        return await self.front.page("configuration", "Configuration", shown, health=health)

    async def part(self, request: Request) -> Response:
        """The entries of a section, or the values of one."""
        query = request.query_params
        command = {
            "do": "section",
            "section": query.get("section"),
            "key": query.get("key"),
            "after": number(query.get("after", "")) or 0,
        }
        return await self._part(request, command, "section")

    async def lines(self, request: Request) -> Response:
        """The lines of a file."""
        query = request.query_params
        command = {"do": "lines", "file": query.get("file"), "first": number(query.get("first", "")) or 1}
        return await self._part(request, command, "lines")

    async def _part(self, request: Request, command: Command, kind: str) -> Response:
        answer = await self.front.workers.any(command)
        if answer is None or "error" in answer:
            return await self.front.problem(request, 404 if answer else 503, answer["error"] if answer else SILENT)
        template = "_configuration_part.html" if "bare" in request.query_params else "configuration_part.html"
        data = {
            "kind": kind,
            "part": answer,
            **{name: command.get(name) for name in ("section", "key", "after", "file", "first")},
        }
        return await self.front.page("configuration", "Configuration", data, template=template)
