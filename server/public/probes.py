"""What is asked for besides hits and scripts: probes of balancers, and the files that browsers and crawlers look for.

They are answered where no client claims them, so that a balancer finds the server well and nobody takes them for lost hits.
A path that only a scanner asks for (``/wp-login.php``, ``/.env``) is none of these: it stays unclaimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from core.types import Headers, Reply

_TEXT: Final = ("content-type", "text/plain; charset=utf-8")
_NOT_KEPT: Final = ("cache-control", "no-store")
_FOR_A_DAY: Final = ("cache-control", "public, max-age=86400")
_ALLOWED: Final = ("allow", "GET, HEAD, POST, OPTIONS")

WELL: Final = Reply(200, (_TEXT,), b"ok\n")
"""The answer to whoever asks how the server is."""

HEALTH: Final = "health"
"""The kind of a probe by which a balancer asks whether requests are accepted."""
ALIVE: Final = "alive"
"""The kind of one by which an orchestrator asks whether the process still answers, or has to be started anew."""
_HEALTH_PATHS: Final = ("/healthy", "/healthz", "/healthy/", "/healthz/")
_ALIVE_PATHS: Final = ("/alive", "/alive/")
_ANY_HEALTH: Final = (*_HEALTH_PATHS, *_ALIVE_PATHS)
_READING: Final = ("GET", "HEAD")
_WHOLE_SERVER: Final = frozenset({"/", "*"})

_EMPTY: Final = Reply(204, (_FOR_A_DAY,))
_ROBOTS: Final = Reply(200, (_TEXT, _FOR_A_DAY), b"User-agent: *\nDisallow: /\n")
_NOT_HERE: Final = Reply(404, (_TEXT, _NOT_KEPT), b"there is no such file here\n")
_OPTIONS: Final = Reply(204, (_ALLOWED,))


class Probe(NamedTuple):
    """How it is answered, and the word it is counted by."""

    kind: str
    reply: Reply


_BY_PATH: Final[Mapping[str, Probe]] = {
    "/": Probe("root", WELL),
    "/favicon.ico": Probe("favicon", _EMPTY),
    "/apple-touch-icon.png": Probe("favicon", _EMPTY),
    "/apple-touch-icon-precomposed.png": Probe("favicon", _EMPTY),
    "/robots.txt": Probe("robots", _ROBOTS),
    "/ads.txt": Probe("crawler", _NOT_HERE),
    "/app-ads.txt": Probe("crawler", _NOT_HERE),
    "/humans.txt": Probe("crawler", _NOT_HERE),
    "/security.txt": Probe("crawler", _NOT_HERE),
    "/sitemap.xml": Probe("crawler", _NOT_HERE),
    "/robots933456.txt": Probe("platform", _NOT_HERE),
    "/_ah/health": Probe("platform", WELL),
    "/_ah/start": Probe("platform", WELL),
    "/_ah/warmup": Probe("platform", WELL),
}
"""Azure's App Service asks for the robots file with a number, which nobody has; App Engine for what begins with ``/_ah/``."""

_BY_FOLDER: Final[Mapping[str, Probe]] = {
    "/.well-known/": Probe("well_known", _NOT_HERE),
}

_ANY: Final = Probe("options", _OPTIONS)


def probe_of_health(method: str, path: str, headers: Headers) -> str | None:
    """HEALTH, ALIVE or None: a balancer's check comes before every client.

    It asks for a path that ends so, below whatever prefix, or by HAProxy's own ``OPTIONS /``. A browser that asks so has an
    Origin.
    """
    if method == "OPTIONS":
        return HEALTH if path in _WHOLE_SERVER and not _has_origin(headers) else None
    if method not in _READING or not path.endswith(_ANY_HEALTH):
        return None
    return HEALTH if path.endswith(_HEALTH_PATHS) else ALIVE


def probe_of(method: str, paths: Iterable[str], headers: Headers) -> Probe | None:
    """The probe that a request to one of these paths is. A preflight of a page's is none: its hits would be lost."""
    if method == "OPTIONS":
        return None if _has_origin(headers) or not _WHOLE_SERVER.intersection(paths) else _ANY
    if method not in _READING:
        return None
    return next((found for path in paths if (found := _of_path(path))), None)


def _has_origin(headers: Headers) -> bool:
    return any(name == "origin" for name, _ in headers)


def _of_path(path: str) -> Probe | None:
    return _BY_PATH.get(path) or next((probe for folder, probe in _BY_FOLDER.items() if path.startswith(folder)), None)
