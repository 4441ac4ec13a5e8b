"""Rows that were on the wire at several crashes: each is sent with nothing else of its file there, in turn with the others."""

from __future__ import annotations

import asyncio
import heapq

from server.delivery.board import Board
from server.delivery.destination import Destination
from server.delivery.source import Job, Source
from server.outbox.store import Leased, Suspect

BLOCKED = 1_000_000
"""Microseconds until a suspect is looked at again whose destination takes nothing now."""


class Suspects:
    """Gives the suspects of every source their turns."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def begin(self, source: Source) -> None:
        """If a suspect is due and may leave, clears the wire for it."""
        now = self._board.steady()
        if source.suspects and not source.quiet and source.suspects[0][0] <= now and source.next_turn <= now:
            suspect = source.suspects[0][1]
            if self._destination(suspect).is_open(now):
                source.quiet = True
                source.when_clear = lambda: self._send(source)
                if not source.on_wire:
                    source.is_clear()
            else:
                source.suspect(heapq.heappop(source.suspects)[1], now + BLOCKED)

    def over(self, source: Source) -> None:
        """The suspect is off the wire: the others get as long a turn as it had."""
        now = self._board.steady()
        turn = now - source.turn_began
        source.quiet = False
        source.next_turn = now + turn
        asyncio.get_running_loop().call_later(turn / 1_000_000, self.begin, source)
        self._board.pump()

    def _send(self, source: Source) -> None:
        if self._board.stopped:
            return
        source.turn_began = self._board.steady()
        if not source.suspects or source.suspects[0][0] > source.turn_began:
            self.over(source)  # somebody else has it by now
            return
        suspect = heapq.heappop(source.suspects)[1]
        destination = self._destination(suspect)
        destination.reserve(source)
        source.file.lease_one(suspect, lambda leased: self._leased(source, destination, suspect, leased))

    def _leased(self, source: Source, destination: Destination, suspect: Suspect, leased: Leased | Exception) -> None:
        if isinstance(leased, Leased) and leased.rows:
            destination.run(Job(source, list(leased.rows), suspect))
            return
        if isinstance(leased, Leased):
            self._board.parked(source, destination, len(leased.unreadable))
        destination.release(source)
        self.over(source)

    def _destination(self, suspect: Suspect) -> Destination:
        return self._board.destination(suspect.tag, suspect.destination)
