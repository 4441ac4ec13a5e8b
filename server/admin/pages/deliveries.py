"""The page about deliveries: how destinations are, what waits, what was given up, and what an operator has done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.forms import number
from server.admin.pages.destinations import (
    DestinationLine,
    IdleTag,
    RowLine,
    began,
    destinations,
    idle_tags,
    row,
    whole,
    worst_of,
)
from server.admin.pages.front import Front
from server.outbox.selection import ListedRow

LISTED = 25
"""Rows of each kind that the page shows at first."""
MOST_LISTED = 100
"""Rows of each kind that it shows to whoever asks for more."""

MOST_DESTINATIONS = 16
"""Destinations that the page shows: of more, those that are worst."""

_DONE = {"retry": "will be tried again now", "drop": "dropped, undelivered"}


class Overview(TypedDict):
    """``dead_total`` and ``waiting_total`` count all rows of the tag, ``dead`` and ``waiting`` are those that are listed.

    ``began`` is when the last hour begins to be known, where that is less long ago; ``more`` the address that lists more rows.
    """

    destinations: list[DestinationLine]
    more_destinations: int
    idle: list[IdleTag]
    began: int | None
    dead: list[RowLine]
    dead_total: int
    waiting: list[RowLine]
    waiting_total: int
    more: str | None
    filter: dict[str, str]
    tags: list[str]
    done: str | None


@dataclass(frozen=True, slots=True)
class DeliveriesPages:
    """How destinations are, and what waits and was given up."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Its own."""
        return [Route("/deliveries", self.overview)]

    async def overview(self, request: Request) -> Response:
        """Destinations, dead letters, and rows that wait."""
        health = await self.front.workers.health("destinations")
        tag, all = request.query_params.get("tag", ""), request.query_params.get("rows") == "more"
        most = MOST_LISTED if all else LISTED
        dead, waiting = await self._rows("dead", tag, most), await self._rows("queued", tag, most)
        workers, now = health["workers"], self.front.clock()
        told, idle = destinations(workers, now), idle_tags(workers)
        lines = [each for each in told if tag in ("", each["tag"])]
        totals = [worker.get("dead_letters", {}) for worker in workers]
        dead_totals = [sum(rows for name, rows in each.items() if tag in ("", name)) for each in totals]
        data: Overview = {
            "destinations": list(worst_of(lines, MOST_DESTINATIONS)),
            "more_destinations": max(0, len(lines) - MOST_DESTINATIONS),
            "idle": [each for each in idle if tag in ("", each["tag"])],
            "began": began(workers, now),
            "dead": list(map(row, dead)),
            "dead_total": whole(workers)(dead_totals),
            "waiting": list(map(row, waiting)),
            "waiting_total": max(len(waiting), sum(each["pending"] for each in lines)),
            "more": None if all else f"/deliveries?{urlencode({'tag': tag, 'rows': 'more'})}",
            "filter": {"tag": tag},
            "tags": sorted({each["tag"] for each in (*told, *idle, *dead)}),
            "done": _done(request),
        }
        return await self.front.page("deliveries", "Deliveries", data, health=health)

    async def _rows(self, state: str, tag: str, most: int) -> list[ListedRow]:
        answers = await self.front.workers.each({"do": "list", "state": state, "tag": tag or None, "limit": most})
        found: list[ListedRow] = [each for answer in answers for each in answer.get("rows", ())]
        return sorted(found, key=lambda each: each["received_at"])[:most]


def _done(request: Request) -> str | None:
    action = request.query_params.get("done", "")
    if action == "none":
        return "No row was chosen."
    rows, asked, silent = (number(request.query_params.get(name, "")) for name in ("rows", "asked", "silent"))
    if action not in _DONE or rows is None:
        return None
    words = f"{_rows(rows)} {_DONE[action]}." if rows else "No such row, or it is on the wire."
    return words + _asked(rows, asked) + _silent(silent)


def _asked(rows: int, asked: int | None) -> str:
    """Why it is another number than the one that somebody was asked about."""
    if asked is None or asked == rows:
        return ""
    if rows > asked:
        return f" You were asked about {asked}; the others came meanwhile."
    return f" You were asked about {asked}; the others were delivered meanwhile, or are on the wire."


def _silent(workers: int | None) -> str:
    return f" {workers} of the workers did not answer: look whether something is left." if workers else ""


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"
