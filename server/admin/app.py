"""The routes of the admin port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from server.admin.api import Api
from server.admin.door import Door
from server.admin.forms import TooLarge
from server.admin.guard import Guard
from server.admin.outbox_pages import OutboxPages
from server.admin.pages import Pages
from server.admin.rendering import static
from server.admin.session import Session
from server.admin.workers import Workers

_WORDS = {404: "There is no such page.", 405: "This page cannot be asked like that."}


def admin_app(
    sockets: Sequence[Path],
    door: Door,
    *,
    leaving: Callable[[], bool],
    clock: Callable[[], int],
    trouble: Callable[[int], str | None] = lambda _: None,
    beside: Callable[[], Mapping[str, Any]] = dict,
) -> ASGIApp:
    """The admin port of the workers with these control sockets. ``leaving`` ends what would not end by itself.

    ``trouble`` says what ails the worker of a number, ``beside`` what is counted outside of all workers, for the metrics.
    """
    workers = Workers(sockets, trouble)
    pages, outbox = Pages(workers, door.access, leaving), OutboxPages(workers, door.access, clock)
    routes = _routes(pages, outbox, Api(workers, door, beside), Session(door))
    handlers: dict[Any, Any] = dict.fromkeys((HTTPException, TooLarge, Exception), _failed(pages))
    return Guard(Starlette(routes=routes, exception_handlers=handlers), door)


def _routes(pages: Pages, outbox: OutboxPages, api: Api, session: Session) -> list[Route]:
    return [
        Route("/", pages.live),
        Route("/live/stream", pages.stream),
        Route("/requests/{worker:int}/{id}", pages.request),
        Route("/requests/{worker:int}/{id}/reveal", pages.reveal, methods=["POST"]),
        Route("/try", pages.try_it, methods=["GET", "POST"]),
        Route("/configuration", pages.configuration),
        Route("/scripts", pages.scripts),
        Route("/reference", pages.reference),
        Route("/deliveries", outbox.overview),
        Route("/deliveries/retry", outbox.retry, methods=["POST"]),
        Route("/deliveries/drop", outbox.drop, methods=["POST"]),
        Route("/deliveries/{row}", outbox.row),
        Route("/login", session.login, methods=["GET", "POST"]),
        Route("/logout", session.logout, methods=["POST"]),
        Route("/static/{name}", lambda request: static(request.path_params["name"])),
        Route("/ready", api.ready),
        Route("/metrics", api.metrics),
        Route("/api/requests", api.requests),
        Route("/api/requests/{worker:int}/{id}", api.request),
        Route("/api/deliveries", api.deliveries),
        Route("/api/scripts", api.scripts),
        Route("/api/configuration", api.configuration),
    ]


def _failed(pages: Pages) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 413 if isinstance(error, TooLarge) else 500
        words = str(error) if isinstance(error, TooLarge) else _WORDS.get(status, "This page failed, and the log says where.")
        return await pages.problem(request, status, words)

    return failed
