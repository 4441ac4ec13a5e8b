"""An operator's commands, as JSON: ``{"do": "list", "state": "dead", "tag": "ga4"}``.

* ``status``                            rows per file, tag and state
* ``list``   + filters, ``limit``       rows without their bodies
* ``count``  + the same, ``of``         how many rows of each tag and state ``of`` (retry or drop) would change now
* ``show``   + ``ids``                  rows with the payload as it is stored
* ``retry``  + filters or ``ids``       dead letters and queued rows are due now
* ``drop``   + filters or ``ids``       rows are removed: only an operator removes an undelivered row

Filters: ``tag``, ``state`` (queued, leased, dead, held), ``older_than`` (seconds since it was received), ``client_id``,
``event``. A row is named by its file and its number in it: ``0-4711``. What is on the wire is neither retried nor dropped.
Rows come and go between a count and a change: both go by what is selected, and each says how many those were.

An answer comes within about ``STEP`` seconds, however large the files are. Where something is left to do it has a ``next``: the
same command with that as its ``from`` goes on there. It ends with the rows that were there when it began.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from server.outbox.errors import OutboxError, OutboxFailed
from server.outbox.row import State, named_row
from server.outbox.selection import MAY, STATES, ListedRow, RowFilter, Slice, Standing, Touched
from server.outbox.store import Store

Command = Mapping[str, Any]
Answer = dict[str, Any]
Changed = Callable[[Store, str, Sequence[Touched]], None]
"""Hears which rows of which store ``retry`` or ``drop`` has changed."""

Selected = tuple[Store, RowFilter]
Gives = TypeVar("Gives")
InSlices = Callable[[Store, RowFilter, int, int], Awaitable[Slice[Gives]]]
"""Does one slice of a store: of the rows behind the first id, up to the second."""

MOST_LISTED = 1000

STEP = 0.25
"""Seconds after which no further slice is begun before somebody asks for it."""

_SELECTS = ("tag", "state", "older_than", "client_id", "event", "ids")


async def operate(command: Command, files: Sequence[Store], now: int, changed: Changed, due_at: int) -> Answer:
    """The answer to a command over these files: ``{"error": …}`` where it makes no sense or cannot be done.

    ``now`` is what ages go by, ``due_at`` when what is tried again is due, by the clock of whoever delivers it.
    """
    action = command.get("do")
    try:
        if action == "status":
            return await _status(command, files)
        if action == "list":
            return await _list(command, files, now)
        if action == "show":
            return await _show(command, files)
        if isinstance(action, str) and action in MAY:
            return await _change(action, command, files, now, changed, due_at)
        if action == "count":
            return await _count(command, files, now)
    except (OutboxFailed, OutboxError) as error:
        return {"error": str(error)}
    return {"error": f"the outbox knows status, list, count, show, retry and drop, not {action!r}"}


async def _show(command: Command, files: Sequence[Store]) -> Answer:
    return {"rows": [row for file, number in _named(command, files) if (row := await file.show(number))]}


async def _status(command: Command, files: Sequence[Store]) -> Answer:
    def step(file: Store, _: RowFilter, after: int, until: int) -> Awaitable[Slice[Standing]]:
        return file.status(after, until)

    parts, goes_on = await _steps(command, [(file, RowFilter()) for file in files], step)
    return {"files": [{"file": file.number, "tags": _added_up(found)} for file, found in parts], **goes_on}


def _added_up(found: Sequence[Standing]) -> list[Answer]:
    """By tag and state: how many rows, and when the oldest of them was received."""
    tags: dict[tuple[str, State], Answer] = {}
    for each in sorted(found, key=lambda each: (each.tag, each.state)):
        entry = tags.setdefault(
            (each.tag, each.state), {"tag": each.tag, "state": STATES[each.state], "rows": 0, "oldest": each.oldest}
        )
        entry["rows"] += each.rows
        entry["oldest"] = min(entry["oldest"], each.oldest)
    return list(tags.values())


async def _list(command: Command, files: Sequence[Store], now: int) -> Answer:
    selected = _wanted(command, files, now)
    limit = min(max(command.get("limit") or 100, 1), MOST_LISTED)

    def step(file: Store, wanted: RowFilter, after: int, until: int) -> Awaitable[Slice[ListedRow]]:
        return file.list_rows(wanted, after, until, limit)

    parts, goes_on = await _steps(command, selected, step, limit)
    found = sorted((row for _, rows in parts for row in rows), key=lambda row: row["received_at"])
    return {"rows": found if goes_on else found[:limit], **goes_on}


async def _change(action: str, command: Command, files: Sequence[Store], now: int, changed: Changed, due_at: int) -> Answer:
    total = 0

    async def step(file: Store, wanted: RowFilter, after: int, until: int) -> Slice[Touched]:
        nonlocal total
        part = await file.change(wanted, action, now, due_at, after, until)
        total += part.rows
        changed(file, action, part.found)
        return part

    _, goes_on = await _steps(command, _chosen(action, command, files, now), step)
    return {"rows": total, **goes_on}


async def _count(command: Command, files: Sequence[Store], now: int) -> Answer:
    action = command.get("of")
    if not isinstance(action, str) or action not in MAY:
        raise OutboxError(f"of is one of {', '.join(MAY)}, not {action!r}")

    def step(file: Store, wanted: RowFilter, after: int, until: int) -> Awaitable[Slice[Touched]]:
        return file.count(wanted, action, after, until)

    rows: Counter[tuple[str, str]] = Counter()
    parts, goes_on = await _steps(command, _chosen(action, command, files, now), step)
    for each in (each for _, found in parts for each in found):
        rows[each.tag, each.state] += each.rows
    counted = [{"tag": tag, "state": state, "rows": number} for (tag, state), number in sorted(rows.items())]
    return {"counted": counted, **goes_on}


def _chosen(action: str, command: Command, files: Sequence[Store], now: int) -> list[Selected]:
    if action == "drop" and not any(command.get(name) for name in _SELECTS):
        raise OutboxError("drop needs a filter or ids; it never removes everything by default")
    return _wanted(command, files, now)


async def _steps(
    command: Command, selected: Sequence[Selected], step: InSlices[Gives], limit: int | None = None
) -> tuple[list[tuple[Store, list[Gives]]], Answer]:
    """Slice after slice of each file in turn, until its limit is reached, or the time is up: what they gave, where to go on."""
    place = await _place(command, selected)
    ends_at, begun = asyncio.get_running_loop().time() + STEP, False
    parts: list[tuple[Store, list[Gives]]] = []
    for file, wanted in selected:
        until = place.until.get(file.number, 0)
        if file.number < place.file or not until:
            continue
        found, after = place.found if file.number == place.file else 0, place.after_in(file)
        parts.append((file, []))
        while after is not None and (limit is None or found < limit):
            if begun and asyncio.get_running_loop().time() >= ends_at:
                return parts, {"next": replace(place, file=file.number, after=after, found=found).as_json()}
            part = await step(file, wanted, after, until)
            begun = True
            parts[-1][1].extend(part.found)
            found, after = found + part.rows, part.next
    return parts, {}


@dataclass(frozen=True, slots=True)
class _Progress:
    """Where a command goes on: in this file, of which so many rows were found, behind this id; ``until``: the last id of each."""

    file: int
    after: int
    found: int
    until: Mapping[int, int]

    def after_in(self, file: Store) -> int | None:
        return self.after if file.number == self.file else 0

    def as_json(self) -> Answer:
        until = {str(file): last for file, last in self.until.items()}
        return {"file": self.file, "after": self.after, "found": self.found, "until": until}


async def _place(command: Command, selected: Sequence[Selected]) -> _Progress:
    """Where this command begins. Raises OutboxError where it is none of ours."""
    given = command.get("from")
    if given is None:
        return _Progress(-1, 0, 0, {file.number: await file.last_id() for file, _ in selected})
    try:
        until = {int(file): int(last) for file, last in given["until"].items()}
        return _Progress(int(given["file"]), int(given["after"]), int(given["found"]), until)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise OutboxError("from must be the next of an earlier answer") from None


def _wanted(command: Command, files: Sequence[Store], now: int) -> list[Selected]:
    """What is asked for of each file, by their numbers."""
    wanted = RowFilter.of(command, now)
    files = sorted(files, key=lambda file: file.number)
    if not command.get("ids"):
        return [(file, wanted) for file in files]
    named = _named(command, files)
    ids = {file: tuple(number for other, number in named if other is file) for file in files}
    return [(file, replace(wanted, ids=numbers)) for file, numbers in ids.items() if numbers]


def _named(command: Command, files: Sequence[Store]) -> list[tuple[Store, int]]:
    """The rows that are named, each once, as far as they are in these files. Raises OutboxError."""
    named = []
    for name in command.get("ids") or ():
        numbers = named_row(str(name))
        if numbers is None:
            raise OutboxError(f"{name!r} is not the name of a row, such as 0-4711")
        named += [(file, numbers[1]) for file in files if file.number == numbers[0]]
    return list(dict.fromkeys(named))
