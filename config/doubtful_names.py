"""Doubts about the names under which a server and its websites are reached."""

from __future__ import annotations

from typing import Final

from config.document import Document
from config.places import OPAQUE
from config.settings import ServerSettings, Settings
from core.component import ClientSettings
from core.platforms import PLATFORMS, platform_of

_LISTED: Final = "allowed_origins"


def doubt_names(settings: Settings, document: Document) -> None:
    """Notes every doubt."""
    server = settings.server
    if server.public_host and (platform := platform_of(server.public_host)):
        message = f"is a name of {platform}, for which no browser keeps cookies of your site; name one of your own domain"
        document.warn(("server", "public_host"), message)
    for at, origin in enumerate(server.allowed_origins):
        if doubt := _doubtful(origin):
            document.warn(("server", _LISTED, at), doubt)
    _doubt_list(server, document)
    for name, client in settings.clients.items():
        _doubt_paths(name, client.settings, server.path_prefix, document)


def _doubtful(origin: str) -> str | None:
    host = origin.partition("://")[2]
    if host.removeprefix("*.").partition(":")[0] in PLATFORMS:
        return "lets every page of that platform read replies, whoever made it; name your own"
    platform = platform_of(host)
    if platform is None or "*" in host:
        return None
    return f"is a name of {platform}: browsers keep no cookies for its pages, unless this server has the same name"


def _doubt_list(server: ServerSettings, document: Document) -> None:
    """A list replaces the rule by which pages of one's own site are allowed."""
    listed = server.allowed_origins
    if listed and not any(origin.startswith("http") for origin in listed):
        named = "sandboxed pages" if listed == [OPAQUE] else "apps and sandboxed pages"
        message = f"lists {named} alone, so that pages of your own site may read nothing; list those, too"
        document.warn(("server", _LISTED), message, key=True)


def _doubt_paths(name: str, client: ClientSettings, prefix: str, document: Document) -> None:
    for at, path in client.written_paths().items():
        if prefix and f"{path}/".startswith(f"{prefix}/"):
            inside = path.removeprefix(prefix) or "/"
            message = f"has the server's path_prefix, which clients are not shown; write {inside}"
            document.warn(("clients", name, *at), message)
