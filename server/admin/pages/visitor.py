"""One visitor: everything that is remembered of a client id, from every worker, as a timeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict, cast
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.admin.forms import number
from server.admin.pages.front import Front
from server.inspection.timeline import SessionShown, timeline
from server.inspection.visitors import KnownVisitor, OneVisitor, VisitorEvent

SHOWN: Final = 60
"""Events on one page."""
_DOTS: Final = (".", "..")
"""Client ids that no path can hold: browsers take them for folders."""


class Facts(TypedDict):
    """What is to be said above the timeline; ``states`` counts deliveries by the word for where they stand."""

    shown_as: str
    events: int
    pages: int
    user: bool
    states: dict[str, int]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class VisitorPage:
    """The page of one, and the one that finds him."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [Route("/visitors", self.find), Route("/visitors/{client_id:path}", self.visitor)]

    async def find(self, request: Request) -> Response:
        """The visitors that are remembered, or the way to the one whose client id was given."""
        client_id = request.query_params.get("client_id", "").strip()
        if client_id in _DOTS:
            return await self._visitor(client_id, request)
        if client_id:
            return RedirectResponse(visitor_path(client_id), 303)
        answers = await self.front.workers.each({"do": "visitors"})
        known = united(cast(KnownVisitor, each) for answer in answers for each in answer.get("visitors", ()))
        return await self.front.page("visitors", "Visitors", {"visitors": known})

    async def visitor(self, request: Request) -> Response:
        """The timeline of one."""
        return await self._visitor(request.path_params["client_id"], request)

    async def _visitor(self, client_id: str, request: Request) -> Response:
        at = number(request.query_params.get("before", "")) or 0
        asked = {"do": "visitor", "client_id": client_id, "before": at}
        answers = [cast(OneVisitor, each) for each in await self.front.workers.each(asked) if "error" not in each]
        latest = sorted((event for each in answers for event in each["events"]), key=_newest_first)
        events = _whole(latest)
        sessions = timeline(events)
        data = {
            "path": visitor_path(client_id),
            "facts": _facts(events, sessions, answers),
            "sessions": sessions,
            "older": events[-1]["at"] if events and len(events) < sum(each["found"] for each in answers) else None,
            "before": at,
            "since": max((each["since"] for each in answers), default=0),
            "gaps": any(each["gaps"] for each in answers),
            "workers": len(self.front.workers),
        }
        return await self.front.page("visitor", "Visitor", data)


def visitor_path(client_id: str) -> str:
    """Where the timeline of this client id is."""
    return f"/visitors?client_id={client_id}" if client_id in _DOTS else f"/visitors/{quote(client_id, safe='')}"


def united(known: Iterable[KnownVisitor]) -> list[KnownVisitor]:
    """Each visitor once, the latest first, whichever workers took his requests."""
    found: dict[str, KnownVisitor] = {}
    for each in known:
        before = found.get(each["shown_as"])
        latest = each if before is None or each["last"] > before["last"] else before
        found[each["shown_as"]] = {**latest, "events": each["events"] + (before["events"] if before else 0)}
    return sorted(found.values(), key=lambda its: -its["last"])


def _newest_first(event: VisitorEvent) -> tuple[int, int, list[int]]:
    return -event["at"], event["worker"], [-each for each in event["order"]]


def _whole(events: Sequence[VisitorEvent]) -> list[VisitorEvent]:
    """The latest, and with the last of them all that came in the same moment, so that the next page begins behind it."""
    shown = list(events[:SHOWN])
    return [*shown, *(each for each in events[SHOWN:] if each["at"] == shown[-1]["at"])]


def _facts(events: Sequence[VisitorEvent], sessions: Sequence[SessionShown], answers: Sequence[OneVisitor]) -> Facts:
    states = Counter(left["state"] for event in events for left in event["left"])
    return {
        "shown_as": next((each["shown_as"] for each in answers), ""),
        "events": len(events),
        "pages": sum(bool(page["page"]) for session in sessions for page in session["pages"]),
        "user": any(event["user"] for event in events),
        "states": dict(states.most_common()),
        "first": min((event["at"] for event in events), default=0),
        "last": max((event["at"] for event in events), default=0),
    }
