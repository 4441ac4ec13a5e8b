"""What visitors get of a copy: its host rewritten, then compressed, each worked out once."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import brotli

from server.scripts.cached import Cached, Variant
from server.scripts.flights import Flights
from wire.scripts.rewriting import rewritten

MOST: Final = 16
"""Variants of one copy; the least recently used is forgotten, so made-up hosts cost time and no memory."""
MOST_WAITING: Final = 8
"""Compressions waited for; more visitors get the plain bytes, since only made-up hosts need so many at once."""

_COMPRESSIONS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=9),
    "gzip": lambda body: gzip.compress(body, 9, mtime=0),
}
IDENTITY: Final = "identity"


def chosen_encoding(accept_encoding: str | None) -> str:
    """``br``, ``gzip`` or ``identity``: what this header likes best, Brotli before gzip where it likes both as much."""
    weights = dict(map(_weight, (accept_encoding or "").lower().split(",")))
    best = max(_COMPRESSIONS, key=lambda encoding: weights.get(encoding, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else IDENTITY


def _weight(piece: str) -> tuple[str, float]:
    name, _, parameter = piece.partition(";")
    key, _, value = parameter.partition("=")
    try:
        return name.strip(), float(value) if key.strip() == "q" else 1.0
    except ValueError:
        return name.strip(), 0.0


class Variants:
    """Makes variants for a server that is reached below the path ``prefix``. Compresses in one thread of its own."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._thread = ThreadPoolExecutor(1, "compress")
        self._making: Flights[tuple[Cached, str, str], Variant] = Flights()

    async def of(self, held: Cached, host: str, encoding: str) -> Variant:
        """The copy as this host (well-formed) gives it out; not compressed where too many wait for that.

        An empty host is nobody's: what it gives out is as upstream wrote it.
        """
        made = held.variants.get((host, encoding))
        if made is not None:
            held.variants.move_to_end((host, encoding))
            return made
        name = (held, host, encoding)
        if encoding == IDENTITY or (len(self._making) >= MOST_WAITING and name not in self._making):
            return self._plain(held, host)
        return await asyncio.shield(self._making.start(name, lambda: self._compressed(held, host, encoding)))

    def _plain(self, held: Cached, host: str) -> Variant:
        return held.variants.get((host, IDENTITY)) or _kept(held, host, Variant.of(self._source(held, host), IDENTITY))

    def _source(self, held: Cached, host: str) -> bytes:
        return rewritten(held.copy.body, host, self._prefix) if host else held.copy.body

    async def _compressed(self, held: Cached, host: str, encoding: str) -> Variant:
        source = self._source(held, host)
        compress = _COMPRESSIONS[encoding]
        making = asyncio.get_running_loop().run_in_executor(self._thread, lambda: Variant.of(compress(source), encoding))
        return _kept(held, host, await making)

    async def close(self) -> None:
        """Ends what is under way."""
        await self._making.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)


def _kept(held: Cached, host: str, variant: Variant) -> Variant:
    held.variants[host, variant.encoding] = variant
    if len(held.variants) > MOST:
        held.variants.popitem(last=False)
    return variant
