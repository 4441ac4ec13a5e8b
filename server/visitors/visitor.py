"""Whose address a request came from, where he is, and which host he asked.

Nothing a header says of this is believed unless a trusted proxy sent it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_network
from itertools import takewhile
from typing import NamedTuple

from config import ServerSettings
from config.networks import NAMED, Networks, networks_of
from config.proxies import PROXIES
from core.addresses import IpAddress
from core.pairs import all_values
from core.types import NOWHERE, Geo, Headers
from server.visitors.forwarding import LONGEST_ENTRY, read_address, read_entries, read_forwarded
from server.visitors.geo import Lookup, header_names, of_headers
from server.visitors.public_host import FOR, FORWARDED, HOST, PROTO, UNSAID, PublicHost, is_encrypted, is_plain, public_host

UNCONFIGURED = "requests are forwarded by a proxy that is not configured: no visitor's address is known, and none is sent"
SILENT = "a trusted proxy does not say whom it forwards for: no visitor's address is known, and none is sent"
GARBLED = "what a trusted proxy says of whom it forwards for is no address: no visitor's address is known, and none is sent"

_FORWARDING = frozenset({FORWARDED, FOR})
_NEIGHBOURS = Networks(
    map(ip_network, (*NAMED["private"], "169.254.0.0/16", "fe80::/10", "100.64.0.0/10", "0.0.0.0/8", "::/128"))
)
"""Addresses that no visitor from the internet has."""


class Visitor(NamedTuple):
    """``ip`` is None where it is not known; ``why`` then says so, for whoever runs this. ``host``: what proxies say he asked."""

    ip: str | None
    geo: Geo = NOWHERE
    why: str | None = None
    host: PublicHost = UNSAID


class _Peer(NamedTuple):
    """The other end of a connection, or one that a proxy names. ``ip`` is its address as a text, ``is_own`` of ``behind``."""

    address: IpAddress
    ip: str
    is_trusted: bool
    is_own: bool
    is_neighbour: bool


class _End(NamedTuple):
    """Where a walk along the proxies ended, and over how many. ``through``: it came through the proxy that ``behind`` names."""

    ip: str | None
    through: bool
    hops: int
    why: str | None = None


class Visitors:
    """Finds the visitor behind a request. By default it trusts nobody, so that the peer is the visitor.

    ``public_host`` is the one that is configured: where there is one, nobody else's word on the host counts.
    """

    def __init__(self, settings: ServerSettings | None = None, lookup: Lookup | None = None) -> None:
        settings = settings or ServerSettings()
        self.public_host = settings.public_host
        proxy = PROXIES[settings.behind] if settings.behind else None
        own = proxy.networks if proxy else ()
        self._trusted = networks_of([*settings.trusted_proxies, *own])
        self._own = networks_of(own)
        self._address_header = proxy.address if proxy else None
        self._behind = proxy is not None
        self._geo_names = header_names(settings)
        self._lookup = lookup
        self._geo_headers = frozenset(name for names in self._geo_names.values() for name in names)
        self._known = lru_cache(maxsize=4096)(self._look_at)
        self._alone = lru_cache(maxsize=4096)(self._found)
        self._heard = self._geo_headers | {*_FORWARDING, HOST, PROTO, *filter(None, [self._address_header])}

    def of(self, peer: str | None, headers: Headers, named: Mapping[str, str] | None = None) -> Visitor:
        """The visitor. Never raises, whatever the headers hold. ``named`` are the headers by name, for whoever has them so."""
        known = self._known(peer) if peer else None
        if known is None:
            return Visitor(None, why=UNCONFIGURED)
        if known.is_trusted:
            return self._through(known, self._hear(headers, named))
        if known.is_neighbour and not _FORWARDING.isdisjoint(dict(headers) if named is None else named):
            return Visitor(None, why=UNCONFIGURED)
        return self._alone(known.ip)

    def trusts(self, peer: str | None) -> bool:
        """Whether this is a proxy that is believed."""
        known = self._known(peer) if peer else None
        return known is not None and known.is_trusted

    def geo(self, headers: Headers, ip: str | None) -> Geo:
        """Where the visitor with this address is, if these headers come from a trusted proxy."""
        return self._place(ip, self._told_geo(self._hear(headers)))

    def host(self, headers: Headers) -> PublicHost:
        """Which host was asked, if these headers come from a trusted proxy."""
        said = self._hear(headers)
        return self._host(said, self._hops(said))

    def came_plain(self, peer: str | None, headers: Headers) -> bool:
        """Whether the visitor's own request was ``http``: a trusted proxy says so, and none says otherwise."""
        return self.trusts(peer) and self.was_plain(headers)

    def was_plain(self, headers: Headers) -> bool:
        """The same, if these headers come from a trusted proxy."""
        said = self._hear(headers)
        return is_plain(said, self._hops(said), standard=not self._behind)

    def came_encrypted(self, peer: str | None, headers: Headers) -> bool:
        """Whether the visitor's own request was ``https``: a trusted proxy says so, and none says otherwise."""
        return self.trusts(peer) and self.was_encrypted(headers)

    def was_encrypted(self, headers: Headers) -> bool:
        """The same, if these headers come from a trusted proxy."""
        said = self._hear(headers)
        return is_encrypted(said, self._hops(said), standard=not self._behind)

    def _look_at(self, text: str) -> _Peer | None:
        address = read_address(text)
        if address is None:
            return None
        return _Peer(address, str(address), address in self._trusted, address in self._own, address in _NEIGHBOURS)

    def _found(self, ip: str) -> Visitor:
        return Visitor(ip, self._place(ip, NOWHERE))

    def _hear(self, headers: Headers, named: Mapping[str, str] | None = None) -> Mapping[str, Sequence[str]]:
        if named is not None and len(named) == len(headers):
            return {name: (named[name],) for name in self._heard if name in named}
        return all_values([pair for pair in headers if pair[0] in self._heard])

    def _through(self, peer: _Peer, said: Mapping[str, Sequence[str]]) -> Visitor:
        end = self._walk(peer, said)
        geo = NOWHERE
        if end.through or not self._behind:
            geo = self._told_geo(said)
        host = self._host(said, end.hops)
        return Visitor(end.ip, self._place(end.ip, geo), None, host) if end.ip else Visitor(None, geo, end.why, host)

    def _host(self, said: Mapping[str, Sequence[str]], hops: int) -> PublicHost:
        if HOST not in said and FORWARDED not in said:
            return UNSAID
        return public_host(said, hops, standard=not self._behind)

    def _hops(self, said: Mapping[str, Sequence[str]]) -> int:
        """Over how many trusted proxies a request came whose last one is trusted."""
        entries = map(read_address, reversed(self._entries(said)))
        return 1 + len(list(takewhile(lambda address: address is not None and address in self._trusted, entries)))

    def _told_geo(self, said: Mapping[str, Sequence[str]]) -> Geo:
        if self._geo_headers.isdisjoint(said):
            return NOWHERE
        return of_headers({name: values[-1] for name, values in said.items()}, self._geo_names)

    def _walk(self, peer: _Peer, said: Mapping[str, Sequence[str]]) -> _End:
        """From our end to the first address that is not trusted; a stranger in our own network that forwards is not one."""
        hop: _Peer | None = peer
        entries = list(self._entries(said))
        through, hops = False, 0
        while hop is not None and hop.is_trusted:
            hops += 1
            through = through or hop.is_own
            if through and self._address_header:
                return self._told(said.get(self._address_header, ()), hops)
            if not entries:
                return _End(None, through, hops, SILENT)
            hop = self._named(entries.pop())
        if hop is None:
            return _End(None, through, hops, GARBLED)
        return _End(None, through, hops, UNCONFIGURED) if entries and hop.is_neighbour else _End(hop.ip, through, hops)

    def _named(self, text: str) -> _Peer | None:
        """Whom a proxy names. Only what may be an address is looked at, and remembered."""
        text = text.strip(" \t")
        return self._known(text) if len(text) <= LONGEST_ENTRY else None

    def _entries(self, said: Mapping[str, Sequence[str]]) -> Sequence[str]:
        """Forwarded counts before X-Forwarded-For, but proxies known by name pass on a visitor's own Forwarded."""
        entries = read_forwarded(said[FORWARDED]) if FORWARDED in said and not self._behind else []
        return entries or read_entries(said.get(FOR, ()))

    def _told(self, values: Sequence[str], hops: int) -> _End:
        named = self._named(values[0]) if len(values) == 1 else None
        return _End(named.ip if named else None, True, hops, None if named else GARBLED if values else SILENT)

    def _place(self, ip: str | None, told: Geo) -> Geo:
        return self._lookup(ip) if self._lookup and ip and told.country is None else told
