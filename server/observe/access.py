"""The access log: one line for a share of the requests that the container has run. No address, no query, no event data."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from server.observe.labels import path_label
from server.observe.recorder import Record

log = structlog.get_logger("tagyard")


class AccessLog:
    """``random`` gives a number from 0 to below 1; the lines of those below ``share`` are written."""

    def __init__(self, share: float, random: Callable[[], float]) -> None:
        self._share = share
        self._random = random

    def answered(self, record: Record) -> None:
        """The reply to this request is known."""
        if self._random() < self._share:
            request, run = record.request, record.run
            log.info(
                "request",
                request=request.id,
                method=request.method,
                path=path_label(request.path),
                client=run.client,
                status=record.status,
                ms=record.took / 1000,
                events=len(run.events),
            )


def access_log(share: float, random: Callable[[], float]) -> AccessLog | None:
    """None where no request gets a line."""
    return AccessLog(share, random) if share > 0 else None
