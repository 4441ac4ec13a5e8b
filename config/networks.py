"""Networks, by name or as written: which addresses are in them, and what is no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from config.proxies import PROXIES
from core.addresses import IpAddress

IpNetwork: TypeAlias = IPv4Network | IPv6Network

_LOOPBACK = ("127.0.0.0/8", "::1/128")
NAMED: Mapping[str, Sequence[str]] = {
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", *_LOOPBACK),
    "loopback": _LOOPBACK,
    **{name: proxy.networks for name, proxy in PROXIES.items()},
}
"""The sets of networks that have a name. Who is on the machine itself is as private as the network around it."""

_WANTED = f"a network such as 10.0.0.0/8 or 2001:db8::/32, an address, or one of {', '.join(NAMED)}"


class Networks:
    """A set of networks. Asking costs one look-up for every different length of prefix, however many networks there are."""

    __slots__ = ("_by_version",)

    def __init__(self, networks: Iterable[IpNetwork]) -> None:
        found: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
        for network in networks:
            shift = network.max_prefixlen - network.prefixlen
            found[network.version].setdefault(shift, set()).add(int(network.network_address) >> shift)
        self._by_version = {version: tuple(shifts.items()) for version, shifts in found.items()}

    def __contains__(self, address: IpAddress) -> bool:
        number = int(address)
        for shift, prefixes in self._by_version[address.version]:  # noqa: SIM110  any() takes twice the time
            if number >> shift in prefixes:
                return True
        return False


def networks_of(texts: Iterable[str]) -> Networks:
    """The networks of these names, networks and addresses, each of which ``ProxyNetwork`` has passed."""
    return Networks(ip_network(network) for text in texts for network in NAMED.get(text, (text,)))


def _proxy_network(text: str) -> str:
    if text in NAMED:
        return text
    network = _read(text, strict=False)
    if text == "*" or (network is not None and network.prefixlen == 0):
        raise ValueError("is everybody, and everybody would be believed; name the networks that your proxies are in")
    if network is None:
        raise ValueError(f"must be {_WANTED}")
    if _read(text, strict=True) is None:
        raise ValueError(f"has bits set behind its prefix; did you mean {network}?")
    return text


def _read(text: str, *, strict: bool) -> IpNetwork | None:
    try:
        return ip_network(text, strict=strict)
    except ValueError:
        return None


ProxyNetwork: TypeAlias = Annotated[str, AfterValidator(_proxy_network)]
"""A network (or one address, or a named set) that a proxy's requests come from. Never everybody."""
