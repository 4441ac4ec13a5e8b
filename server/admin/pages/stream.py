"""The live page's stream: what is new in every worker, a few times a second, as server-sent events.

However many requests come, a page is told of at most MOST of them at a time, and how many it missed; nothing is asked of
the workers while no page is open.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final, TypedDict, cast

from server.admin.pages.kept import place, sum_of
from server.admin.rendering import fragment
from server.admin.workers import Workers
from server.inspection.listing import Counts
from server.inspection.summary import LiveLine

EVERY: Final = 0.5
"""Seconds between two looks."""
QUIET: Final = 10.0
"""Seconds without news after which the stream says that it is still there."""
COUNTS_EVERY: Final = 6
"""Looks after which it is counted again what is kept and what matches: each count looks at all of it."""
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
    """What a page is told at a time: requests that are new or have changed, oldest first, and how many it is not told of."""

    requests: list[LiveLine]
    missed: int


_NOTHING: Final[LiveNews] = {"requests": [], "changed": [], "missed": 0}
_OVER: Final = frozenset({"delivered", "nothing", "unclaimed", "duplicate", "refused", "not sent"})


class Stream:
    """One open page. ``leaving`` ends it: the server stops, or whoever looks has signed out."""

    def __init__(self, workers: Workers, asked: Mapping[str, str], leaving: Callable[[], bool]) -> None:
        self._workers = workers
        self._asked = dict(asked)
        self._leaving = leaving
        self._after = [0] * len(workers)
        self._unanswered: list[list[str]] = [[] for _ in self._after]
        self._open: dict[tuple[int, str], LiveLine] = {}
        self._refused = [0 for _ in self._after]
        self._counts: list[Counts | None] = [None for _ in self._after]
        self._looks = 0

    async def events(self) -> AsyncIterator[str]:
        """Events as they go over the wire; the first tells what is remembered."""
        yield "retry: 1000\n\n"
        quiet = 0.0
        before: Mapping[str, object] = self._totals
        while not self._leaving():
            told = await self._look()
            quiet = 0.0 if told is not None else quiet + EVERY
            if told is not None:
                rows = await asyncio.to_thread(fragment, "_rows.html", lines=told["requests"], view=self._asked.get("view"))
                yield _event("requests", {"rows": rows, "missed": told["missed"]})
            for name, value in self._totals.items():
                if value != before[name]:
                    yield _event(name, value)
            before = self._totals
            if quiet >= QUIET:
                quiet = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(EVERY)

    @property
    def _totals(self) -> Mapping[str, object]:
        """What is told whenever it is another than before."""
        return {"refused": sum(self._refused), "counts": self.counts}

    @property
    def counts(self) -> Counts:
        """How many requests are kept and match, as they were counted last."""
        return sum_of([each for each in self._counts if each is not None])

    async def _look(self) -> News | None:
        """What there is to tell since the last look."""
        answers = await asyncio.gather(*(self._ask(worker) for worker in range(len(self._workers))))
        fresh = sorted((line for answer in answers for line in answer["requests"]), key=place)
        changed = [line for answer in answers for line in answer["changed"] if self._is_other(line)]
        missed = sum(answer["missed"] for answer in answers) + max(0, len(fresh) - MOST)
        told = [*changed, *fresh[-MOST:]]
        self._remember(told)
        self._looks += 1
        return {"requests": told, "missed": missed} if told else None

    async def _ask(self, worker: int) -> LiveNews:
        """What is new there. Nothing that came before the page was opened counts as missed."""
        first = self._after[worker] == 0
        watch = [id for number, id in self._open if number == worker]
        asked = {"after": self._after[worker], "limit": MOST, "filters": self._asked, "watch": watch}
        asked |= {"unanswered": self._unanswered[worker], "count": self._looks % COUNTS_EVERY == 0}
        answer = await self._workers.one(worker, {"do": "requests", **asked})
        if answer is None or "error" in answer:
            return _NOTHING
        self._after[worker], self._unanswered[worker] = answer["newest"], answer["unanswered"]
        self._refused[worker] = answer["refused"]
        self._counts[worker] = answer["counts"] or self._counts[worker]
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


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
