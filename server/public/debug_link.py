"""The link that marks a browser for the debug page: it sets a cookie, and says so; its button takes the cookie back.

Only a link that the debug page has made is answered. Any other path is what it would be without this: nobody's.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from core.own_cookies import DEBUG
from core.types import Headers, Reply, Request
from server.public.probes import Probe
from server.visitors.marks import Mark, Marks
from server.visitors.visitor import Visitors
from wire.cookies.header import EVERYWHERE, IN_CLEAR, set_cookie

FOLDER: Final = "/tagyard-debug/"
"""What the path of a link begins with, below the server's own prefix; the mark follows."""
KIND: Final = "debug_link"
"""The word that its uses are counted by, among the probes."""

_STYLE: Final = (
    ":root{color-scheme:light dark}body{max-width:32rem;margin:12vh auto;padding:0 1.25rem;font:1rem/1.6 system-ui,sans-serif}"
    "h1{font-size:1.375rem;line-height:1.3}button{font:inherit;padding:.5rem 1rem;border-radius:.375rem;border:1px solid;"
    "background:none;color:inherit;cursor:pointer}"
)
_HEADERS: Final[Headers] = (
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex"),
)
_PAGE: Final = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    "<title>{title}</title>\n<style>{style}</style>\n<h1>{title}</h1>\n{words}\n</html>\n"
)
_MARKED: Final = (
    "<p>For {left}, until {until}, whoever runs this server can show what this browser sends to it by itself. "
    "Nothing else changes: your visits are measured as before, by your own choices.</p>\n"
    "<p>It is a cookie named <code>{cookie}</code> that does this. It goes by itself then, or now:</p>\n"
    '<form method="post"><button>Stop</button></form>'
)
_STOPPED: Final = "<p>The cookie is gone: what this browser sends is one among many again.</p>"


@dataclass(frozen=True, slots=True)
class DebugLinks:
    """``visitors`` know whether a browser's request was encrypted."""

    marks: Marks
    visitors: Visitors

    def probe(self, request: Request, paths: tuple[str, ...]) -> Probe | None:
        """The answer to a link that was opened (GET), or whose button was pressed (POST); None where this is none."""
        now = request.received_at // 1_000_000
        if request.method not in ("GET", "POST"):
            return None
        for path in paths:
            if path.startswith(FOLDER) and (mark := self.marks.read(path.removeprefix(FOLDER), now)):
                return Probe(KIND, self._reply(mark, request, now))
        return None

    def _reply(self, mark: Mark, request: Request, now: int) -> Reply:
        stops = request.method == "POST"
        cookie = set_cookie(
            DEBUG,
            "" if stops else self.marks.signed(mark),
            max_age=0 if stops else mark.until - now,
            sent=EVERYWHERE if self.visitors.was_encrypted(request.headers) else IN_CLEAR,
        )
        return Reply(200, (*_HEADERS, cookie), _stopped() if stops else _marked(mark, now))


def _marked(mark: Mark, now: int) -> bytes:
    until = f"{datetime.fromtimestamp(mark.until, UTC):%Y-%m-%d %H:%M} UTC"
    return _page("This browser is marked", _MARKED.format(left=_left(mark.until - now), until=until, cookie=DEBUG))


def _stopped() -> bytes:
    return _page("This browser is no longer marked", _STOPPED)


def _page(title: str, words: str) -> bytes:
    return _PAGE.format(title=title, style=_STYLE, words=words).encode()


def _left(seconds: int) -> str:
    """Hours, or minutes of the last two."""
    minutes = max(1, seconds // 60)
    if minutes >= 120:
        return f"{(minutes + 30) // 60} hours"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
