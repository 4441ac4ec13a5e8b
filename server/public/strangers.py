"""Notices who does not get what he came for: websites that are refused, and hosts for which browsers keep no cookies."""

from __future__ import annotations

import structlog

from core.container import Run
from core.platforms import platform_of
from core.types import Request
from core.unclaimed import in_words, nearest, reasons
from server.observe.labels import path_label
from server.observe.refused_pages import RefusedPages, Sightings
from server.visitors.asker import Asker
from server.visitors.origins import Origins, RawHeaders, may_read

ORIGIN = "origin"
UNCLAIMED = "unclaimed"

log = structlog.get_logger("tagyard")


class Strangers:
    """Counts into ``refused``, and logs each name once."""

    def __init__(self, refused: RefusedPages) -> None:
        self._refused = refused

    def turned_away(self, asker: Asker, why: str) -> None:
        """Nothing of this request was looked at, for this reason."""
        if asker.preflight is not None:
            self._refused.preflights[why] += 1

    def note(self, asker: Asker, cors: RawHeaders, origins: Origins, request: Request, run: Run) -> None:
        """The container has run the request, whatever became of it; ``cors`` is what the page is told."""
        if asker.preflight is not None:
            self._preflight(asker, cors, origins, request, run)
        elif asker.origin is not None and run.client is not None and not (may_read(cors) or _is_own(asker)):
            self._refused.unreadable_replies += 1
            self._sighted(self._refused.by_hit, asker.origin, origins.why_not(asker.host), request, "replies")
        if (run.events or asker.preflight is not None) and not asker.is_public:
            self._host(asker, request)

    def _preflight(self, asker: Asker, cors: RawHeaders, origins: Origins, request: Request, run: Run) -> None:
        if not may_read(cors):
            reason, why = ORIGIN, origins.why_not(asker.host)
        elif run.client is None:
            told = in_words(nearest(reasons(run)))
            reason, why = UNCLAIMED, f"no client claims {path_label(request.path)}{f': {told}' if told else ''}"
        else:
            return
        self._refused.preflights[reason] += 1
        self._sighted(self._refused.by_preflight, asker.origin or "", why, request, "preflights")

    def _host(self, asker: Asker, request: Request) -> None:
        host = asker.host.lower()
        platform = platform_of(host)
        if platform is not None:
            why = f"a name of {platform}, for which no browser keeps cookies of your site; set server.public_host"
            if host := self._refused.hosts.note(host, why, request.received_at) or "":
                log.warning("hits arrive at a name of a hosting platform", host=host, why=why)

    @staticmethod
    def _sighted(sightings: Sightings, origin: str, why: str, request: Request, what: str) -> None:
        if shown := sightings.note(origin, why, request.received_at):
            log.warning("a website is refused", what=what, origin=shown, why=why)


def _is_own(asker: Asker) -> bool:
    """Whether the page is of this very host: it reads what it likes."""
    return asker.origin is not None and asker.origin.partition("://")[2] == asker.host
