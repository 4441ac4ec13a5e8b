"""``serve --dry-run``: a line for each request, and with ``--verbose`` every request that would leave for it.

Nothing is sent and no outbox is opened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence

from rich.text import Text

from core.types import Payload
from server.delivery import Accepted
from server.explain.hit_line import hit_line
from server.explain.packed import packed
from server.explain.printed import groups, show
from server.observe import Answered, Record
from server.system.terminal import out


class DryRun:
    """An intake that keeps nothing."""

    full = False

    def accept(self, deliveries: Sequence[tuple[str, Payload]]) -> asyncio.Future[Accepted]:  # noqa: ARG002  an intake's form
        """Says that all is well."""
        done: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        done.set_result(())
        return done


class HitLines:
    """Prints what became of each request that is answered. ``debug_page`` is the address of the admin port, with a slash.

    ``after`` is told of it next.
    """

    def __init__(self, debug_page: str, *, verbose: bool = False) -> None:
        self.after: Answered | None = None
        self._debug_page = debug_page
        self._verbose = verbose

    def answered(self, record: Record) -> None:
        """The reply to this request is known."""
        out.print(hit_line(record, f"{self._debug_page}r/{record.request.id}", out.width if out.is_terminal else None))
        if self._verbose:
            for each in _outgoing(record):
                out.print(each)
        if self.after is not None:
            self.after.answered(record)


def _outgoing(record: Record) -> Iterator[Text]:
    """What would leave, tag by tag. Tags of a dry run hold masks where secrets would be."""
    tags = record.serving.assembled.tags
    for name, payloads in groups(record.run.deliveries()).items():
        try:
            yield from map(show, packed(name, tags[name], payloads, time.time_ns() // 1000))
        except Exception as error:  # a plugin's fault: the request is answered all the same
            yield Text(f"→ {name}  fails to build its request: {type(error).__name__}", "red")
