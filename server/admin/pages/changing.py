"""What an operator does about rows of the outbox: they are tried again, or dropped, after a question where it is about many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired, TypeAlias, TypedDict
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.admin.forms import Form, form, number
from server.admin.pages.front import Front
from server.control.following import Answer
from server.outbox.row import named_row

Action: TypeAlias = Literal["retry", "drop"]

_NONE_CHOSEN = "/deliveries?done=none&rows=0"

log = structlog.get_logger("tagyard")


class Chosen(TypedDict):
    """Rows by what a command of the outbox calls them: by ``ids``, or by their state and tag."""

    ids: NotRequired[list[str]]
    state: NotRequired[str]
    tag: NotRequired[str | None]


class OfTag(TypedDict):
    """Rows of one tag."""

    tag: str
    count: int


class Question(TypedDict):
    """What somebody is asked before rows are changed: how many were ``picked``, and how many workers are ``silent``.

    ``before`` is the number that he was asked about, where there are more by now.
    """

    action: Action
    ids: list[str]
    tag: str
    count: int
    tags: list[OfTag]
    picked: int
    silent: int
    before: int | None


@dataclass(frozen=True, slots=True)
class ChangingPages:
    """Rows that were picked are tried again at once; whatever is dropped, or is all there is, is asked about."""

    front: Front

    def routes(self) -> Sequence[Route]:
        """Of both."""
        return [
            Route("/deliveries/retry", self.retry, methods=["POST"]),
            Route("/deliveries/drop", self.drop, methods=["POST"]),
        ]

    async def retry(self, request: Request) -> Response:
        """Rows are due now."""
        sent = await form(request)
        return await self._asked("retry", sent) if sent.text("all") == "dead" else await self._change("retry", sent)

    async def drop(self, request: Request) -> Response:
        """Rows are removed."""
        return await self._asked("drop", await form(request))

    async def _asked(self, action: Action, sent: Form) -> Response:
        """Changes what somebody is sure about, of which there may be less by now, and never more: that is asked about again."""
        wanted = _chosen(sent)
        if wanted is None:
            return RedirectResponse(_NONE_CHOSEN, 303)
        answers = await self.front.workers.each({"do": "count", "of": action, **wanted})
        tags = _by_tag(answers)
        count, before = sum(tags.values()), number(sent.text("asked"))
        sure = sent.text("sure") == "yes"
        if sure and count <= (count if before is None else before):
            return await self._change(action, sent)
        if not count:
            return RedirectResponse(f"/deliveries?done={action}&rows=0", 303)
        data: Question = {
            "action": action,
            "ids": wanted.get("ids", []),
            "tag": wanted.get("tag") or "",
            "count": count,
            "tags": [{"tag": tag, "count": rows} for tag, rows in tags.items()],
            "picked": len(wanted.get("ids", ())),
            "silent": self._silent(answers, "counted"),
            "before": before if sure else None,
        }
        return await self.front.page("deliveries", action.capitalize(), data, template="deliveries_confirm.html")

    async def _change(self, action: Action, sent: Form) -> Response:
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
