"""The answers to a request that has several, as they come."""

from __future__ import annotations

import asyncio
from typing import Final

from nats.aio.msg import Msg

PATIENCE: Final = 5.0
"""Seconds that an answer may take."""

_NOBODY: Final = "503"
_STILL_WANTED: Final = "Nats-Pending-Messages"
"""How many messages fewer than were asked for a pull has got when it is over."""


class Answers:
    """Heard by a subscription of their own. They are all there when there are ``most``, or a status says so.

    Where a consumer is replicated, a status overtakes the messages that it is about: those wait until the other servers know of
    them. Whoever did not wait for them would have them again only when the servers have given them up.
    """

    def __init__(self, most: int) -> None:
        self.messages: list[Msg] = []
        self.nobody = False
        """Whether there is nobody to answer."""
        self._most = most
        self._coming = most
        self._over = False
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def hear(self, message: Msg) -> None:
        """One more, or a status."""
        status = status_of(message)
        if status is None:
            self.messages.append(message)
        else:
            self.nobody = status == _NOBODY
            wanted = (message.headers or {}).get(_STILL_WANTED)
            self._over, self._coming = True, self._most - int(wanted) if wanted is not None else 0
        if len(self.messages) >= self._coming and not self._done.done():
            self._done.set_result(None)

    async def all(self, *, partial: bool) -> None:
        """Until they are all there. Raises TimeoutError where none comes for PATIENCE, and none ``partial`` ones are of use."""
        known = -1
        while not self._done.done():
            if len(self.messages) == known:
                if self._over or (partial and self.messages):
                    return
                raise TimeoutError
            known = len(self.messages)
            await asyncio.wait({self._done}, timeout=PATIENCE)


def status_of(message: Msg) -> str | None:
    """The status that a message is; None where it is none."""
    return message.headers.get("Status") if message.headers else None
