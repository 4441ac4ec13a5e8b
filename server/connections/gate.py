"""Who comes in: how many connections may be open, how many of them may be one address's, and who gives his place to a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple, Protocol

import structlog

from server.connections import refusals
from server.connections.refusals import Refusal
from server.connections.terms import Terms
from server.visitors.households import household

log = structlog.get_logger("tagyard")

LOOK_COST: Final = 10e-6
"""Seconds for each open connection that have to go by until all are looked at again: a crowd costs the loop a few percent."""

RECENT: Final = 60.0
"""Seconds for which a pause is told of."""


class Claim(NamedTuple):
    """How well a connection uses its place. The smallest gives way first: of one ``rank`` the one that waits longest."""

    rank: int
    since: float


class Guest(Protocol):
    """An open connection."""

    def claim(self, now: float) -> Claim | None:
        """What it has to say for itself; None while it is in use."""

    def give_way(self) -> None:
        """Ends it, and tells of it."""


class Gate:
    """Of one listener. ``clock`` is the loop's."""

    def __init__(self, terms: Terms, guests: Collection[Guest], clock: Callable[[], float]) -> None:
        self.open = 0
        """Connections that were let in and are not closed yet."""
        self.pauses: Counter[str] = Counter()
        """By the reason: how often accepting has paused."""
        self._terms = terms
        self._guests = guests
        self._clock = clock
        self._households: Counter[str] = Counter()
        self._waiting: list[tuple[Claim, Guest]] = []
        """Those that were not in use at the last look, the one that gives way first at the end."""
        self._next_look = 0.0
        self._paused_at: float | None = None
        self._full_at: float | None = None

    def refusal(self, peer: str) -> Refusal | None:
        """Why the peer is not let in; None where he is: ``enter`` comes next, and ``leave`` when he is gone."""
        most, from_one = self._terms.max_connections, self._terms.max_from_one
        if from_one is not None and self._households[household(peer)] >= from_one and not self._trusts(peer):
            return refusals.CROWD
        if most is not None and self.open >= most and not self.make_room():
            self._full_at = self._clock()
            return refusals.FULL
        return None

    def enter(self, peer: str) -> None:
        """One more connection of his."""
        self.open += 1
        self._households[household(peer)] += 1

    def leave(self, peer: str) -> None:
        """One less."""
        self.open -= 1
        name = household(peer)
        self._households[name] -= 1
        if not self._households[name]:
            del self._households[name]

    def make_room(self) -> bool:
        """Whether a connection that is not in use gives way; it is closed in a moment."""
        now = self._clock()
        return self._one_gives_way(now) or (self._look(now) and self._one_gives_way(now))

    def paused(self, why: str) -> None:
        """Nobody is let in for a moment."""
        now = self._clock()
        if not self._is_recent(self._paused_at):
            log.error("no connection can be accepted for now", why=why, open=self.open)
        self.pauses[why] += 1
        self._paused_at = now

    def reasons(self) -> list[str]:
        """What whoever runs this should know of the last minute."""
        reasons = []
        if self._is_recent(self._full_at):
            reasons.append(
                f"new connections were refused: all {self._terms.max_connections} were in use (server.max_connections)"
            )
        if self._is_recent(self._paused_at):
            whys = ", ".join(f"{why} ({times} times)" for why, times in sorted(self.pauses.items()))
            reasons.append(
                f"accepting connections has paused: {whys}; raise the limit of open files, or lower server.max_connections"
            )
        return reasons

    def _is_recent(self, at: float | None) -> bool:
        return at is not None and self._clock() - at <= RECENT

    def as_json(self) -> dict[str, Any]:
        """``connections``: how many are open, and how many may be; ``accept_pauses`` by the reason."""
        return {"connections": {"open": self.open, "most": self._terms.max_connections}, "accept_pauses": dict(self.pauses)}

    def _trusts(self, peer: str) -> bool:
        return self._terms.patience is not None and self._terms.patience(peer).trusted

    def _one_gives_way(self, now: float) -> bool:
        while self._waiting:
            claim, guest = self._waiting.pop()
            if guest.claim(now) == claim:
                guest.give_way()
                return True
        return False

    def _look(self, now: float) -> bool:
        """Finds those that are not in use now, unless that was done a moment ago."""
        if now < self._next_look:
            return False
        self._next_look = now + LOOK_COST * len(self._guests)
        found = [(claim, guest) for guest in self._guests if (claim := guest.claim(now)) is not None]
        self._waiting = sorted(found, key=lambda each: each[0], reverse=True)
        return bool(found)
