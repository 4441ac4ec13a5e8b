"""How rows end, or change their stream or their subject: each in steps of which the first decides, and any replica does the rest.

===============  ==============================================================================================================
given up         1. the verdict replaces the row · 2. the dead letter is written · 3. the key goes · 4. the verdict goes
dropped          1. the verdict replaces the row · 2. the key goes · 3. the verdict goes; a row without a key goes in one step
tried again      1. the verdict is written, where there is no row · 2. the dead letter goes · 3. the row replaces the verdict
moved            1. the row is written under its other subject and the verdict replaces it under this one, together or not at
                 all · 2. the verdict goes
===============  ==============================================================================================================

The first step names the number of the message that was seen, so that of all who end a row at the same time one does, and whoever
has had it in hand before and was taken over meanwhile does not. From then on nobody leases the row. What follows can be done
twice, in part, or by several at the same time, and comes to the same: a dead letter is known by the row's version, and a key or
a message is removed by its number. So a verdict is completed by its author, by whoever takes over from him, by whoever gets it by
a lease for the second time, and by whoever lists rows.

Who ends a row that he does not have in hand (an operator, or for its age) may have been overtaken by a replica that leases it. He
tells of his verdict, and looks afterwards who has it on the wire; and whoever leases writes that down, and looks afterwards
whether he was told. One of the two sees the other: the verdict is withdrawn, or the row does not leave.

In a stream without room for a verdict rows are given up and dropped without that step, after a look at the leader: dead letters
and keys are where rows would make room. A replica that dies there leaves a dead letter beside its row, and whoever takes over
removes the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from server.outbox.errors import KeyTaken, OutboxFull
from server.outbox.jetstream.abreast import abreast
from server.outbox.jetstream.errors import NoRoom, Refused, TwiceWritten
from server.outbox.jetstream.hand import Held, later
from server.outbox.jetstream.link import Found, Link, Message
from server.outbox.jetstream.names import Names, place_of
from server.outbox.jetstream.rows import NO_ROOM, Rows, in_the_end
from server.outbox.jetstream.stored import StoredRow
from server.outbox.jetstream.verdict import Fate, Verdict
from server.outbox.jetstream.wires import Lease
from server.outbox.limits import POISON, POISON_FROM


@dataclass(frozen=True, slots=True)
class Condemned:
    """A verdict, and the number of its message; of the row's own where it does not stand: there was no room for it."""

    verdict: Verdict
    number: int
    stands: bool = True


