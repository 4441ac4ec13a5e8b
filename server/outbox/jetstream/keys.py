"""The keys of ``deduplicate`` in the stream of the rows: a key is written together with its row, or neither is.

So nothing is half done, wherever a replica dies: what a file of keys needs three steps for (claim, flush, confirm) is one here.
A key goes by itself when its window is over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import Any

from core.types import Sender
from server.outbox.jetstream.link import Found, Link, Message
from server.outbox.jetstream.names import Names
from server.outbox.keyfile import KeyClaim


class StreamKeys:
    """Of one replica. Two acceptances of one replica take turns; of two replicas the servers let in the first."""

    def __init__(self, link: Link, names: Names) -> None:
        self.failed: Callable[[Exception], None] = lambda _: None
        self._link = link
        self._names = names
        self._wanted: dict[str, Message] = {}
        """By key, what is written with the row that an acceptance of ours is about to write."""

    async def claim(self, file: int, wanted: Sequence[KeyClaim], now: int) -> Mapping[str, int] | None:  # noqa: ARG002
        """Of the keys that are taken, when the first was seen; None where an acceptance of ours has one and is not done.

        Raises OutboxError.
        """
        if any(each.key in self._wanted for each in wanted):
            return None
        seen: dict[str, int] = {}
        for each in wanted:
            self._wanted[each.key] = Message("", b"")
        try:
            for each in wanted:
                found = await self._link.last(self._names.rows, self._names.key(each.key))
                known = None if found is None else json.loads(found.data)
                if known is not None and each.sender.gives_way_to(_sender(known)):
                    seen[each.key] = known["seen"]
                    del self._wanted[each.key]
                else:
                    self._wanted[each.key] = self._message(each, now, found)
        except BaseException:
            self._forget(each.key for each in wanted)
            raise
        return seen

    def message(self, key: str) -> Message | None:
        """What is written with the row that has this key."""
        return self._wanted.get(key)

    async def confirm(self, file: int, rows: Sequence[tuple[int, str]]) -> None:  # noqa: ARG002
        """These rows, ``(row, key)``, are written, and so are their keys."""
        self._forget(key for _, key in rows)

    async def release(self, file: int, rows: Sequence[tuple[int, str]]) -> None:  # noqa: ARG002
        """These rows were not written, and neither were their keys."""
        self._forget(key for _, key in rows)

    async def close(self) -> None:
        """There is nothing of its own to end."""

    def _message(self, claim: KeyClaim, now: int, found: Found | None) -> Message:
        sender = claim.sender
        data = {"row": claim.row, "seen": now, "visitors": list(sender.visitors), "trusted": sender.trusted}
        last = 0 if found is None else found.number
        window = max(1, ceil(claim.window / 1_000_000))
        return Message(self._names.key(claim.key), json.dumps(data).encode(), last=last, lives=window)

    def _forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._wanted.pop(key, None)


def _sender(known: Mapping[str, Any]) -> Sender:
    return Sender(tuple(known["visitors"]), bool(known["trusted"]))
