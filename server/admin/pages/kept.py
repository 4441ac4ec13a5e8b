"""The requests that all workers remember, as one list: a page of it, and how many there are."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from server.admin.workers import Workers
from server.inspection.listing import Counts, Place, place_of
from server.inspection.search import ASKED, VIEWS
from server.inspection.summary import LiveLine

ROWS: Final = 60
"""Requests on a page, where they are of a usual size."""
MOST_BYTES: Final = 125_000
"""Bytes that the rows of one page may take: of longer ones fewer are shown, and the others on the next page."""
_ROW: Final = 900
_MARK: Final = 120
"""Bytes of a row and of a mark beside their texts."""


@dataclass(frozen=True, slots=True)
class Kept:
    """``lines`` come newest first. ``older`` is the place where the next page begins, empty where there is none.

    ``first`` is the number of the first line among those that match; ``refused`` is how
    many no client was asked about since the start, ``limit`` how many requests each worker remembers,
    None where no worker answers. ``geo_built`` is when the geo database was made, in seconds, None where there is none.
    """

    lines: Sequence[LiveLine]
    older: str
    counts: Counts
    first: int
    refused: int
    limit: int | None
    geo_built: int | None


def asked_of(query: Mapping[str, str]) -> dict[str, str]:
    """What an address asks for; what is empty lets everything through."""
    return {name: query.get(name, "") for name in ASKED}


async def kept(
    workers: Workers, asked: Mapping[str, str], before: str = "", *, limit: int = ROWS, most: int = MOST_BYTES
) -> Kept:
    """The newest requests that match, or the newest ``before`` a place: at most ``limit``, whose rows take ``most`` bytes."""
    command = {"do": "requests", "limit": limit, "filters": asked, "count": True, "before": before}
    answers = [answer for answer in await workers.each(command) if "error" not in answer]
    lines = sorted((line for answer in answers for line in answer["requests"]), key=place, reverse=True)
    shown = list(_fitting(lines[:limit], most))
    total = sum_of([answer["counts"] for answer in answers])
    waiting = sum(answer["missed"] for answer in answers) + len(lines)
    return Kept(
        lines=shown,
        older=written(place(shown[-1])) if waiting > len(shown) else "",
        counts=total,
        first=total["matching"] - waiting + 1 if place_of(before) else 1,
        refused=sum(answer["refused"] for answer in answers),
        limit=max((answer["limit"] for answer in answers), default=None),
        geo_built=next((answer["geo_built"] for answer in answers), None),
    )


def place(line: LiveLine) -> Place:
    """Where a line stands in the list."""
    return line["received_at"], line["worker"], line["number"]


def written(place: Place) -> str:
    """As an address has it."""
    return ".".join(map(str, place))


def sum_of(counts: Sequence[Counts]) -> Counts:
    """Of all workers."""
    return {
        "kept": sum(each["kept"] for each in counts),
        "matching": sum(each["matching"] for each in counts),
        "views": {name: sum(each["views"][name] for each in counts) for name in VIEWS},
    }


def _fitting(lines: Sequence[LiveLine], most: int) -> Iterator[LiveLine]:
    """The first lines that fit into a page; one always does."""
    for at, size in enumerate(accumulate(map(_bytes, lines))):
        if at and size > most:
            return
        yield lines[at]


def _bytes(line: LiveLine) -> int:
    """At most so many; what failed is told twice among failures."""
    marks = [text for mark in line["marks"] for text in (mark["tag"], mark["words"]) * 2]
    visitor = [str(value) for value in (line["visitor"] or {}).values()]
    texts = [*line["events"], line["page"], line["location"], line["path"], line["value"], *visitor, *line["reasons"], *marks]
    return _ROW + _MARK * len(line["marks"]) + len(html.escape("".join(texts)).encode("utf-8", "replace"))
