"""A large body that comes in pieces, in memory of its own, which goes back to the system at once when it is not needed any more.

In the heap hundreds that grow side by side would leave holes several times their size.
"""

from __future__ import annotations

import mmap


class Pages:
    """At most ``most`` bytes. Only what is written takes memory. Raises OSError where the system has none to give."""

    def __init__(self, most: int) -> None:
        self._pages = mmap.mmap(-1, most, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

    def add(self, piece: bytes) -> bool:
        """Takes a piece; False, and nothing taken, where there is no room for all of it."""
        if self._pages.tell() + len(piece) > len(self._pages):
            return False
        self._pages.write(piece)
        return True

    @property
    def held(self) -> int:
        """Bytes that were added."""
        return self._pages.tell()

    def take(self) -> bytes:
        """What was added. The memory is given back."""
        whole = self._pages[: self._pages.tell()]
        self._pages.close()
        return whole

    def close(self) -> None:
        """Gives the memory back."""
        self._pages.close()
