"""Finds the addresses of hosts in threads that nobody waits for: a look-up that hangs keeps its own host waiting, no other's.

The system's look-up cannot be cancelled, and the threads of a pool are few and joined at the end of a process. So each host
has one thread at most, a daemon, however many connections ask for it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Final, TypeAlias

from server.system.descriptors import none_left

FRESH: Final = 30.0
"""Seconds that an answer is used without asking again."""
STALE: Final = 3600.0
"""Seconds that an answer is used where asking again fails, or takes longer than PATIENCE."""
PATIENCE: Final = 1.0
"""Seconds that a caller waits for a newer answer, where there is an old one."""
MOST_HOSTS: Final = 1000
MOST_LOOKUPS: Final = 64
"""Threads at the most: hosts come from the configuration, but an event may choose some of them."""

Lookup: TypeAlias = Callable[[str, int], Sequence[str]]
"""Host and port to IP addresses as text. Blocks. Raises OSError or UnicodeError where there are none."""

_Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Answer:
    addresses: Sequence[str]
    at: float


def look_up(host: str, port: int) -> Sequence[str]:
    """What the system says. Odd spellings (``127.1``, ``0x7f.1``, ``2130706433``) come out as plain addresses."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        if none_left():  # it takes one, and calls the host unknown where there is none
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE)) from None
        raise
    return [str(sockaddr[0]) for *_, sockaddr in found]


class Resolver:
    """Answers for one event loop, whose time it goes by."""

    def __init__(self, lookup: Lookup = look_up) -> None:
        self._lookup = lookup
        self._known: OrderedDict[_Key, _Answer] = OrderedDict()
        self._under_way: dict[_Key, asyncio.Future[Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses, best first. Raises OSError or UnicodeError where there are none."""
        key = host, port
        known, now = self._known.get(key), asyncio.get_running_loop().time()
        if known is not None and now - known.at < FRESH:
            return known.addresses
        if known is None or now - known.at >= STALE:
            return await asyncio.shield(self._asked(key))
        try:
            return await asyncio.wait_for(asyncio.shield(self._asked(key)), PATIENCE)
        except (OSError, UnicodeError):  # a TimeoutError is an OSError
            return known.addresses

    def _asked(self, key: _Key) -> asyncio.Future[Sequence[str]]:
        """The look-up that is under way for this host, or one that begins now. Raises OSError where none can."""
        if key not in self._under_way:
            if len(self._under_way) >= MOST_LOOKUPS:
                raise OSError("too many look-ups are under way")
            loop = asyncio.get_running_loop()
            answer = self._under_way[key] = loop.create_future()
            answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to hear of it
            try:
                Thread(target=self._look_up, args=(loop, key), daemon=True, name=f"look-up of {key[0]}").start()
            except RuntimeError:
                del self._under_way[key]
                raise OSError("the system has no thread left for a look-up") from None
        return self._under_way[key]

    def _look_up(self, loop: asyncio.AbstractEventLoop, key: _Key) -> None:
        found: Sequence[str] | Exception
        try:
            found = self._lookup(*key)
        except Exception as error:
            found = error
        try:
            loop.call_soon_threadsafe(self._learn, key, found)
        except RuntimeError:  # the loop is closed: nobody asks any more
            return

    def _learn(self, key: _Key, found: Sequence[str] | Exception) -> None:
        answer = self._under_way.pop(key)
        if isinstance(found, Exception):
            answer.set_exception(found)
            return
        self._known[key] = _Answer(found, asyncio.get_running_loop().time())
        self._known.move_to_end(key)
        if len(self._known) > MOST_HOSTS:
            self._known.popitem(last=False)
        answer.set_result(found)
