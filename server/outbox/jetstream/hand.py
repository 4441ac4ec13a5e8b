"""The rows that this replica has taken out of the stream: on the wire, or ready to be leased."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import orjson

from server.outbox.jetstream.stored import StoredRow
from server.system.clock import elapsed

TAKEN: Final = b"+ACK"
"""What ends a message in hand: the stream forgets it."""
STILL: Final = b"+WPI"
"""What says that it is still in hand, before the servers give it to another replica."""


def later(microseconds: int) -> bytes:
    """What gives a message in hand back: nobody gets it before so much time has passed."""
    return b"-NAK " + orjson.dumps({"delay": max(0, microseconds) * 1000})


@dataclass(slots=True, eq=False)
class Held:
    """A row in hand. ``reply`` is where the servers hear of it, ``number`` its message's; ``leased``: it is on the wire."""

    row: StoredRow
    consumer: str
    number: int
    reply: str
    since: float = 0.0
    """When it was taken, by the hand's clock."""
    due_at: int = 0
    """By this replica's clock."""
    leased: bool = False

    @property
    def size(self) -> int:
        """Bytes that it takes here, roughly."""
        return len(self.row.body) + _HEAD

    def is_old(self, now: float) -> bool:
        """Whether it is ready, and may be somebody else's."""
        return not self.leased and now - self.since > READY_FOR


_HEAD: Final = 512

READY_FOR: Final = 15.0
"""Seconds after which what is held ready may be somebody else's: it is passed on sooner, but where no server hears of that, and
then they give it to others.
"""

REMEMBERED: Final = 16_384
"""Rows whose replaced messages are known: far more than are changed while a message is on its way here."""


class Hand:
    """By id. ``clock`` gives seconds: how long rows are held, the servers see as well, be this machine suspended or not."""

    def __init__(self, clock: Callable[[], float] = elapsed) -> None:
        self.clock = clock
        self._held: dict[int, Held] = {}
        self._of = defaultdict[str, dict[int, Held]](dict)
        """The same by consumer: a lease looks at its own alone."""
        self._bytes = Counter[str]()
        self._barred: set[int] = set()
        self._replaced: dict[int, int] = {}
        """By row, the number of a message that somebody has replaced or removed: it may still be on its way here."""

    def take(self, held: Held) -> None:
        """A message has come: a row, or a later state of one in hand. One that is on the wire may come a second time."""
        if held.number <= self._replaced.get(held.row.id, 0):
            return
        before = self._held.get(held.row.id)
        held.leased = before is not None and before.leased and before.row.version == held.row.version
        self.drop(held.row.id)
        self._held[held.row.id] = self._of[held.consumer][held.row.id] = held
        self._bytes[held.consumer] += held.size

    def bytes(self, consumer: str) -> int:
        """What the rows of one consumer take, on the wire or ready."""
        return self._bytes[consumer]

    def __getitem__(self, id: int) -> Held:
        return self._held[id]

    def get(self, id: int) -> Held | None:
        """The row, if it is in hand."""
        return self._held.get(id)

    def leased(self, id: int) -> Held | None:
        """The row, if it is on the wire."""
        held = self._held.get(id)
        return held if held is not None and held.leased else None

    def stays(self, id: int) -> None:
        """The row does not leave after all, whatever message of it has come since it was about to."""
        held = self.leased(id)
        if held is not None:
            held.leased = False

    def drop(self, id: int) -> Held | None:
        """Knows nothing more of the row."""
        held = self._held.pop(id, None)
        if held is not None:
            del self._of[held.consumer][id]
            self._bytes[held.consumer] -= held.size
        return held

    def forget_what_is_old(self, consumer: str) -> None:
        """Its rows that may be somebody else's are ready no more. Nobody is told: they would be taken from whoever has them."""
        now = self.clock()
        for held in [*self._of[consumer].values()]:
            if held.is_old(now):
                self.drop(held.row.id)

    def bar(self, id: int) -> bool:
        """From now on the row does not leave, so that it can be changed; False where it is on the wire, or barred already."""
        if id in self._barred or self.leased(id) is not None:
            return False
        self._barred.add(id)
        return True

    def lift(self, id: int) -> None:
        """It may leave again."""
        self._barred.discard(id)

    def replaced(self, id: int, number: int) -> Held | None:
        """What the row was until this message may not leave; gives that if it was held ready. What is on the wire stays there."""
        self._replaced[id] = number
        if len(self._replaced) > REMEMBERED:
            del self._replaced[next(iter(self._replaced))]
        held = self._held.get(id)
        return self.drop(id) if held is not None and held.number <= number and not held.leased else None

    def forget_what_is_replaced(self, due: Iterable[Held]) -> list[Held]:
        """Those of these whose message somebody has replaced meanwhile: they may not leave."""
        stale = [held for held in due if held.number <= self._replaced.get(held.row.id, 0)]
        for held in stale:
            self.drop(held.row.id)
        return stale

    def may_leave(self, held: Held) -> bool:
        """Whether it is neither on the wire nor being changed."""
        return not (held.leased or held.row.id in self._barred)

    def ready(self, consumer: str) -> list[Held]:
        """What waits to be leased, what is due first before the others."""
        waiting = (held for held in self._of[consumer].values() if self.may_leave(held))
        return sorted(waiting, key=lambda held: (held.due_at, held.row.id))

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    def __len__(self) -> int:
        return len(self._held)

    def on_wire(self, consumer: str) -> list[tuple[int, int]]:
        """Ids and versions of the rows of this consumer that are on the wire."""
        return [(held.row.id, held.row.version) for held in self._of[consumer].values() if held.leased]
