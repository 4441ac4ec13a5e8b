"""The access log: one line for a share of the requests that the container has run. No address, no query, no event data.

Of one that nobody claimed it says why, which may name an id that it was sent with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from core.unclaimed import in_words, nearest, reasons
from server.observe.labels import path_label, text_label
from server.observe.recorder import Record

log = structlog.get_logger("tagyard")


class Answered(Protocol):
    """Hears of every request that is answered."""

    def answered(self, record: Record) -> None:
        """The reply to this request is known."""


class AccessLog:
    """``random`` gives a number from 0 to below 1; the lines of those below ``share`` are written."""

    def __init__(self, share: float, random: Callable[[], float]) -> None:
        self._share = share
        self._random = random

    def answered(self, record: Record) -> None:
        """The reply to this request is known."""
        if self._random() < self._share:
            request, run = record.request, record.run
            why = {} if run.client is not None or run.probe else {"why": text_label(in_words(nearest(reasons(run))))}
            log.info(
                "request",
                request=request.id,
                method=request.method,
                path=path_label(request.path),
                client=run.client,
                status=record.status,
                ms=record.took / 1000,
                events=len(run.events),
                **why,
            )


def access_log(share: float, random: Callable[[], float]) -> AccessLog | None:
    """None where no request gets a line."""
    return AccessLog(share, random) if share > 0 else None
