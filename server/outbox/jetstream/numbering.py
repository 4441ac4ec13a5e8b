"""The numbers of replicas. Each is given once, since ids of rows begin with it, and a row of an id that comes again is lost.

The highest that was given stands in a message. Where that is gone, with its stream, or is no number, numbers go on behind those
of all rows and dead letters there are, and of all replicas that live, by a leap that nobody can know: others may live without
having said so yet.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from secrets import randbelow
from typing import Final, TypeAlias

from server.outbox.errors import KeyTaken, OutboxError
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.names import MOST_REPLICAS, Names, replica_in, replica_of

Chance: TypeAlias = Callable[[int], int]
"""A number below this one."""

LEAP: Final = 1 << 20


async def next_number(link: Link, names: Names, chance: Chance = randbelow) -> int:
    """One that no replica has had. Raises OutboxError."""
    while True:
        found = await link.last(names.state, names.replica)
        given = int(found.data) if found is not None and found.data.isdigit() else None
        number = 1 + (await _behind_all(link, names) + chance(LEAP) if given is None else given)
        if number > MOST_REPLICAS:
            raise OutboxError(f"all numbers of replicas are used, and ids of rows with them: see `{names.replica}`")
        try:
            await link.write(Message(names.replica, str(number).encode(), last=0 if found is None else found.number))
        except KeyTaken:
            continue  # somebody else has begun at the same time
        return number


async def _behind_all(link: Link, names: Names) -> int:
    """The highest number that is known to have been given."""
    found = [number async for number in _known(link, names) if number <= MOST_REPLICAS]
    return max(found, default=0)


async def _known(link: Link, names: Names) -> AsyncIterator[int]:
    for subject in await link.subjects(names.state, names.alive("*")):
        yield replica_in(subject)
    for stream, pattern in ((names.rows, "row.>"), (names.rows, "lone.>"), (names.dead, "row.>")):
        for subject in await link.subjects(stream, f"{stream}.{pattern}"):
            last = subject.rpartition(".")[2]
            if last.isdecimal():  # somebody else may have written there, too
                yield replica_of(int(last))
