"""``serve --dry-run``: shows every request that would leave, and every one that no client claims.

Nothing is sent and no outbox is opened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from rich.text import Text

from core.component import Tag
from core.container import Run
from core.types import Payload, Request
from core.unclaimed import in_words, reasons
from server.delivery import Accepted
from server.explain.packed import packed
from server.explain.printed import groups, show
from server.system.terminal import out, visible


class DryRun:
    """An intake that prints. The tags hold masks where secrets would be."""

    full = False

    def __init__(self, tags: Mapping[str, Tag]) -> None:
        self._tags = tags

    def accept(self, deliveries: Sequence[tuple[str, Payload]]) -> asyncio.Future[Accepted]:
        """Prints what the deliveries of one request would send."""
        for name, payloads in groups(deliveries).items():
            for each in packed(name, self._tags[name], payloads, time.time_ns() // 1000):
                out.print(show(each))
        done: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        done.set_result(())
        return done


def show_unclaimed(request: Request, run: Run) -> None:
    """Prints the request without its query, and why each client has declined it."""
    why = in_words(reasons(run))
    out.print(Text(visible(f"{request.method} {request.path} no client claims it{f': {why}' if why else ''}"), "yellow"))
