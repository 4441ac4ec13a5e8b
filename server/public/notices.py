"""What whoever runs this should know of requests, besides their number: in the log, and counted where it is a matter of pages."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import structlog

from core.container import Run
from core.types import Request
from server.delivery import Accepted, Suppressed
from server.observe import Observer, Record
from server.public.asked import Asked
from server.public.strangers import Strangers
from server.visitors.origins import Origins
from server.visitors.public_host import UNSAID
from server.visitors.visitor import UNCONFIGURED

log = structlog.get_logger("tagyard")


class Notices:
    """Of one port. Each thing that is wrong with what stands in front is told once."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._strangers = Strangers(observer.counts.pages)
        self._warned: set[str] = set()

    def turned_away(self, asked: Asked, why: str, status: int) -> None:
        """Nothing of this request was looked at, for this reason. ``status`` 0: nobody waited for an answer."""
        self._observer.counts.turned_away[why] += 1
        self._observer.turned_away.add(why, status, asked.head, peer=asked.peer, ip=asked.asker.visitor.ip)
        self._strangers.turned_away(asked.asker, why)

    def handled(self, asked: Asked, origins: Origins, request: Request, run: Run) -> None:
        """The container has run the request, which took its way through what stands in front."""
        asker = asked.asker
        if asker.visitor.why is not None:
            self._warn_of_proxy(asked.peer, asker.visitor.why)
        said = asker.visitor.host
        if said is not UNSAID and not asker.is_public and (doubt := said.doubt(asker.host)):
            self._warn_of_proxy(asked.peer, doubt)
        self._strangers.note(asker, asked.cors, origins, request, run)

    def lost(self, record: Record, error: Exception) -> None:
        """Whatever kept its deliveries from the disk: the sender is told, nothing is pretended."""
        why = str(error) or type(error).__name__
        log.error("not kept", why=why, request=record.request.id)
        self._observer.refused(record, why)

    def kept(self, record: Record, duplicates: Accepted) -> None:
        """Its deliveries are safe, but for these, of which there are some."""
        self._observer.suppressed(record, duplicates)
        if logging.getLogger("tagyard").isEnabledFor(logging.DEBUG):
            for each in duplicates:
                self._tell(each, record.request.id)

    @staticmethod
    def _tell(duplicate: Suppressed, request: str) -> None:
        first = datetime.fromtimestamp(duplicate.first_seen / 1_000_000, UTC).isoformat(timespec="milliseconds")
        log.debug("a duplicate was left out", tag=duplicate.tag, key=duplicate.key, first=first, request=request)

    def _warn_of_proxy(self, peer: str | None, why: str) -> None:
        if why not in self._warned and peer is not None:
            log.warning("a proxy in front is not set up", proxy=peer, why=why)
        self._warned.add(why)
        self._observer.counts.without_visitor_address += why == UNCONFIGURED
