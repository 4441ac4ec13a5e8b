"""The host inside Google's scripts: what is changed so that a script loads its follow-ups from this server, and nothing else.

gtag keeps the bare host of its scripts as a quoted text and puts ``"https://" + host + "/gtag/js?id="`` together when it
runs. That text is changed. URLs that hold the host are left alone, since scripts compare origins with them, but for those
that go straight on with a path that is served here, as containers hold them in custom HTML.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from wire.scripts.paths import FRAME_PATH, SCRIPT_PATHS

_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"({_LABEL}(\.{_LABEL})*\.?|\[[0-9a-f:.]{{2,45}}\])(:[0-9]{{1,5}})?", re.ASCII)
LONGEST_HOST: Final = 260
_SCRIPT_HOST: Final = re.compile(rb"www\.googletagmanager\.com")
_QUOTES: Final = (b'"', b"'")


def well_formed(host: str | None) -> str | None:
    """A Host header in lower case, with its port; None where it is none that could stand in a URL."""
    lowered = (host or "").lower()
    return lowered if len(lowered) <= LONGEST_HOST and _HOST.fullmatch(lowered) else None


def rewritten(source: bytes, host: str, prefix: str) -> bytes:
    """The source for a server that is reached at ``host`` (well-formed, with its port) below the path ``prefix``.

    Changed are the complete text ``"www.googletagmanager.com"`` in either quote, which becomes ``"host/prefix"``, and the
    host of ``https://`` URLs that a path of this server follows, also where they are escaped as ``https:\\/\\/`` or
    ``https%3A%2F%2F``. Every other byte stays.
    """
    place = f"{host}{prefix}"
    bare = place.encode("ascii")
    in_urls = [(form, form.written(place)) for form in _FORMS]

    def replacement(found: re.Match[bytes]) -> bytes:
        if _is_quoted(source, *found.span()):
            return bare
        return next((written for form, written in in_urls if form.surrounds(source, *found.span())), found[0])

    return _SCRIPT_HOST.sub(replacement, source)


def _is_quoted(source: bytes, start: int, end: int) -> bool:
    quote = source[start - 1 : start]
    return quote in _QUOTES and source[end : end + 1] == quote and source[start - 2 : start - 1] != b"\\"


class _Form(NamedTuple):
    """How a URL may be written: what stands before its host, the path behind it, and its own colon and slash."""

    before: re.Pattern[bytes]
    path: re.Pattern[bytes]
    colon: str
    slash: str

    def surrounds(self, source: bytes, start: int, end: int) -> bool:
        """Whether the host at these places belongs to a URL of this form, with a path that is served."""
        before = source[max(0, start - _LONGEST_BEFORE) : start]
        return self.before.search(before) is not None and self.path.match(source, end) is not None

    def written(self, place: str) -> bytes:
        """A host and path as they stand in a URL of this form."""
        return place.replace(":", self.colon).replace("/", self.slash).encode("ascii")


def _form(colon: str, slash: str) -> _Form:
    colons, slashes = (f"(?i:{re.escape(text)})" for text in (colon, slash))
    paths = "|".join(re.escape(path).replace("/", slashes) for path in (*SCRIPT_PATHS, FRAME_PATH))
    before = f"https{colons}{slashes}{slashes}$"
    return _Form(re.compile(before.encode()), re.compile(f"({paths}){_END}".encode()), colon, slash)


_END: Final = r"(?![A-Za-z0-9_.~/-]|\\/|%2[Ff])"
"""Where the path of a URL is over: ``/gtm.js`` is not the beginning of ``/gtm.json``."""
_LONGEST_BEFORE: Final = len("https%3A%2F%2F")
_FORMS: Final = (_form(":", "/"), _form(":", "\\/"), _form("%3A", "%2F"))
