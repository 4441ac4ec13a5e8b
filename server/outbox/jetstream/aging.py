"""What is done for the age of rows: what has waited for too long is given up, and dead letters are not kept for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from server.outbox.jetstream.abreast import abreast
from server.outbox.jetstream.browse import Browse
from server.outbox.jetstream.ending import Condemned, Ending
from server.outbox.jetstream.names import place_of
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.seen import Seen
from server.outbox.jetstream.verdict import Fate, Verdict
from server.outbox.limits import AT_ONCE
from server.outbox.row import State, storable

LOOK: Final = 4 * AT_ONCE
"""Rows that one look goes through behind the first AT_ONCE of a destination; the next look goes on from there."""


class Aging:
    """Of one replica. All raises OutboxError where no server answers.

    What has waited longest comes first in a stream, but for rows that were tried again: those stand behind what came meanwhile.
    To read all rows of a destination that has been away for days would take longer than there is between two looks.
    """

    def __init__(self, browse: Browse, rows: Rows) -> None:
        self._browse = browse
        self._rows = rows
        self._ending = Ending(rows)
        self._marks: dict[tuple[str, str], int] = {}
        """By tag and destination, where the next look behind the first rows begins."""
        self._oldest: dict[tuple[str, str], int] = {}
        """Where the age of the oldest row began that the latest such look has left."""

    async def expire(self, tag: str, destination: str, before: int, why: str, now: int) -> int:
        """Makes dead letters of up to AT_ONCE rows of this destination whose age began before this time; how many."""

        async def give_up(seen: Seen) -> Condemned | None:
            row = seen.row.changed(due_at=now, why=storable(why))
            return await self._ending.condemn(Verdict(Fate.GIVEN_UP, row, self._rows.link.name), seen.number)

        waiting, more = await self._first(tag, destination)
        if more is not None:
            waiting += await self._look(tag, destination, more, before)
        old = [seen for seen in waiting if seen.row.since < before][:AT_ONCE]
        return len(await self._browse.each_ended(old, give_up))

    async def oldest(self, tag: str, destination: str) -> int | None:
        """Where the age of the oldest row begins that waits for this destination, as far as looks have gone."""
        waiting, more = await self._first(tag, destination)
        ages = [seen.row.since for seen in waiting]
        if more is not None and (tag, destination) in self._oldest:
            ages.append(self._oldest[tag, destination])
        return min(ages, default=None)

    async def remove_dead(self, before: int) -> Mapping[str, int]:
        """Removes dead letters that were given up before this time; how many of each tag."""
        gone, dead = Counter[str](), self._rows.names.dead

        async def remove(seen: Seen) -> None:
            if await self._rows.delete(dead, seen.number):
                gone[seen.row.tag] += 1

        buried, _ = await self._browse.read_on(f"{dead}.row.>", 1, AT_ONCE, dead=True)
        await abreast([seen for seen in buried if seen.row.due_at < before], remove)
        return gone

    async def _first(self, tag: str, destination: str) -> tuple[list[Seen], int | None]:
        """The first rows that wait for this destination, and from which message on there are more."""
        rows, more = await self._browse.read_on(self._subject(tag, destination), 1, AT_ONCE, dead=False)
        alone, _ = await self._browse.read_on(f"{self._rows.names.rows}.lone.>", 1, AT_ONCE, dead=False)
        return _waiting([*rows, *(seen for seen in alone if seen.row.place == (tag, destination))]), more

    async def _look(self, tag: str, destination: str, first: int, before: int) -> list[Seen]:
        """Those of the next rows that wait, behind this message."""
        place = tag, destination
        begin = max(first, self._marks.get(place, 0))
        rows, more = await self._browse.read_on(self._subject(tag, destination), begin, LOOK, dead=False)
        self._marks[place] = more or 0
        waiting = _waiting(rows)
        left = [seen.row.since for seen in waiting if seen.row.since >= before]
        self._oldest.pop(place, None)
        if left:
            self._oldest[place] = min(left)
        return waiting

    def _subject(self, tag: str, destination: str) -> str:
        return f"{self._rows.names.rows}.row.{place_of(tag, destination)}.>"


def _waiting(rows: Sequence[Seen]) -> list[Seen]:
    return [seen for seen in rows if seen.state is State.QUEUED and not seen.ends]
