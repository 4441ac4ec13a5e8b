"""The live page's stream: what is new in every worker, a few times a second, as server-sent events.

However many requests come, a page is told of at most MOST of them at a time, and how many it missed; nothing is asked of
the workers while no page is open.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, TypedDict, cast

from server.admin.workers import Workers
from server.inspection.summary import LiveLine

FILTERS: Final = ("client", "event", "tag", "client_id", "only", "browser")
"""What the requests may be chosen by, as an address names it."""

EVERY: Final = 0.5
"""Seconds between two looks."""
QUIET: Final = 10.0
"""Seconds without news after which the stream says that it is still there."""
MOST: Final = 60
"""Requests that a page is told of at a time."""
WATCHED: Final = 60
"""Requests whose deliveries are not over, which a page is told of again when they change."""


class LiveNews(TypedDict):
    """A worker's answer to ``requests``, as far as it is looked at here."""

    requests: list[LiveLine]
    changed: list[LiveLine]
    missed: int


class News(TypedDict):
    """What a page is told at a time: ``seen`` are the requests that are new, those ``missed`` included."""

    requests: list[LiveLine]
    missed: int
    seen: int


_NOTHING: Final[LiveNews] = {"requests": [], "changed": [], "missed": 0}
_OVER: Final = frozenset({"delivered", "nothing", "unclaimed", "duplicate", "refused", "not sent"})


class Stream:
    """One open page. ``leaving`` ends it: the server stops, or whoever looks has signed out."""

    def __init__(self, workers: Workers, filters: Mapping[str, str], leaving: Callable[[], bool]) -> None:
        self._workers = workers
        self._filters = dict(filters)
        self._leaving = leaving
        self._after = [0] * len(workers)
        self._unanswered: list[list[str]] = [[] for _ in self._after]
        self._open: dict[tuple[int, str], LiveLine] = {}
        self._turned_away: list[Mapping[str, int]] = [{} for _ in self._after]

    async def events(self) -> AsyncIterator[str]:
        """Events as they go over the wire; the first tells what is remembered."""
        yield "retry: 1000\n\n"
        quiet, turned_away = 0.0, self.turned_away
        while not self._leaving():
            told = await self._look()
            if told is not None:
                yield f"event: requests\ndata: {json.dumps(told)}\n\n"
            if turned_away != self.turned_away:
                turned_away = self.turned_away
                yield f"event: turned_away\ndata: {json.dumps(turned_away)}\n\n"
            quiet = 0.0 if told is not None else quiet + EVERY
            if quiet >= QUIET:
                quiet = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(EVERY)

    @property
    def turned_away(self) -> Mapping[str, int]:
        """How many requests the workers have answered unread so far, by the reason."""
        whole: Counter[str] = Counter()
        for each in self._turned_away:
            whole.update(each)
        return dict(sorted(whole.items()))

    async def _look(self) -> News | None:
        """What there is to tell since the last look."""
        answers = await asyncio.gather(*(self._ask(worker) for worker in range(len(self._workers))))
        fresh = sorted((line for answer in answers for line in answer["requests"]), key=lambda line: line["number"])
        changed = [line for answer in answers for line in answer["changed"] if self._is_other(line)]
        missed = sum(answer["missed"] for answer in answers) + max(0, len(fresh) - MOST)
        told = [*changed, *fresh[-MOST:]]
        self._remember(told)
        return {"requests": told, "missed": missed, "seen": len(fresh[-MOST:]) + missed} if told else None

    async def _ask(self, worker: int) -> LiveNews:
        """What is new there. Nothing that came before the page was opened counts as missed."""
        first = self._after[worker] == 0
        watch = [id for number, id in self._open if number == worker]
        asked = {"after": self._after[worker], "limit": MOST, "filters": self._filters, "watch": watch}
        answer = await self._workers.one(worker, {"do": "requests", **asked, "unanswered": self._unanswered[worker]})
        if answer is None or "error" in answer:
            return _NOTHING
        self._after[worker], self._unanswered[worker] = answer["newest"], answer["unanswered"]
        self._turned_away[worker] = answer.get("turned_away", {})
        told = cast(LiveNews, answer)
        return {**told, "missed": 0} if first else told

    def _is_other(self, line: LiveLine) -> bool:
        before = self._open.get((line["worker"], line["id"]))
        return before is not None and before != line

    def _remember(self, told: list[LiveLine]) -> None:
        for line in told:
            key = (line["worker"], line["id"])
            self._open.pop(key, None)
            if line["state"] not in _OVER:
                self._open[key] = line
        while len(self._open) > WATCHED:
            del self._open[next(iter(self._open))]


def filters_of(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address; an empty one lets everything through."""
    return {name: query.get(name, "") for name in FILTERS}
