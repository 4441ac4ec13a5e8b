"""What a worker knows of browsers that are looked at alone, and at which addresses this server is reached."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypedDict

from core.types import Request
from server.loading.serving import Serving
from server.observe import Record, Recorder
from server.visitors.marks import may_be_marked
from wire.scripts.rewriting import well_formed

MOST: Final = 50
"""Browsers that are told of: those seen last."""
MOST_ADDRESSES: Final = 5


class SeenBrowser(TypedDict):
    """``until`` is in seconds, 0 where nobody knows; ``last`` in microseconds, 0 where nothing of it is remembered."""

    browser: str
    until: int
    requests: int
    last: int
    watched: bool


class SeenBrowsers(TypedDict):
    """``addresses`` are where requests were sent to, the likeliest first."""

    browsers: list[SeenBrowser]
    addresses: list[str]


@dataclass(frozen=True, slots=True)
class Browsers:
    """Those that one worker remembers requests of, or watches."""

    recorder: Recorder
    serving: Serving

    def seen(self) -> SeenBrowsers:
        """All of it."""
        found: dict[str, SeenBrowser] = {}
        for record in self.recorder.since(0):
            if may_be_marked(record.request.headers):
                for mark in record.serving.marks.of(record.request):
                    self._note(found, mark.browser, mark.until, record.request.received_at)
        for browser, until in self.recorder.watched.items():
            its = found.setdefault(browser, _unseen(browser))
            its["until"], its["watched"] = until, True
        return {"browsers": list(islice(found.values(), MOST)), "addresses": self._addresses()}

    def _note(self, found: dict[str, SeenBrowser], browser: str, until: int, at: int) -> None:
        its = found.setdefault(browser, _unseen(browser))
        its["requests"] += 1
        its["last"] = max(its["last"], at)
        its["until"] = 0 if browser.startswith("preview") else max(its["until"], until)

    def _addresses(self) -> list[str]:
        server = self.serving.settings.server
        if server.public_host:
            return [f"https://{server.public_host}{server.path_prefix}"]
        counts = Counter(filter(None, map(_address, self.recorder.since(0))))
        return [f"{address}{server.path_prefix}" for address, _ in counts.most_common(MOST_ADDRESSES)]


def browsers_of(record: Record) -> list[str]:
    """The names of the browser that has sent it, if it is marked."""
    request = record.request
    return [mark.browser for mark in record.serving.marks.of(request)] if may_be_marked(request.headers) else []


def _unseen(browser: str) -> SeenBrowser:
    return {"browser": browser, "until": 0, "requests": 0, "last": 0, "watched": False}


def _address(record: Record) -> str | None:
    """Where a hit was sent: a claimed one, since scanners ask for all kinds of hosts."""
    request = record.request
    host = well_formed(request.header("host"))
    if record.run.client is None or host is None:
        return None
    return f"{'https' if _is_encrypted(request, record.serving) else 'http'}://{host}"


def _is_encrypted(request: Request, serving: Serving) -> bool:
    """Whether a proxy says so; or the page was, since browsers let no such page send in clear."""
    page = request.header("origin") or request.header("referer") or ""
    return serving.visitors.was_encrypted(request.headers) or (page.startswith("https:") and not _is_here(request))


def _is_here(request: Request) -> bool:
    """Whether it was sent to the machine that the browser runs on, which every page may do in clear."""
    return (request.header("host") or "").startswith(("localhost", "127.0.0.1", "[::1]"))
