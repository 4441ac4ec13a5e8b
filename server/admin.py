"""The admin port: how the server is. One process owns it and asks every worker through its control socket."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from server.control import NobodyThere, ask

_WORST = ("green", "amber", "red")
_HOST = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)
"""A page elsewhere whose name was made to point here would come with another Host."""


def admin_app(sockets: Sequence[Path]) -> Starlette:
    """``GET /ready``: 200 while any worker accepts, 503 otherwise; colours and reasons are in the body."""

    async def ready(request: Request) -> JSONResponse:
        if _HOST.fullmatch(request.headers.get("host", "")) is None:
            return JSONResponse({"error": "this port answers to localhost alone"}, 421)
        health = summary(list(await asyncio.gather(*(_health(path) for path in sockets))))
        return JSONResponse(health, 200 if health["accepting"] else 503, {"cache-control": "no-store"})

    return Starlette(routes=[Route("/ready", ready)])


async def _health(path: Path) -> dict[str, Any]:
    try:
        return await ask(path, {"do": "health"})
    except NobodyThere:
        return {"accepting": False, "colour": "red", "reasons": ["this worker does not answer"]}


def summary(workers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The workers' health as one: it accepts where any does, and is as red as the reddest."""
    return {
        "accepting": any(worker["accepting"] for worker in workers),
        "colour": max((worker["colour"] for worker in workers), key=_WORST.index, default="red"),
        "reasons": sorted({reason for worker in workers for reason in worker["reasons"]}),
        "workers": list(workers),
    }
