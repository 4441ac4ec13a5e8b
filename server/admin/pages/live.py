"""The latest requests, as they come, and those before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypedDict

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from server.admin.pages.front import Front
from server.admin.pages.kept import Kept, asked_of, kept
from server.admin.pages.refused import RefusedView
from server.admin.pages.stream import Stream
from server.admin.pages.views import REFUSED, address, view_links
from server.admin.sign_in.guard import lasts_of
from server.inspection.listing import place_of
from server.inspection.marks import MEANING
from server.inspection.search import FILTERS, VIEWS, WORDS
from server.observe.recorder import MOST_UNSEEN


class Field(TypedDict):
    """A filter, and what is typed there."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class LivePage:
    """The page, and what it listens to."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [Route("/", self.live), Route("/live/stream", self.stream)]

    async def live(self, request: Request) -> Response:
        """The latest requests that match, or those before a place in the list; or the view of what was refused."""
        if request.query_params.get("view") == REFUSED:
            return await RefusedView(self.front).show(request)
        asked, before = asked_of(request.query_params), request.query_params.get("before", "")
        workers = self.front.workers
        health, found = await asyncio.gather(workers.health(), kept(workers, asked, before))
        shown = {**_shown(found, asked, before), "workers": len(workers), "unseen": MOST_UNSEEN}
        return await self.front.page("live", "Live", shown, health=health)

    async def stream(self, request: Request) -> Response:
        """What the live page listens to."""
        lasts, leaving = lasts_of(request), self.front.leaving
        stream = Stream(self.front.workers, asked_of(request.query_params), lambda: leaving() or not lasts())
        return StreamingResponse(stream.events(), media_type="text/event-stream")


def _shown(found: Kept, asked: Mapping[str, str], before: str) -> dict[str, object]:
    view = asked["view"] if asked["view"] in VIEWS else ""
    return {
        **asdict(found),
        "view": view,
        "words": asked[WORDS],
        "browser": asked["browser"],
        "fields": _fields(asked),
        "views": view_links(view, asked, found.counts["views"] | {REFUSED: found.refused}),
        "is_narrow": any(value for name, value in asked.items() if name != "view"),
        "has_filters": any(asked[name] for name in FILTERS),
        "is_older": place_of(before) is not None,
        "marks": MEANING,
        "newest": address(asked),
        "older": address(asked, before=found.older) if found.older else "",
        "unfiltered": address({"view": asked["view"]}),
    }


def _fields(asked: Mapping[str, str]) -> list[Field]:
    return [{"name": name, "label": each.label, "value": asked[name]} for name, each in FILTERS.items()]
