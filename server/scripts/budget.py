"""How often upstream is asked for something new. Queries are made up by anybody; what a site's pages ask for is soon known."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

BURST: Final = 60.0
"""New files in a short time: more than the pages of a large site ask for between them."""
EVERY: Final = 5.0
"""Seconds after which one more may be asked for."""
MOST_KNOWN: Final = 1000
"""Files that are known, regions not counted."""


class Budget:
    """A file is new until upstream has given it, in whatever region: that of a visitor is not made up."""

    def __init__(self, burst: float = BURST, every: float = EVERY) -> None:
        self._burst = burst
        self._every = every
        self._left = burst
        self._at = 0
        self._known: OrderedDict[str, None] = OrderedDict()

    def allows(self, url: str, now: int) -> bool:
        """Whether upstream may be asked; what is new costs one of the budget. ``now`` in microseconds."""
        if url in self._known:
            self._known.move_to_end(url)
            return True
        passed = max(0, now - self._at) / 1_000_000
        self._left, self._at = min(self._burst, self._left + passed / self._every), now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def known(self, url: str) -> None:
        """Upstream gives this file."""
        self._known[url] = None
        self._known.move_to_end(url)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
