"""What each replica has on the wire, written down where the others can read it, should it die.

By consumer, so that a lease writes no more than is on the wire of one destination, and in parts, so that no message is larger
than the servers take: usually it is one. Of rows that wait in a replica's hand nothing is told: the servers give them to others.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

import orjson

from server.outbox.jetstream.abreast import abreast
from server.outbox.jetstream.hand import Hand
from server.outbox.jetstream.link import Link, Message
from server.outbox.jetstream.names import Names, replica_in

TOGETHER: Final = 1000
"""Rows that one message tells of: some 35 kB."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A row that a replica has on the wire, and which ``version`` of it; ``told`` is the number of the message that says so."""

    id: int
    version: int
    consumer: str
    told: int


@dataclass(frozen=True, slots=True)
class Wires:
    """``tell`` and ``tell_what_is_left`` are one replica's; the rest is about any."""

    link: Link
    names: Names
    _told: dict[str, list[bytes]] = field(default_factory=dict)
    """By consumer, what was written last; nothing of what nobody knows whether it was."""
    _telling: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def tell(self, replica: int, consumer: str, hand: Hand) -> None:
        """What this replica has on the wire. Raises OutboxError."""
        async with self._telling[consumer]:
            before = self._told.get(consumer, [])
            parts = _parts(hand.on_wire(consumer), len(before))
            self._told[consumer] = [b""] * len(parts)
            for at, (part, told) in enumerate(zip_longest(parts, before)):
                if part != told:
                    await self.link.write(Message(self.names.lease(replica, consumer, at), part))
            self._told[consumer] = parts

    async def tell_what_is_left(self, replica: int, hand: Hand) -> None:
        """The same of every consumer of whose rows others are on the wire than was told. Raises OutboxError."""
        for consumer, told in [*self._told.items()]:
            if told != _parts(hand.on_wire(consumer), len(told)):
                await self.tell(replica, consumer, hand)

    async def all(self, consumer: str = "*") -> dict[int, Sequence[Lease]]:
        """By replica, what each has had on the wire when it last told, perhaps of one consumer alone. Raises OutboxError."""
        known = defaultdict[int, list[Lease]](list)
        for replica, lease in await self._read("*", consumer):
            known[replica].append(lease)
        return {**known}

    async def of(self, replica: int) -> Sequence[Lease]:
        """What this one has had on the wire when it last told. Raises OutboxError."""
        return [lease for _, lease in await self._read(replica)]

    async def clear(self, replica: int, known: Sequence[Lease] = ()) -> None:
        """It has nothing of this on the wire any more; what it tells from now on stays. Raises OutboxError."""
        until = {"seq": 1 + max(lease.told for lease in known)} if known else {}
        await self.link.ask(f"STREAM.PURGE.{self.names.state}", {"filter": self.names.leases_of(replica), **until})

    async def _read(self, replica: int | str, consumer: str = "*") -> list[tuple[int, Lease]]:
        leases: list[tuple[int, Lease]] = []

        async def look(subject: str) -> None:
            found = await self.link.last(self.names.state, subject)
            if found is not None:
                *_, consumer, _ = subject.split(".")
                rows: list[tuple[int, int]] = orjson.loads(found.data)
                leases.extend((replica_in(subject), Lease(id, version, consumer, found.number)) for id, version in rows)

        await abreast(await self.link.subjects(self.names.state, self.names.leases_of(replica, consumer)), look)
        return leases


def _parts(rows: Sequence[tuple[int, int]], least: int) -> list[bytes]:
    """As messages, at least so many: none of an earlier time may stay."""
    parts = [orjson.dumps(rows[start : start + TOGETHER]) for start in range(0, len(rows), TOGETHER)]
    return parts + [orjson.dumps([])] * (max(1, least) - len(parts))