@dataclass(frozen=True, slots=True)
class Ending:
    """Of these rows, by one replica. All raises OutboxError."""

    rows: Rows

    @property
    def _link(self) -> Link:
        return self.rows.link

    @property
    def _names(self) -> Names:
        return self.rows.names

    async def give_up_in_the_end(self, held: Held) -> None:
        """What was on the wire becomes a dead letter. Where the servers do not take that it comes back after a while."""
        try:
            await in_the_end(lambda: self.give_up(held.row, held.number))
        except OutboxFull:
            await in_the_end(lambda: self._link.say(held.reply, later(NO_ROOM)))

    async def give_up(self, row: StoredRow, number: int) -> bool:
        """Makes a dead letter of a row, whose message has this number.

        Where that message is gone somebody has settled the row, changed or dropped it: it is left alone, and the answer is False.
        """
        condemned = await self.condemn(Verdict(Fate.GIVEN_UP, row, self._link.name), number)
        if condemned is None:
            return False
        await self.complete(condemned)
        return True

    async def drop(self, row: StoredRow, number: int) -> Condemned | None:
        """The first step, for a row with a key."""
        return await self.condemn(Verdict.gone(Fate.DROPPED, row, self._link.name), number)

    async def condemn(self, verdict: Verdict, number: int) -> Condemned | None:
        """Writes the verdict in place of the message of this number, if that is still there."""
        try:
            return await self._stands(verdict, number)
        except Refused:  # it may be too large with what the vendor said
            return await self._stands(replace(verdict, row=verdict.row.shortened()), number)
        except NoRoom:
            return Condemned(verdict, number, stands=False) if await self.rows.is_there(self._names.rows, number) else None

    async def _stands(self, verdict: Verdict, last: int) -> Condemned | None:
        message = Message(self.rows.message(verdict.row).subject, verdict.write(), last=last)
        try:
            return Condemned(verdict, await self._link.write(message))
        except KeyTaken:
            found = await self._link.last(self._names.rows, message.subject)
            is_ours = found is not None and found.data == message.data  # the first answer was lost
            return Condemned(verdict, found.number) if found is not None and is_ours else None

    async def complete_found(self, condemned: Condemned) -> None:
        """The same for a verdict of somebody else, if it still stands."""
        if await self.rows.is_there(self._names.rows, condemned.number):
            await self.complete(condemned)

    async def complete(self, condemned: Condemned) -> None:
        """Does what a verdict says, or what of it is not done yet."""
        verdict, number = condemned.verdict, condemned.number
        if verdict.fate is Fate.TRIED_AGAIN:
            await self.rows.delete(self._names.dead, verdict.letter)
            await self.rows.write_unless_changed(replace(self.rows.message(verdict.row), last=number))
            return
        if verdict.fate is Fate.GIVEN_UP:
            await self.rows.write_unless_changed(self._letter(verdict.row))
        if verdict.fate is not Fate.MOVED:
            await self.rows.give_back_key(verdict.row)
        was_there = await self.rows.delete(self._names.rows, number)
        if verdict.fate is Fate.GIVEN_UP and not was_there:
            await self._take_back_letter(verdict.row)

    async def _take_back_letter(self, row: StoredRow) -> None:
        """Somebody else has completed the verdict, perhaps long ago: a row that was tried again since is no dead letter."""
        found, letter = await self.rows.find(row.id), await self.rows.find_dead(row.id)
        waits = None if found is None else StoredRow.read_if_any(found.data)
        dead = None if letter is None else StoredRow.read_if_any(letter.data)
        if letter is not None and waits is not None and dead is not None and dead.version == row.version < waits.version:
            await self.rows.delete(self._names.dead, letter.number)

    def _letter(self, row: StoredRow) -> Message:
        return Message(self._names.dead_row(row.tag, place_of(*row.place), row.id), row.write(), row.message_id)

    async def withdraw(self, condemned: Condemned, row: StoredRow) -> None:
        """The row waits again as it was."""
        if not condemned.stands:
            return
        again = replace(row, version=condemned.verdict.row.version + 1)
        await self.rows.write_unless_changed(replace(self.rows.message(again), last=condemned.number))

    async def revive(self, row: StoredRow, letter: int) -> bool:
        """A dead letter waits again, as this row; whether it does: somebody may have dropped it.

        One that is dropped at the same moment waits again. One that waits already is no dead letter any more.
        """
        if not await self.rows.is_there(self._names.dead, letter):
            return False
        verdict = Verdict(Fate.TRIED_AGAIN, row, self._link.name, letter)
        condemned = await self._stands(verdict, 0)
        if condemned is None and await self._complete_at(self.rows.message(row).subject):
            condemned = await self._stands(verdict, 0)
        if condemned is None:
            return await self.rows.find(row.id) is not None and await self.rows.delete(self._names.dead, letter)
        await self.complete(condemned)
        return True

    async def _complete_at(self, subject: str) -> bool:
        """Whether there was a verdict."""
        found = await self._link.last(self._names.rows, subject)
        verdict = None if found is None else Verdict.read_if_any(found.data)
        if found is not None and verdict is not None:
            await self.complete(Condemned(verdict, found.number))
        return verdict is not None

    async def replace(self, row: StoredRow, found: Found) -> bool:
        """A later state of a row takes the place of its message, be it under another subject; False if somebody was faster."""
        message = self.rows.message(row)
        if message.subject == found.subject:
            return await self.rows.write_unless_changed(replace(message, last=found.number))
        verdict = Verdict.gone(Fate.MOVED, row, self._link.name)
        try:
            await self._link.write_together([message, Message(found.subject, verdict.write(), last=found.number)])
        except (KeyTaken, TwiceWritten):
            return False
        await self._complete_at(found.subject)
        return True

    async def take_over(self, replica: int, leases: Sequence[Lease]) -> None:
        """Ends the leases of a replica that is dead, and counts a crash for those rows and no others.

        Whoever does the same at the same time writes the same: a row that was changed since is left alone.
        """
        await abreast(leases, self._take_over)
        await self.rows.wires.clear(replica, leases)

    async def _take_over(self, lease: Lease) -> None:
        found = await self.rows.find(lease.id, lease.consumer)
        if found is None:
            return
        verdict, row = Verdict.read_if_any(found.data), StoredRow.read_if_any(found.data)
        if verdict is not None:
            await self.complete(Condemned(verdict, found.number))
        elif row is not None and row.version == lease.version:
            await self._take_over_row(row, found)

    async def _take_over_row(self, row: StoredRow, found: Found) -> None:
        beside = await self.rows.find_dead(row.id)
        dead = None if beside is None else StoredRow.read_if_any(beside.data)
        if dead is not None and dead.version == row.version + 1:
            await self.complete(Condemned(Verdict(Fate.GIVEN_UP, dead, self._link.name), found.number))
        elif row.crashed().crashes >= POISON_FROM:
            await self.give_up(row.crashed().changed(why=POISON), found.number)
        else:
            await self.replace(row.crashed(), found)
