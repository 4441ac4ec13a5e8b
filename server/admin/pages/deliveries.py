"""The pages about deliveries: how destinations are, what was given up, and what an operator does about it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.admin.forms import Form, form
from server.admin.pages.destinations import (
    DestinationLine,
    IdleTag,
    RowLine,
    began,
    destinations,
    idle_tags,
    masked_body,
    row,
    whole,
    whole_row,
)
from server.admin.pages.front import Front
from server.control.following import Answer
from server.control.sockets import Command
from server.outbox.row import named_row
from server.outbox.selection import ListedRow, ShownRow

LISTED = 25
"""Rows of each kind that the page shows at first."""
MOST_LISTED = 100
"""Rows of each kind that it shows to whoever asks for more."""

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_NONE_CHOSEN = "/deliveries?done=none&rows=0"
_DONE = {"retry": "will be tried again now", "drop": "dropped, undelivered"}

log = structlog.get_logger("tagyard")


class Chosen(TypedDict):
    """Rows by what a command of the outbox calls them: by ``ids``, or by their state and tag."""

    ids: NotRequired[list[str]]
    state: NotRequired[str]
    tag: NotRequired[str | None]


class Overview(TypedDict):
    """``dead_total`` and ``waiting_total`` count all rows of the tag, ``dead`` and ``waiting`` are those that are listed.

    ``began`` is when the last hour begins to be known, where that is less long ago; ``more`` the address that lists more rows.
    """

    destinations: list[DestinationLine]
    idle: list[IdleTag]
    began: str | None
    dead: list[RowLine]
    dead_total: int
    waiting: list[RowLine]
    waiting_total: int
    more: str | None
    filter: dict[str, str]
    tags: list[str]
    done: str | None


class OfTag(TypedDict):
    """Rows of one tag."""

    tag: str
    count: int


class Question(TypedDict):
    """What somebody is asked before rows are dropped: how many were ``picked``, and how many workers are ``silent``."""

    ids: list[str]
    tag: str
    count: int
    tags: list[OfTag]
    picked: int
    silent: int


@dataclass(frozen=True, slots=True)
class DeliveriesPages:
    """What waits and what was given up, one row of it, and what is done about it."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of all of them."""
        return [
            Route("/deliveries", self.overview),
            Route("/deliveries/retry", self.retry, methods=["POST"]),
            Route("/deliveries/drop", self.drop, methods=["POST"]),
            Route("/deliveries/{row}", self.row),
        ]

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
        dead_totals = [sum(number for name, number in each.items() if tag in ("", name)) for each in totals]
        data: Overview = {
            "destinations": lines,
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

    async def row(self, request: Request) -> Response:
        """One row with what is stored of it."""
        id = request.path_params["row"]
        command = {"do": "show", "ids": [id]}
        found: list[ShownRow] = await self._ask(command) if named_row(id) else []
        if not found:
            return await self.front.problem(request, 404, "There is no such row; it may have been delivered meanwhile.")
        body = json.dumps(masked_body(found[0]["body"]), indent=2, ensure_ascii=False)
        data = {"row": {name: str(value) for name, value in whole_row(found[0]).items()}, "body": body}
        return await self.front.page("row", f"Row {id}", data)

    async def retry(self, request: Request) -> Response:
        """Rows are due now."""
        return await self._change("retry", await form(request))

    async def drop(self, request: Request) -> Response:
        """Rows are removed, after a second question that says how many and whose they are."""
        sent = await form(request)
        if sent.text("sure") == "yes":
            return await self._change("drop", sent)
        wanted = _chosen(sent)
        if wanted is None:
            return RedirectResponse(_NONE_CHOSEN, 303)
        answers = await self.front.workers.each({"do": "count", "of": "drop", **wanted})
        tags = _by_tag(answers)
        if not tags:
            return RedirectResponse("/deliveries?done=drop&rows=0", 303)
        data: Question = {
            "ids": wanted.get("ids", []),
            "tag": wanted.get("tag") or "",
            "count": sum(tags.values()),
            "tags": [{"tag": tag, "count": rows} for tag, rows in tags.items()],
            "picked": len(wanted.get("ids", ())),
            "silent": self._silent(answers, "counted"),
        }
        return await self.front.page("deliveries", "Drop", data, template="deliveries_confirm.html")

    async def _change(self, action: str, sent: Form) -> Response:
        """``asked``, where the form has it, is the number that somebody was asked about."""
        wanted = _chosen(sent)
        if wanted is None:
            return RedirectResponse(_NONE_CHOSEN, 303)
        answers = await self.front.workers.each({"do": action, **wanted})
        rows = sum(answer["rows"] for answer in answers if isinstance(answer.get("rows"), int))
        log.warning("an operator changed rows of the outbox", action=action, rows=rows)
        told = {"done": action, "rows": rows, "asked": sent.text("asked"), "silent": self._silent(answers, "rows") or ""}
        query = urlencode({name: value for name, value in told.items() if value != ""})
        return RedirectResponse(f"/deliveries?{query}", 303)

    def _silent(self, answers: Sequence[Answer], key: str) -> int:
        """How many workers have not answered, or could not."""
        return len(self.front.workers) - sum(key in answer for answer in answers)

    async def _rows(self, state: str, tag: str, most: int) -> list[ListedRow]:
        found: list[ListedRow] = await self._ask({"do": "list", "state": state, "tag": tag or None, "limit": most})
        return sorted(found, key=lambda each: each["received_at"])[:most]

    async def _ask(self, command: Command) -> list[Any]:
        answers = await self.front.workers.each(command)
        return [each for answer in answers for each in answer.get("rows", ())]


def _chosen(sent: Form) -> Chosen | None:
    """The rows that a form speaks of: every dead letter (of one tag), or those that were picked. None where it names none."""
    if sent.text("all") == "dead":
        return {"state": "dead", "tag": sent.text("tag") or None}
    ids = list(dict.fromkeys(id for id in sent.all("ids") if named_row(id)))
    return {"ids": ids} if ids else None


def _by_tag(answers: Iterable[Answer]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for each in (each for answer in answers for each in answer.get("counted", ())):
        found[each["tag"]] += each["rows"]
    return dict(sorted(found.items()))


def _done(request: Request) -> str | None:
    action = request.query_params.get("done", "")
    if action == "none":
        return "No row was chosen."
    rows, asked, silent = (_number(request, name) for name in ("rows", "asked", "silent"))
    if action not in _DONE or rows is None:
        return None
    words = f"{_rows(rows)} {_DONE[action]}." if rows else "No such row, or it is on the wire."
    return words + _asked(rows, asked) + _silent(silent)


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if _NUMBER.fullmatch(text) else None


def _asked(rows: int, asked: int | None) -> str:
    """Why it is another number than the one that somebody was asked about."""
    if asked is None or asked == rows:
        return ""
    if rows > asked:
        return f" You were asked about {asked}; the others came meanwhile."
    return f" You were asked about {asked}; the others were delivered meanwhile, or are on the wire."


def _silent(workers: int | None) -> str:
    return f" {workers} of the workers did not answer: look whether something is left." if workers else ""


def _rows(number: int) -> str:
    return f"{number} row{'' if number == 1 else 's'}"
