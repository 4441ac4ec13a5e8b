"""How much one visitor may take of the server: so many requests a second, and so many at the same time.

He is known by his address, or of IPv6 by the network of his house. Whose address is unknown is not limited: behind a proxy
that nobody configured all visitors would be one.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

from config import ServerSettings
from config.settings import RateLimitSettings
from core.types import Reply
from server.visitors.asker import Asker
from server.visitors.households import household

MOST_REMEMBERED: Final = 10_000
"""Addresses whose requests are counted. The one that has not sent any for the longest time is forgotten for a new one."""

RATE: Final = "rate_limit"
AT_ONCE: Final = "at_once"

_TEXT: Final = ("content-type", "text/plain; charset=utf-8")
_CLOSE: Final = ("connection", "close")
_BODIES: Final = frozenset({"content-length", "transfer-encoding"})


class RateLimit:
    """A bucket of tokens for each address: a request takes one, and they come back at a steady pace.

    ``clock`` gives seconds, and never jumps.
    """

    def __init__(self, settings: RateLimitSettings, clock: Callable[[], float]) -> None:
        self._pace = settings.per_second
        self._burst = float(settings.burst)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Takes a token, or gives the seconds until there is one."""
        now, buckets = self._clock(), self._buckets
        tokens, since = buckets.pop(address, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._pace)
        there = tokens >= 1.0
        buckets[address] = (tokens - 1.0 if there else tokens, now)
        if len(buckets) > MOST_REMEMBERED:
            buckets.popitem(last=False)
        return 0.0 if there else (1.0 - tokens) / self._pace


class Limits:
    """Of one worker, by one configuration."""

    def __init__(self, settings: ServerSettings, clock: Callable[[], float]) -> None:
        self._rate = RateLimit(settings.rate_limit, clock) if settings.rate_limit else None
        self._most = settings.max_connections_per_address
        self._at_once: Counter[str] = Counter()

    def enter(self, asker: Asker, *, proxied: bool) -> tuple[str, Reply] | None:
        """Takes a request in, and None; else the word to count it by, and its answer. ``leave`` follows one that was taken in.

        How many a visitor has at the same time matters where he comes through a trusted proxy: else his connections count.
        """
        if asker.visitor.ip is None:
            return None
        name = household(asker.visitor.ip)
        if proxied and self._most is not None and self._at_once[name] >= self._most:
            text = "more requests of this visitor are under way than this server accepts (server.max_connections_per_address)"
            return AT_ONCE, _too_many(asker, text, 1)
        if self._rate is not None and (wait := self._rate.wait(name)):
            return RATE, _too_many(asker, "more requests than this server accepts from one visitor (server.rate_limit)", wait)
        self._at_once[name] += 1
        return None

    def leave(self, asker: Asker) -> None:
        """It is answered."""
        if asker.visitor.ip is not None:
            name = household(asker.visitor.ip)
            self._at_once[name] -= 1
            if not self._at_once[name]:
                del self._at_once[name]


def limits_of(settings: ServerSettings, clock: Callable[[], float]) -> Limits | None:
    """None where nothing is limited, so that nothing is counted."""
    limited = settings.rate_limit is not None or settings.max_connections_per_address is not None
    return Limits(settings, clock) if limited else None


def _too_many(asker: Asker, text: str, wait: float) -> Reply:
    """A body that nobody reads ends the connection."""
    close = (_CLOSE,) if any(name in _BODIES for name, _ in asker.headers) else ()
    headers = (_TEXT, ("retry-after", str(math.ceil(wait))), ("cache-control", "no-store"), *close)
    return Reply(429, headers, f"{text}\n".encode())
