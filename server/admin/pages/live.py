"""The latest requests, as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from server.admin.pages.front import Front
from server.admin.pages.refused import RefusedView
from server.admin.pages.stream import Stream, filters_of
from server.admin.sign_in.guard import lasts_of


@dataclass(frozen=True, slots=True)
class LivePage:
    """The page, and what it listens to."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [Route("/", self.live), Route("/live/stream", self.stream)]

    async def live(self, request: Request) -> Response:
        """The latest requests, or another view of what came."""
        if request.query_params.get("view") == "refused":
            return await RefusedView(self.front).show(request)
        loaded = await self.front.configuration()
        data = {
            "clients": loaded.get("clients", []),
            "tags": loaded.get("tag_names", []),
            "limit": loaded.get("recorded_requests", 0),
            "workers": len(self.front.workers),
            "filters": filters_of(request.query_params),
            "recording": loaded.get("recorded_requests", 0) > 0,
            "geo_built": loaded.get("geo_built"),
        }
        return await self.front.page("live", "Live", data)

    async def stream(self, request: Request) -> Response:
        """What the live page listens to."""
        lasts, leaving = lasts_of(request), self.front.leaving
        stream = Stream(self.front.workers, filters_of(request.query_params), lambda: leaving() or not lasts())
        return StreamingResponse(stream.events(), media_type="text/event-stream")
