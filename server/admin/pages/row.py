"""The page of one row of the outbox: where it stands, what its vendor said, the request it came with, and what is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.admin.pages.front import Front
from server.inspection import Privacy
from server.inspection.present import moment
from server.outbox.row import named_row
from server.outbox.selection import ShownRow

_MASKS: Final = Privacy(())


class AnswerShown(TypedDict):
    """What the vendor said last: ``status`` is ``HTTP 400``; ``body`` is laid out where it is JSON."""

    status: str
    body: str


class RowShown(TypedDict):
    """A row, masked. ``due`` is when it is tried again, ``request`` the page of the request, where it is remembered."""

    id: str
    state: str
    why: str
    tag: str
    destination: str
    event: str
    position: int
    client_id: str
    received: str
    attempts: int
    crashes: int
    due: str
    answer: AnswerShown | None
    request: str | None
    body: str


@dataclass(frozen=True, slots=True)
class RowPage:
    """It goes with the row: what was delivered has none."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Its own, behind those of the same form that are about all rows."""
        return [Route("/deliveries/{row}", self.row)]

    async def row(self, request: Request) -> Response:
        """One row."""
        id = request.path_params["row"]
        found = await self._row(id) if named_row(id) else None
        if found is None:
            return await self.front.problem(request, 404, "There is no such row; it may have been delivered meanwhile.")
        data = shown(found, await self._request(found))
        return await self.front.page("deliveries", f"Delivery {id}", data, template="row.html")

    async def _row(self, id: str) -> ShownRow | None:
        answers = await self.front.workers.each({"do": "show", "ids": [id]})
        found: list[ShownRow] = [each for answer in answers for each in answer.get("rows", ())]
        return found[0] if found else None

    async def _request(self, row: ShownRow) -> str | None:
        if not row["request"]:
            return None
        answers = await self.front.workers.each({"do": "find", "id": row["request"]})
        return next((f"/requests/{answer['worker']}/{row['request']}" for answer in answers if "worker" in answer), None)


def shown(row: ShownRow, request: str | None) -> RowShown:
    """The row as its page has it."""
    return {
        "id": row["id"],
        "state": row["state"],
        "why": _MASKS.text(row["why"]),
        "tag": row["tag"],
        "destination": _MASKS.text(row["destination"]),
        "event": _MASKS.text(row["event_name"]),
        "position": row["position"] + 1,
        "client_id": _MASKS.text(row["client_id"]),
        "received": moment(row["received_at"]),
        "attempts": row["attempts"],
        "crashes": row["crashes"],
        "due": moment(row["due_at"]) if row["state"] == "queued" and row["attempts"] else "",
        "answer": _answer(row["answer"]) if row["answer"] else None,
        "request": request,
        "body": json.dumps(_MASKS.value(row["body"]), indent=2, ensure_ascii=False),
    }


def _answer(text: str) -> AnswerShown:
    status, _, said = text.partition(": ")
    return {"status": status, "body": _laid_out(said)} if status.startswith("HTTP ") else {"status": "", "body": _laid_out(text)}


def _laid_out(text: str) -> str:
    """JSON over several lines; anything else as it is, and so JSON of which only the beginning was kept."""
    try:
        read: Any = json.loads(text) if text.startswith(("{", "[")) else None
    except (ValueError, RecursionError):
        read = None
    return _MASKS.text(text) if read is None else json.dumps(_MASKS.value(read), indent=2, ensure_ascii=False)
