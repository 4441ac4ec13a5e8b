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
from server.admin.forms import TooLarge
from server.admin.pages.again import AgainPage
from server.admin.pages.browser import BrowserPage
from server.admin.pages.changing import ChangingPages
from server.admin.pages.configuration import ConfigurationPage
from server.admin.pages.deliveries import DeliveriesPages
from server.admin.pages.editor import EditorPage
from server.admin.pages.finding import FindingPage
from server.admin.pages.front import Front, Page
from server.admin.pages.live import LivePage
from server.admin.pages.overview import OverviewPage
from server.admin.pages.reference import ReferencePage
from server.admin.pages.request import RequestPage
from server.admin.pages.row import RowPage
from server.admin.pages.scripts import ScriptsPage
from server.admin.pages.sending import SendingPages
from server.admin.pages.trying import TryPage
from server.admin.pages.visitor import VisitorPage
from server.admin.rendering import static
from server.admin.sign_in.door import Door
from server.admin.sign_in.guard import Guard
from server.admin.sign_in.session import Session
from server.admin.workers import Workers
from server.drafts.processes import Drafts

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
    front = Front(workers, door.access.token is not None, leaving, clock)
    pages: list[Page] = [
        LivePage(front),
        OverviewPage(front),
        RequestPage(front),
        FindingPage(front),
        AgainPage(front),
        BrowserPage(front),
        SendingPages(front),
        VisitorPage(front),
        DeliveriesPages(front),
        ChangingPages(front),
        RowPage(front),
        ConfigurationPage(front),
        EditorPage(front, Drafts()),
        TryPage(front),
        ScriptsPage(front),
        ReferencePage(front),
        Session(door),
        Api(workers, door, beside),
    ]
    routes = [route for page in pages for route in page.routes()]
    routes.append(Route("/static/{name}", lambda request: static(request.path_params["name"])))
    handlers: dict[Any, Any] = dict.fromkeys((HTTPException, TooLarge, Exception), _failed(front))
    return Guard(Starlette(routes=routes, exception_handlers=handlers), door)


def _failed(front: Front) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 413 if isinstance(error, TooLarge) else 500
        words = str(error) if isinstance(error, TooLarge) else _WORDS.get(status, "This page failed, and the log says where.")
        return await front.problem(request, status, words)

    return failed
