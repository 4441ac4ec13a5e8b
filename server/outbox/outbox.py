"""The outbox of one worker, wherever its rows are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from server.outbox.capacity import Capacity
from server.outbox.durability import Durability
from server.outbox.keyfile import KeyClaim
from server.outbox.store import Store


class Keys(Protocol):
    """The keys of ``deduplicate``, everybody's. All methods belong to one event loop."""

    failed: Callable[[Exception], None]
    """Hears once that no key can be written any more."""

    async def claim(self, file: int, wanted: Sequence[KeyClaim], now: int) -> Mapping[str, int] | None:
        """Claims keys for rows of this store but the duplicates among them; of those, when the first was seen.

        None where another acceptance has claimed one of them and is not done. Raises OutboxError: none is claimed.
        """

    async def confirm(self, file: int, rows: Sequence[tuple[int, str]]) -> None:
        """These rows, ``(row, key)``, are flushed. Raises OutboxFailed."""

    async def release(self, file: int, rows: Sequence[tuple[int, str]]) -> None:
        """Gives back the keys of rows, ``(row, key)``. Raises OutboxFailed."""

    async def close(self) -> None:
        """Ends; what is left has one last try."""


class Outbox(Protocol):
    """What a worker accepts into, and what it adopts."""

    own: Store
    capacity: Capacity
    failure: Exception | None
    """Why nothing can be written any more in this process."""
    asides: Sequence[Path]
    """Damaged files that were set aside and wait for somebody to look into them."""
    unopened: Mapping[int, str]
    """Files that nobody holds and that cannot be opened, by number, with the reason: what they hold is not delivered."""
    durability: Durability | None
    """What is known of a store that others keep; None of a disk of this machine."""

    speaks: bool
    """Whether it answers an operator: of the workers of a process that share all rows one does."""

    @property
    def reports(self) -> bool:
        """Whether its counts are to be added to those of others: of all who share the same rows one reports them."""

    @property
    def keys(self) -> Keys:
        """The keys of its rows."""

    @property
    def full(self) -> bool:
        """No new rows are taken for now, or ever again in this process."""

    async def measure(self, rows: Mapping[str, int]) -> None:
        """Looks how much room there is; ``rows`` is what each tag has. Raises OutboxError."""

    async def adopt(self, known: Collection[int], now: int | None = None) -> list[Store]:
        """Opens the stores that nobody holds; ``known`` we hold already."""
