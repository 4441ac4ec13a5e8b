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
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from server.outbox import files as folder_files
from server.outbox.errors import OutboxError, OutboxFailed
from server.outbox.operate import Filter, Step, Touched, changing, counting, listing, show, status
from server.outbox.sqlite import OutboxFile

Command = Mapping[str, Any]
Answer = dict[str, Any]
Changed = Callable[[OutboxFile, str, Sequence[Touched]], None]
"""Hears which rows of which file ``retry`` or ``drop`` has changed."""

MOST_LISTED = 1000

_CHANGES = ("retry", "drop")
_SELECTS = ("tag", "state", "older_than", "client_id", "event", "ids")

_ID = re.compile(r"(\d{1,6})-(\d{1,18})", re.ASCII)


async def operate(command: Command, files: Sequence[OutboxFile], now: int, changed: Changed, due_at: int) -> Answer:
    """The answer to a command over these files: ``{"error": …}`` where it makes no sense or cannot be done.

    ``now`` is what ages go by, ``due_at`` when what is tried again is due, by the clock of whoever delivers it.
    """
    action = command.get("do")
    try:
        if action == "status":
            return {"files": [{"file": file.number, "tags": await file.ask(status)} for file in files]}
        if action == "list":
            return {"rows": await _list(command, files, now)}
        if action == "show":
            return {"rows": [row for file, number in _named(command, files) if (row := await _show(file, number))]}
        if action in _CHANGES:
            return {"rows": await _change(action, command, files, now, changed, due_at)}
        if action == "count":
            return {"counted": await _count(command, files, now)}
    except (OutboxFailed, OutboxError) as error:
        return {"error": str(error)}
    return {"error": f"the outbox knows status, list, count, show, retry and drop, not {action!r}"}


def operate_offline(folder: Path, command: Command, now: int) -> Answer:
    """The same over every file of a folder that no process uses. Raises OutboxError where one does."""
    with _opened(folder) as files:
        return asyncio.run(operate(command, files, now, lambda *_: None, now))


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[list[OutboxFile]]:
    release = folder_files.claim(folder)
    files: list[OutboxFile] = []
    try:
        files.extend(OutboxFile.open(folder.resolve(), number) for number in folder_files.numbers(folder.resolve()))
        yield files
    finally:
        for file in files:
            file.shut()
        release()


async def _show(file: OutboxFile, number: int) -> Answer | None:
    return await file.ask(lambda connection: show(connection, number, file.number))


async def _list(command: Command, files: Sequence[OutboxFile], now: int) -> list[Any]:
    selected = _wanted(command, files, now)
    limit = min(max(command.get("limit") or 100, 1), MOST_LISTED)
    found: list[Any] = []
    for file, wanted in selected:
        found += await _through(file, listing(wanted, limit, file.number), wanted, limit)
    return sorted(found, key=lambda row: row["received_at"])[:limit]


async def _change(action: str, command: Command, files: Sequence[OutboxFile], now: int, changed: Changed, due_at: int) -> int:
    total = 0
    for file, wanted in _chosen(action, command, files, now):
        touched = await _through(file, changing(wanted, action, now, due_at), wanted, None)
        changed(file, action, touched)
        total += len(touched)
    return total


async def _count(command: Command, files: Sequence[OutboxFile], now: int) -> list[Answer]:
    action = command.get("of")
    if action not in _CHANGES:
        raise OutboxError(f"of is one of {', '.join(_CHANGES)}, not {action!r}")
    rows: Counter[tuple[str, str]] = Counter()
    for file, wanted in _chosen(action, command, files, now):
        for tag, state, number in await _through(file, counting(wanted, action), wanted, None):
            rows[tag, state] += number
    return [{"tag": tag, "state": state, "rows": number} for (tag, state), number in sorted(rows.items())]


def _chosen(action: str, command: Command, files: Sequence[OutboxFile], now: int) -> list[tuple[OutboxFile, Filter]]:
    if action == "drop" and not any(command.get(name) for name in _SELECTS):
        raise OutboxError("drop needs a filter or ids; it never removes everything by default")
    return _wanted(command, files, now)


async def _through(file: OutboxFile, step: Step, wanted: Filter, limit: int | None) -> list[Any]:
    """Every slice of the file in turn, until the limit is reached; the one slice that matters where an id is asked for."""
    found: list[Any] = []
    after: int | None = 0 if wanted.id is None else wanted.id - 1
    while after is not None and (limit is None or len(found) < limit):
        part = await file.ask(partial(step, after=after))
        found += part.found
        after = part.next if wanted.id is None else None
    return found


def _wanted(command: Command, files: Sequence[OutboxFile], now: int) -> list[tuple[OutboxFile, Filter]]:
    wanted = Filter.of(command, now)
    if command.get("ids"):
        return [(file, replace(wanted, id=number)) for file, number in _named(command, files)]
    return [(file, wanted) for file in files]


def _named(command: Command, files: Sequence[OutboxFile]) -> list[tuple[OutboxFile, int]]:
    """The rows that are named, each once, as far as they are in these files. Raises OutboxError."""
    named = []
    for name in command.get("ids") or ():
        parts = _ID.fullmatch(str(name))
        if not parts:
            raise OutboxError(f"{name!r} is not the name of a row, such as 0-4711")
        named += [(file, int(parts[2])) for file in files if file.number == int(parts[1])]
    return list(dict.fromkeys(named))
