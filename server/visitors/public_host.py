"""By which host, and by which scheme, a browser asked, where proxies have said so on the way (RFC 7239, X-Forwarded-...).

Every proxy that we trust says what it was asked for itself. The word that counts is that of the one nearest to the visitor;
what was said before it may be the visitor's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from core.platforms import platform_of
from server.visitors.forwarding import forwarded_elements, read_entries
from wire.scripts.rewriting import LONGEST_HOST, well_formed

HOST: Final = "x-forwarded-host"
PROTO: Final = "x-forwarded-proto"
FOR: Final = "x-forwarded-for"
FORWARDED: Final = "forwarded"

GARBLED_HOST: Final = "what a trusted proxy says of the public host is no host name: the Host header counts"
UNCLEAR_HOST: Final = "trusted proxies name several public hosts, and not which of them said what: the Host header counts"

PASSED_ON: Final = (
    "X-Forwarded-Host says another host than the Host header, and a proxy known by name hands on what visitors send: "
    "the Host header counts; set server.public_host where it is not what browsers ask for"
)

_DEFAULT_PORTS: Final = (":443", ":80")

Said = Mapping[str, Sequence[str]]
"""The lines of forwarding headers by name."""


class PublicHost(NamedTuple):
    """``name`` with its port, unless it is a default one; None where the Host header counts. ``why``: for what doubt.

    ``passed_on``: the proxy hands on what the visitor himself has sent. Browsers send none of it, but whoever does would
    have another host written into replies that a cache may keep for all.
    """

    name: str | None
    why: str | None = None
    passed_on: bool = False

    def over(self, host: str) -> str | None:
        """The name that counts where the Host header is this one. A hosting platform's is nobody's own: any other is better."""
        return None if self.passed_on and platform_of(host.lower()) is None else self.name

    def doubt(self, host: str) -> str | None:
        """What whoever runs this should know where the Host header counts, which is this one."""
        return self.why or (PASSED_ON if self.name is not None and self.name != host.lower() else None)


UNSAID: Final = PublicHost(None)


def public_host(said: Said, hops: int, *, standard: bool) -> PublicHost:
    """What the outermost of so many trusted proxies says. ``standard``: what they send is their own, and Forwarded counts first.

    One that is not well-formed leaves the visitor's address unknown, too, and is told of for that.
    """
    if standard and FORWARDED in said:
        elements = forwarded_elements(said[FORWARDED])
        if elements is None:
            return UNSAID
        hosts = [element["host"] for element in elements[-hops:] if "host" in element]
        if hosts:
            return _named(hosts[0])
    entries = [entry.strip(" \t") for entry in read_entries(said.get(HOST, ()))]
    if not entries:
        return UNSAID
    chosen = entries[0] if len(entries) == 1 else _chosen(entries, hops, len(read_entries(said.get(FOR, ()))))
    return PublicHost(None, UNCLEAR_HOST) if chosen is None else _named(chosen, passed_on=not standard)


def _chosen(entries: Sequence[str], hops: int, addresses: int) -> str | None:
    """Of one entry, or several that agree, that one. Else each proxy has added its own: one to each address, or the last."""
    if len({entry.lower() for entry in entries}) == 1 or hops == 1:
        return entries[-1]
    return entries[-hops] if len(entries) == addresses and hops <= addresses else None


def _named(text: str, *, passed_on: bool = False) -> PublicHost:
    """Only what can be a name is remembered: the rest is as long as a visitor likes."""
    return _read(text, passed_on) if len(text) <= LONGEST_HOST else PublicHost(None, GARBLED_HOST, passed_on)


@lru_cache(maxsize=1024)
def _read(text: str, passed_on: bool) -> PublicHost:
    name = well_formed(text)
    if name is None:
        return PublicHost(None, GARBLED_HOST, passed_on)
    return PublicHost(next((name.removesuffix(port) for port in _DEFAULT_PORTS if name.endswith(port)), name), None, passed_on)


def is_plain(said: Said, hops: int, *, standard: bool) -> bool:
    """Whether the browser's own request was ``http``: a proxy says so, and none says otherwise."""
    protos = _protos(said, hops, standard)
    return bool(protos) and all(proto == "http" for proto in protos)


def is_encrypted(said: Said, hops: int, *, standard: bool) -> bool:
    """Whether the browser's own request was ``https``: a proxy says so, and none says otherwise."""
    protos = _protos(said, hops, standard)
    return bool(protos) and all(proto == "https" for proto in protos)


def _protos(said: Said, hops: int, standard: bool) -> Sequence[str]:
    """Every scheme that is said, in lower case; none where one of the lines cannot be read."""
    protos = [proto for line in said.get(PROTO, ()) for proto in line.split(",")]
    if standard and FORWARDED in said:
        elements = forwarded_elements(said[FORWARDED])
        if elements is None:
            return ()
        protos += [element["proto"] for element in elements[-hops:] if "proto" in element]
    return [proto.strip().lower() for proto in protos]
