"""The pages about requests and the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TypedDict

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from server.admin import pasted
from server.admin.access import Access
from server.admin.forms import form
from server.admin.guard import is_granted, lasts_of
from server.admin.health import refused
from server.admin.live import Stream, filters_of
from server.admin.reference import components
from server.admin.rendering import page, problem
from server.admin.session import UNKNOWN
from server.admin.workers import Workers
from server.control.following import Answer
from server.explain.hit import HitError
from server.scripts.told import told

_KINDS = ("auto", "url", "curl", "payload", "event")
_SILENT = "This worker does not answer: it may be starting again."


class Trial(TypedDict):
    """The form, as it was sent, and what would become of what it says: ``results`` are answers of a worker."""

    text: str
    kind: str
    client: str
    ip: str
    clients: list[str]
    error: str | None
    results: list[Answer]


class Pages:
    """Each method is a route."""

    def __init__(self, workers: Workers, access: Access, leaving: Callable[[], bool]) -> None:
        self._workers = workers
        self._signed_in = access.token is not None
        self._leaving = leaving

    async def live(self, request: Request) -> Response:
        """The latest requests."""
        loaded = await self._configuration()
        data = {
            "clients": loaded.get("clients", []),
            "tags": loaded.get("tag_names", []),
            "limit": loaded.get("recorded_requests", 0),
            "workers": len(self._workers),
            "filters": filters_of(request.query_params),
            "recording": loaded.get("recorded_requests", 0) > 0,
            "geo_built": loaded.get("geo_built"),
        }
        return await self._page("live", "Live", data)

    async def stream(self, request: Request) -> Response:
        """What the live page listens to."""
        lasts = lasts_of(request)
        stream = Stream(self._workers, filters_of(request.query_params), lambda: self._leaving() or not lasts())
        return StreamingResponse(stream.events(), media_type="text/event-stream")

    async def request(self, request: Request) -> Response:
        """One request."""
        return await self._detail(request, reveal=False)

    async def reveal(self, request: Request) -> Response:
        """The same with personal data; the worker's log says that somebody looked."""
        return await self._detail(request, reveal=True)

    async def _detail(self, request: Request, *, reveal: bool) -> Response:
        worker, id = request.path_params["worker"], request.path_params["id"]
        answer = await self._workers.one(worker, {"do": "request", "id": id, "reveal": reveal})
        if answer is None:
            return await self.problem(request, 404, _SILENT)
        if "error" in answer:
            return await self.problem(request, 404, "This request is no longer remembered, or never was.")
        return await self._page("request", f"{answer['incoming']['method']} request", answer)

    async def try_it(self, request: Request) -> Response:
        """The form, and what would become of what it sends."""
        loaded = await self._configuration()
        clients: list[str] = loaded.get("clients", [])
        trial: Trial = {"text": "", "kind": "auto", "client": "", "ip": "", "clients": clients, "error": None, "results": []}
        if request.method == "POST":
            sent = await form(request)
            trial["text"], trial["ip"] = sent.text("text"), sent.text("ip")
            trial["kind"] = sent.text("kind") if sent.text("kind") in _KINDS else "auto"
            trial["client"] = sent.text("client") if sent.text("client") in clients else (clients or [""])[0]
            await self._try(trial)
        return await self._page("try", "Try it", trial)

    async def _try(self, trial: Trial) -> None:
        try:
            commands = pasted.commands(trial["text"], trial["kind"], trial["client"], _address(trial["ip"]))
        except HitError as error:
            trial["error"] = str(error)
            return
        answers = await asyncio.gather(*(self._workers.any(command) for command in commands))
        trial["results"] = [answer for answer in answers if answer is not None and "error" not in answer]
        trial["error"] = None if len(trial["results"]) == len(answers) else _SILENT

    async def configuration(self, request: Request) -> Response:
        """What is loaded."""
        loaded = await self._workers.any({"do": "configuration"})
        if loaded is None:
            return await self.problem(request, 503, _SILENT)
        loaded["refused"] = refused(await self._workers.health())
        return await self._page("configuration", "Configuration", loaded)

    async def scripts(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """Google's scripts that are held, and what was asked for besides."""
        it = told(await self._workers.each({"do": "scripts"}))
        return await self._page("scripts", "Scripts", {"scripts": it.scripts, "tables": it.tables()})

    async def reference(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """Every component with its settings and examples."""
        return await self._page("reference", "Reference", {"components": components()})

    async def problem(self, request: Request, status: int, words: str) -> Response:
        """A page that says what is wrong; how the server is only to whoever may know."""
        if is_granted(request):
            return problem(await self._workers.health(), status, words, signed_in=self._signed_in)
        return problem(UNKNOWN, status, words)

    async def _page(self, name: str, title: str, data: Mapping[str, object]) -> Response:
        return page(name, title, await self._workers.health(), data, signed_in=self._signed_in)

    async def _configuration(self) -> Answer:
        return await self._workers.any({"do": "configuration"}) or {}


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip())) if text.strip() else ""
    except ValueError:
        raise HitError(f"{text.strip()!r} is not an IP address") from None
