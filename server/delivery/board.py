"""What a delivery has before it: its files, its destinations, and how many rows there are of each kind.

Only the verbs here count. At rest, what they have counted is what the tables hold:

* ``Source.rows`` and ``Source.dead``, by tag: the rows of a file in any state but held, and those of them that were given up
* ``Source.held``: its rows of a later version
* ``Destination.pending``: its rows that are queued, claimed or leased, in whatever file
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from server.delivery.destination import Destination
from server.delivery.source import Source
from server.outbox import Outbox
from server.outbox.store import Found, Store, Suspect

Make: TypeAlias = Callable[[str, str], Destination]
"""Makes the destination of a tag and an address."""


class Board:
    """``own`` is the file that is accepted into; the other sources were adopted. Times are as a ``Delivery`` has them."""

    def __init__(
        self,
        outbox: Outbox,
        make: Make,
        clock: Callable[[], int],
        steady: Callable[[], int],
        failed: Callable[[str], None],
    ) -> None:
        self.outbox = outbox
        self.clock = clock
        self.steady = steady
        self.own = Source(outbox.own)
        self.sources = [self.own]
        self.destinations: dict[tuple[str, str], Destination] = {}
        self.stopped = False
        self.oldest: Mapping[tuple[str, str], int] = {}
        """Where the age of the oldest queued row of each destination began, as of the last look."""
        self.not_chosen: Counter[str] = Counter()
        """By tag: payloads that a crowded tag was spared."""
        self.suppressed: Counter[str] = Counter()
        """By tag: duplicates."""
        self.removed: Counter[str] = Counter()
        """By tag: dead letters that were given up longer ago than they are kept."""
        self.notes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """By tag: what it noted of what was delivered, and how often."""
        self._make = make
        self._failed = failed

    @property
    def full(self) -> bool:
        """Nothing new is taken now."""
        return self.stopped or self.outbox.full

    def fail(self, error: Exception) -> None:
        """The outbox cannot be written: nothing is accepted any more; the first reason is told."""
        if self.outbox.failure is None:
            self.outbox.failure = error
            self._failed(str(error))

    def destination(self, tag: str, address: str) -> Destination:
        """The destination of this tag and address, made where there is none yet."""
        destination = self.destinations.get((tag, address))
        if destination is None:
            destination = self.destinations[tag, address] = self._make(tag, address)
        return destination

    def pump(self) -> None:
        """Every destination looks what it can lease."""
        for destination in self.destinations.values():
            destination.pump()

    def begin(self) -> None:
        """The own file is written from now on, and what was in it is delivered."""
        self._take(self.own)

    def adopt(self, file: Store) -> None:
        """Delivers what is in a file that somebody left behind; nothing new is put there."""
        source = Source(file)
        self.sources.append(source)
        self._take(source)

    async def let_go(self, source: Source) -> None:
        """Removes an adopted file that is empty."""
        self.sources.remove(source)
        for destination in self.destinations.values():
            destination.forget(source)
        await source.file.close_and_unlink()

    def _take(self, source: Source) -> None:
        source.file.failed = self.fail
        source.file.start(asyncio.get_running_loop())
        self.found(source)
        self.pump()

    def found(self, source: Source) -> None:
        """What was in a file when it was opened."""
        found = source.file.found
        source.held += found.held
        source.dead.update(found.dead)
        source.rows.update(found.dead)
        for waiting in found.waiting:
            destination = self.destination(waiting.tag, waiting.destination)
            self.accepted(source, destination, waiting.rows)
            destination.backlog(source).due_by(waiting.due_at)
        for suspect in found.suspects:
            self.accepted(source, self.destination(suspect.tag, suspect.destination), 1)
            if not self._leaves(source, suspect):
                source.suspect(suspect, suspect.due_at)

    def recounted(self, source: Source, found: Found) -> None:
        """What there is by now of a store that others share, whatever was counted here."""
        places = Counter[tuple[str, str]]()
        for each in found.waiting:
            places[each.tag, each.destination] += each.rows
        places.update((suspect.tag, suspect.destination) for suspect in found.suspects)
        source.suspect_only(each for each in found.suspects if not self._leaves(source, each))
        source.held, source.dead, source.rows = found.held, Counter(found.dead), Counter(found.dead)
        for (tag, address), rows in places.items():
            source.rows[tag] += rows
            self.destination(tag, address).backlog(source).due_by(self.steady())
        for place, destination in self.destinations.items():
            destination.pending = places[place]
        self.pump()

    def _leaves(self, source: Source, suspect: Suspect) -> bool:
        return self.destination(suspect.tag, suspect.destination).leaves(source)

    def accepted(self, source: Source, destination: Destination, rows: int) -> None:
        """New rows, in the next commit or there already."""
        destination.pending += rows
        source.rows[destination.tag] += rows

    def withdrawn(self, source: Source, destination: Destination, rows: int) -> None:
        """Accepted rows that were not written after all."""
        self._gone(source, destination, rows)

    def delivered(self, source: Source, destination: Destination, rows: int) -> None:
        """Somebody has them."""
        destination.pending -= rows
        source.rows[destination.tag] -= rows

    def parked(self, source: Source, destination: Destination, rows: int) -> None:
        """Rows that waited, or were on the wire, became dead letters."""
        destination.pending -= rows
        source.dead[destination.tag] += rows

    def retried(self, source: Source, destination: Destination, state: str, rows: int) -> None:
        """An operator has queued rows that were in this state."""
        if state == "dead":
            source.dead[destination.tag] -= rows
            destination.pending += rows

    def dropped(self, source: Source, destination: Destination, state: str, rows: int) -> None:
        """An operator has removed rows that were in this state."""
        if state == "held":
            source.held -= rows
        elif state == "dead":
            source.dead[destination.tag] -= rows
            source.rows[destination.tag] -= rows
        else:
            self._gone(source, destination, rows)

    def outlived(self, source: Source, rows: Mapping[str, int]) -> None:
        """Dead letters, by tag, were removed for their age."""
        source.dead.subtract(rows)
        source.rows.subtract(rows)
        for tag, number in rows.items():
            self.removed[tag] += number

    def passed_over(self, tags: Iterable[str]) -> None:
        """Payloads, one for each of these tags, were not taken since the tag is crowded."""
        self.not_chosen.update(tags)

    def left_out(self, tags: Iterable[str]) -> None:
        """Payloads, one for each of these tags, whose key was seen before."""
        self.suppressed.update(tags)

    def noted(self, tag: str, said: str) -> None:
        """A tag has this to say of a payload that was delivered."""
        self.notes[tag][said] += 1

    def rows_by_tag(self) -> Counter[str]:
        """Rows of every file by tag, dead letters included."""
        return sum((source.rows for source in self.sources), Counter())

    def dead_letters(self) -> Counter[str]:
        """Dead letters of every file by tag."""
        return sum((source.dead for source in self.sources), Counter())

    def held(self) -> int:
        """Rows of every file that were written by a later version."""
        return sum(source.held for source in self.sources)

    @staticmethod
    def _gone(source: Source, destination: Destination, rows: int) -> None:
        destination.pending -= rows
        source.rows[destination.tag] -= rows
