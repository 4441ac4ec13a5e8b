"""Rows in the streams: written, given back, removed, found, and what each replica has of them in hand."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeVar

import orjson
import structlog

from server.outbox.errors import KeyTaken, OutboxFull
from server.outbox.jetstream.abreast import abreast
from server.outbox.jetstream.errors import Missing, Refused, TwiceWritten, Unreachable
from server.outbox.jetstream.hand import TAKEN, Held, later
from server.outbox.jetstream.link import MOST_TOGETHER, Found, Link, Message
from server.outbox.jetstream.names import Names, consumer_of, place_of
from server.outbox.jetstream.stored import GROWS, StoredRow
from server.outbox.jetstream.wires import Wires

log = structlog.get_logger("tagyard")

Answer = TypeVar("Answer")

RETRY: Final = 0.5
"""Seconds between two tries to write what became of rows."""

NO_ROOM: Final = 30_000_000
"""Microseconds after which a row comes back whose state could not be written."""


@dataclass(slots=True)
class Rows:
    """The rows of these streams, as one replica writes them."""

    link: Link
    names: Names
    _said: dict[str, str] = field(default_factory=dict)
    """By consumer, the last message that was said to be taken, and nobody has confirmed."""

    coming: Counter[str] = field(default_factory=Counter)
    """By consumer, rows that were written from here and that it has not been asked for since: it hears of them a little later."""

    wires: Wires = field(init=False)
    """What is on the wire, of all replicas."""

    def __post_init__(self) -> None:
        self.wires = Wires(self.link, self.names)

    def message(self, row: StoredRow) -> Message:
        """The message that holds a row which waits."""
        names, place = self.names, place_of(*row.place)
        subject = names.lone(row.id, row.format) if row.is_lone else names.row(place, row.batch, row.id, row.format)
        return Message(subject, row.write(), row.message_id)

    def new(self, row: StoredRow, batch: str) -> Message:
        """The message that holds a row which nobody has seen yet, and which is written with others."""
        return Message(self.names.row(place_of(*row.place), batch, row.id), row.write(batch), row.message_id, grows=GROWS)

    async def write_new(self, messages: Sequence[Message]) -> None:
        """Writes rows that nobody has seen yet, MOST_TOGETHER at most, with their keys. Raises OutboxError: none is there.

        None is taken for another row: it is said once, so what is there of its id is somebody else's.
        """
        try:
            await self.link.write_together(messages)
        except TwiceWritten as error:
            log.error("a row of the same id is there already; a new one was refused", stream=self.names.rows)
            raise Refused("the stream has a row of this id already") from error
        self._come(messages)

    async def write(self, messages: Sequence[Message]) -> None:
        """Writes them, so many as go together at a time. Raises OutboxError; what was not written with others is not there."""
        for start in range(0, len(messages), MOST_TOGETHER):
            part = messages[start : start + MOST_TOGETHER]
            try:
                await self.link.write_together(part)
            except TwiceWritten:
                await self.write_one_by_one(part)
            self._come(part)

    async def write_one_by_one(self, messages: Collection[Message]) -> None:
        """Writes each that is not there yet, and that nobody has written over meanwhile. Raises OutboxError."""
        await abreast(messages, self.write_unless_changed)

    async def write_unless_changed(self, message: Message) -> bool:
        """Writes it, unless somebody has written over it meanwhile; whether it is there. Raises OutboxError."""
        try:
            await self.link.write(message)
        except KeyTaken:
            return False
        except TwiceWritten:
            return True
        self._come([message])
        return True

    def _come(self, messages: Iterable[Message]) -> None:
        self.coming.update(consumer_of(message.subject) for message in messages)

    async def again_in_the_end(self, held: Sequence[Held]) -> None:
        """Writes rows that wait again. One that another replica has had meanwhile, or an operator has dropped, is left alone.

        Where there is no room for it, a row stays as it was and comes back after a while. Raises OutboxFailed.
        """
        try:
            await in_the_end(lambda: self.write([self._instead(each.row, each.number) for each in held]))
        except OutboxFull:  # for the sake of one of them: each stands or falls alone
            await abreast(held, self._again)

    async def _again(self, held: Held) -> None:
        for row in (held.row, held.row.shortened()):
            try:
                await in_the_end(partial(self.write_unless_changed, self._instead(row, held.number)))
                return
            except Refused:  # it may be too large with what the vendor said
                continue
            except OutboxFull:
                break
        await in_the_end(partial(self.link.say, held.reply, later(NO_ROOM)))

    def _instead(self, row: StoredRow, number: int) -> Message:
        """The message that replaces this one, unless somebody was faster."""
        return replace(self.message(row), last=number)

    async def give_back_key(self, row: StoredRow) -> None:
        """What was given up or dropped suppresses nothing: its key is free, if it is its own still. Raises OutboxError."""
        if row.once is None:
            return
        found = await self.link.last(self.names.rows, self.names.key(row.once))
        if found is not None and json.loads(found.data)["row"] == row.id:
            await self.delete(self.names.rows, found.number)

    async def is_there(self, stream: str, number: int) -> bool:
        """Whether there is a message of this number, by the leader's answer. Raises OutboxError."""
        try:
            await self.link.ask(f"STREAM.MSG.GET.{stream}", {"seq": number})
        except Missing:
            return False
        return True

    async def delete(self, stream: str, number: int) -> bool:
        """Removes a message; whether it was there. Raises OutboxError."""
        try:
            await self.link.ask(f"STREAM.MSG.DELETE.{stream}", {"seq": number, "no_erase": True})
        except Missing:
            return False
        return True

    async def changed(self, rows: Mapping[int, int]) -> None:
        """Tells every replica which rows are no longer what they were until a message of this number. Raises Unreachable."""
        if rows:
            await self.link.say(self.names.changed, orjson.dumps([*rows.items()]))

    async def taken(self, held: Iterable[Held]) -> None:
        """These were delivered: the stream forgets them. Raises Unreachable."""
        for each in held:
            await self.link.say(each.reply, TAKEN)
            self._said[each.consumer] = each.reply

    async def all_taken(self) -> None:
        """Waits until the servers have heard what was taken: the last of each consumer, since they hear in order."""
        said, self._said = self._said, {}
        for reply in said.values():
            await self.link.confirmed(reply, TAKEN)

    async def taken_in_the_end(self, held: Sequence[Held]) -> None:
        """The same, however long it takes until a server answers: or they would be sent again."""
        await in_the_end(lambda: self.taken(held))

    async def find(self, id: int, place: str = "*") -> Found | None:
        """The message of a row that waits. Where its place is known it is found sooner. Raises OutboxError."""
        rows = await self.link.last(self.names.rows, f"{self.names.rows}.row.{place}.*.*.{id}")
        return rows or await self.link.last(self.names.rows, f"{self.names.rows}.lone.*.{id}")

    async def find_dead(self, id: int) -> Found | None:
        """The message of a dead letter. Raises OutboxError."""
        return await self.link.last(self.names.dead, f"{self.names.dead}.row.*.*.{id}")


async def in_the_end(run: Callable[[], Awaitable[Answer]]) -> Answer:
    """Does it again until a server answers, and gives the answer. Raises what the servers have against it."""
    while True:
        try:
            return await run()
        except Unreachable:
            await asyncio.sleep(RETRY)
