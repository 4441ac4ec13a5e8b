"""How fast tokens may be tried: a few wrong ones at once, then one at a time, by each address and by all together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from core.addresses import address_in
from server.system.allowance import Allowance

_SECOND: Final = 1_000_000
EACH: Final = (5, 5 * _SECOND)
"""Wrong tokens of one address (of one /64 in IPv6) that are looked at without a pause, and microseconds between later ones."""
ALL: Final = (50, _SECOND)
"""The same for all addresses together."""
MOST_ADDRESSES: Final = 1024
"""Addresses that are remembered. By the time so many others have come, the first one's pause is over."""
MOST_WELCOME: Final = 256


class Attempts:
    """``clock`` gives steady microseconds.

    Only wrong tokens count. An address that has given the right one is not held up by the mistakes of others: nobody can
    lock it out from elsewhere.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._all = Allowance(*ALL)
        self._each: OrderedDict[bytes, Allowance] = OrderedDict()
        self._welcome: OrderedDict[bytes, None] = OrderedDict()

    def pause(self, address: str) -> float:
        """Seconds until the next token of this address is looked at; 0 where it is now."""
        now, key = self._clock(), _key(address)
        own = self._each[key].pause(now) if key in self._each else 0
        return (own if key in self._welcome else max(own, self._all.pause(now))) / _SECOND

    def wrong(self, address: str) -> None:
        """It has given a wrong token."""
        now, key = self._clock(), _key(address)
        self._all.take(now)
        self._each.setdefault(key, Allowance(*EACH)).take(now)
        _keep(self._each, key, MOST_ADDRESSES)

    def right(self, address: str) -> None:
        """It has given the token."""
        self._welcome[_key(address)] = None
        _keep(self._welcome, _key(address), MOST_WELCOME)


def _keep(table: OrderedDict[bytes, Allowance] | OrderedDict[bytes, None], key: bytes, most: int) -> None:
    table.move_to_end(key)
    while len(table) > most:
        table.popitem(last=False)


def _key(address: str) -> bytes:
    """One for all addresses that one visitor may choose from."""
    found = address_in(address)
    return b"" if found is None else found.packed[:8]
