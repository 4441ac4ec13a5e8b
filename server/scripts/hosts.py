"""The hosts that are written into scripts: whoever sends another Host gets the script as Google wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from config import Settings
from core.wildcard import wildcard
from server.visitors.forwarding import read_address
from server.visitors.suffixes import site_of


class KnownHosts:
    """``named`` are hosts as they are, or ``*.example.com``; ``sites`` stand for every host of their registrable domain.

    Without either any host is known. So is the machine that the browser runs on, which no other page can stand for.
    """

    def __init__(self, named: Iterable[str] = (), sites: Iterable[str] = ()) -> None:
        self._named = [wildcard(_name(name)) if "*" in name else _exactly(_name(name)) for name in named]
        self._sites = frozenset(_site(_name(host)) for host in sites if not _is_here(_name(host)))
        self._any = not self._named and not self._sites
        self._knows = lru_cache(maxsize=1024)(self._look)

    def __contains__(self, host: str) -> bool:
        return self._any or self._knows(_name(host))

    def _look(self, name: str) -> bool:
        return _is_here(name) or _site(name) in self._sites or any(is_it(name) for is_it in self._named)


def known_hosts(settings: Settings) -> KnownHosts:
    """Those that the scripts' clients list, with the public host; by default those of the sites that the file speaks of."""
    server = settings.server
    public = [server.public_host] if server.public_host else []
    listed = [host for client in settings.clients.values() for host in client.settings.script_hosts()]
    if listed:
        return KnownHosts([*listed, *public])
    return KnownHosts((), [*public, *_of_origins(server.allowed_origins), *_of_cookies(settings)])


def _of_origins(origins: Sequence[str]) -> Iterator[str]:
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme in ("http", "https"):
            yield host.removeprefix("*.")


def _of_cookies(settings: Settings) -> Iterator[str]:
    for client in settings.clients.values():
        if domain := client.settings.cookie_domain():
            yield domain


def _name(host: str) -> str:
    """The host without its port, and without the dot that a name may end in."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.lower().rstrip(".")


def _site(name: str) -> str:
    """The registrable domain; of an address, or of what has none, the name itself."""
    if name.startswith("[") or name.rpartition(".")[2].isdigit():
        return name
    return site_of(name) or name


def _is_here(name: str) -> bool:
    address = read_address(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")


def _exactly(known: str) -> Callable[[str], bool]:
    return lambda name: name == known
