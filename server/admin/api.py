"""What programs ask: readiness, metrics, and the pages' contents as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.admin.pages.kept import asked_of, kept
from server.admin.sign_in.door import Door
from server.admin.sign_in.guard import is_granted
from server.admin.workers import Workers
from server.observe.exposition import CONTENT_TYPE, exposition
from server.scripts.told import told

_EVERYTHING: Final = {"limit": 100, "most": 1 << 30}
"""Of the latest requests: as many as one answer has, however long they are."""


class Api:
    """Answers without a page around them. ``beside`` gives what is counted outside of all workers."""

    def __init__(self, workers: Workers, door: Door, beside: Callable[[], Mapping[str, Any]]) -> None:
        self._workers = workers
        self._door = door
        self._beside = beside

    def routes(self) -> Sequence[Route]:
        """Of all of them."""
        return [
            Route("/ready", self.ready),
            Route("/metrics", self.metrics),
            Route("/api/requests", self.requests),
            Route("/api/requests/{worker:worker}/{id}", self.request),
            Route("/api/deliveries", self.deliveries),
            Route("/api/scripts", self.scripts),
            Route("/api/configuration", self.configuration),
        ]

    async def ready(self, request: Request) -> Response:
        """200 while any worker accepts, 503 otherwise; colours and reasons for whoever may know them."""
        health = await self._workers.health()
        body = health if is_granted(request) else {"accepting": health["accepting"]}
        return JSONResponse(body, 200 if health["accepting"] else 503)

    async def metrics(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """Everything that is counted, in Prometheus' text format."""
        own = {"refused_sign_ins": list(self._door.refused.items())}
        answers = [{**own, **self._beside(), **answer} for answer in await self._workers.told({"do": "metrics"})]
        return PlainTextResponse(exposition(answers), media_type=CONTENT_TYPE)

    async def requests(self, request: Request) -> Response:
        """The latest requests of all workers, the newest first; ``older`` is where those begin that come after a page of them."""
        found = await kept(self._workers, asked_of(request.query_params), request.query_params.get("before", ""), **_EVERYTHING)
        return JSONResponse({"requests": found.lines, "older": found.older, "counts": found.counts})

    async def request(self, request: Request) -> Response:
        """Everything about one request, masked."""
        command = {"do": "request", "id": request.path_params["id"]}
        answer = await self._workers.one(request.path_params["worker"], command)
        if answer is None or "error" in answer:
            return JSONResponse(answer or {"error": "this worker does not answer"}, 404)
        return JSONResponse(answer)

    async def deliveries(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """How the workers and their destinations are."""
        return JSONResponse(await self._workers.health())

    async def scripts(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """Google's scripts that are held, and what was asked for besides."""
        return JSONResponse(told(await self._workers.each({"do": "scripts"})).as_json())

    async def configuration(self, request: Request) -> Response:  # noqa: ARG002  a route's form
        """What is loaded."""
        answer = await self._workers.any({"do": "configuration"})
        return JSONResponse(answer or {"error": "no worker answers"}, 200 if answer else 503)
