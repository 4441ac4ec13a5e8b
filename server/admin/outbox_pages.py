"""The pages about deliveries: how destinations are, what was given up, and what an operator does about it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.admin.access import Access
from server.admin.deliveries import destinations, masked_body, row
from server.admin.forms import Form, form
from server.admin.rendering import page
from server.admin.workers import Workers

LISTED = 100
"""Rows of each kind that the page shows."""

_ID = re.compile(r"\d{1,6}-\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_NONE_CHOSEN = "/deliveries?done=none&rows=0"
_DONE = {"retry": "will be tried again now", "drop": "dropped, undelivered"}

log = structlog.get_logger("tagyard")


class OutboxPages:
    """Each public method is a route."""

    def __init__(self, workers: Workers, access: Access, clock: Callable[[], int]) -> None:
        self._workers = workers
        self._signed_in = access.token is not None
        self._clock = clock

    async def overview(self, request: Request) -> Response:
        """Destinations, dead letters, and rows that wait."""
        health = await self._workers.health()
        tag = request.query_params.get("tag", "")
        dead, waiting = await self._rows("dead", tag), await self._rows("queued", tag)
        told = destinations(health["workers"], self._clock())
        totals = [worker.get("dead_letters", {}) for worker in health["workers"]]
        data = {
            "destinations": told,
            "dead": list(map(row, dead)),
            "dead_total": sum(number for each in totals for name, number in each.items() if tag in ("", name)),
            "waiting": list(map(row, waiting)),
            "filter": {"tag": tag},
            "tags": sorted({each["tag"] for each in told} | {each["tag"] for each in dead}),
            "done": _done(request),
        }
        return page("deliveries", "Deliveries", health, data, signed_in=self._signed_in)

    async def row(self, request: Request) -> Response:
        """One row with what is stored of it."""
        id = request.path_params["row"]
        found = await self._ask({"do": "show", "ids": [id]}) if _ID.fullmatch(id) else []
        health = await self._workers.health()
        if not found:
            words = "There is no such row; it may have been delivered meanwhile."
            data: dict[str, Any] = {"status": 404, "heading": "Not found", "words": words}
            return page("problem", "Problem", health, data, status=404, signed_in=self._signed_in)
        body = json.dumps(masked_body(found[0]["body"]), indent=2, ensure_ascii=False)
        data = {"row": {name: str(value) for name, value in row(found[0]).items()}, "body": body}
        return page("row", f"Row {id}", health, data, signed_in=self._signed_in)

    async def retry(self, request: Request) -> Response:
        """Rows are due now."""
        return await self._change("retry", await form(request))

    async def drop(self, request: Request) -> Response:
        """Rows are removed, after a second question."""
        sent = await form(request)
        if sent.text("sure") == "yes":
            return await self._change("drop", sent)
        ids, tag = _ids(sent), sent.text("tag")
        every = sent.text("all") == "dead"
        if not ids and not every:
            return RedirectResponse(_NONE_CHOSEN, 303)
        words = f"every dead letter{f' of {tag}' if tag else ''}" if every else f"{len(ids)} row{'' if len(ids) == 1 else 's'}"
        data = {"ids": ids, "tag": tag, "all": "dead" if every else "", "count": len(ids), "words": words}
        health = await self._workers.health()
        return page("deliveries", "Drop", health, data, template="deliveries_confirm.html", signed_in=self._signed_in)

    async def _change(self, action: str, sent: Form) -> Response:
        wanted: dict[str, Any] = {"ids": _ids(sent)}
        if sent.text("all") == "dead":
            wanted = {"state": "dead", "tag": sent.text("tag") or None}
        elif not wanted["ids"]:
            return RedirectResponse(_NONE_CHOSEN, 303)
        answers = await self._workers.each({"do": action, **wanted})
        rows = sum(answer["rows"] for answer in answers if isinstance(answer.get("rows"), int))
        log.warning("an operator changed rows of the outbox", action=action, rows=rows)
        return RedirectResponse(f"/deliveries?{urlencode({'done': action, 'rows': rows})}", 303)

    async def _rows(self, state: str, tag: str) -> list[dict[str, Any]]:
        found = await self._ask({"do": "list", "state": state, "tag": tag or None, "limit": LISTED})
        return sorted(found, key=lambda each: each["received_at"])[:LISTED]

    async def _ask(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        answers = await self._workers.each(command)
        return [each for answer in answers for each in answer.get("rows", ())]


def _ids(sent: Form) -> list[str]:
    return [id for id in sent.all("ids") if _ID.fullmatch(id)]


def _done(request: Request) -> str | None:
    action, rows = request.query_params.get("done", ""), request.query_params.get("rows", "")
    if action == "none":
        return "No row was chosen."
    if action not in _DONE or not _NUMBER.fullmatch(rows):
        return None
    return (
        f"{int(rows)} row{'' if int(rows) == 1 else 's'} {_DONE[action]}." if int(rows) else "No such row, or it is on the wire."
    )
