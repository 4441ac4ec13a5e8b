"""Requests that no client was asked about: how many since the start, why, what to do, and the latest of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypedDict

from starlette.requests import Request
from starlette.responses import Response

from server.admin.forms import number
from server.admin.pages.front import Front
from server.admin.pages.views import REFUSED, ViewLink, address, view_links
from server.control.following import Answer
from server.inspection.advice import Advice, advice_of
from server.inspection.turned_away import RefusedLine

SHOWN: Final = 40
"""Requests on a page: their heads are with them, and no page is to be large."""


class ReasonLine(TypedDict):
    """A reason, how often it was met since the start, and where only its requests are shown."""

    reason: str
    count: int
    advice: Advice
    address: str


class RefusedData(TypedDict):
    """What the page says. ``chosen`` is the reason whose requests are shown, or empty; ``older`` leads to those before."""

    reasons: list[ReasonLine]
    requests: list[RefusedLine]
    total: int
    chosen: str
    chosen_title: str
    older: str
    workers: int
    views: list[ViewLink]


@dataclass(frozen=True, slots=True)
class RefusedView:
    """A view of the live page."""

    front: Front

    async def show(self, request: Request) -> Response:
        """The page. ``reason`` and ``before`` (microseconds) are in the query."""
        reason, before = request.query_params.get("reason", ""), request.query_params.get("before", "")
        asked = {"reason": reason, "before": number(before), "limit": SHOWN}
        answers = await self.front.workers.each({"do": "refused", **asked})
        data = refused_data([answer for answer in answers if "error" not in answer], reason, len(self.front.workers))
        return await self.front.page("live", "Refused requests", data, template="refused.html")


def refused_data(answers: Iterable[Answer], chosen: str, workers: int) -> RefusedData:
    """What all workers have told, as one."""
    answers = list(answers)
    counts: Counter[str] = Counter()
    for answer in answers:
        counts.update(answer["counts"])
    found = sorted((line for answer in answers for line in answer["requests"]), key=_latest_first)
    shown = found[:SHOWN]
    more = len(found) > SHOWN or any(answer["older"] for answer in answers)
    return {
        "reasons": [_reason(reason, count) for reason, count in counts.most_common()],
        "requests": shown,
        "total": counts.total(),
        "chosen": chosen,
        "chosen_title": advice_of(chosen).title if chosen else "",
        "older": _address({"reason": chosen, "before": str(shown[-1]["at"])}) if more and shown else "",
        "workers": workers,
        "views": view_links(REFUSED, {}, {REFUSED: counts.total()}),
    }


def _latest_first(line: RefusedLine) -> tuple[int, int, int]:
    return -line["at"], line["worker"], -line["number"]


def _reason(reason: str, count: int) -> ReasonLine:
    return {"reason": reason, "count": count, "advice": advice_of(reason), "address": _address({"reason": reason})}


def _address(query: Mapping[str, str]) -> str:
    return address({"view": REFUSED, **query})
