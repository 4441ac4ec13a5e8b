"""From a destination to an open connection: find its addresses, keep those that are allowed, take the first that answers."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from server.http.addresses import objection
from server.http.connection import Connection, Heard
from server.http.errors import AddressNotAllowed, NoDescriptor, Refused, TimedOut, TlsFailed, TransportError, Unresolvable
from server.http.limits import HttpLimits
from server.http.url import Endpoint
from server.system.descriptors import is_shortage

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to IP addresses as text, best first. Raises OSError where there are none."""


class Dialer:
    """Opens connections. The policy is asked about the addresses that are then connected to, with no lookup in between."""

    def __init__(self, limits: HttpLimits, context: ssl.SSLContext, resolve: Resolve) -> None:
        self._limits = limits
        self._context = context
        self._resolve = resolve

    async def dial(self, destination: Endpoint, deadline: float, heard: Heard) -> Connection:
        """An open connection before the deadline (loop time), or a TransportError. ``heard`` is for what comes of exchanges."""
        until = min(deadline, asyncio.get_running_loop().time() + self._limits.connect)
        addresses = await self._addresses(destination, until)
        allowed = _allowed(addresses, destination)
        failure: TransportError = Unresolvable(f"{destination.host} has no address")
        for position, address in enumerate(allowed):
            try:
                return await self._attempt(destination, address, until, len(allowed) - position, heard)
            except OSError as error:
                failure = _translated(error, destination)
        raise failure

    async def _addresses(self, destination: Endpoint, until: float) -> Sequence[str]:
        try:
            async with asyncio.timeout_at(until):
                return await self._resolve(destination.host, destination.port)
        except TimeoutError:
            raise TimedOut(f"finding the address of {destination.host} took too long") from None
        except (OSError, UnicodeError) as error:
            if is_shortage(error):
                raise NoDescriptor(f"no file descriptor was left to find the address of {destination.host}") from None
            raise Unresolvable(f"{destination.host} could not be resolved to an address") from None

    async def _attempt(self, destination: Endpoint, address: str, until: float, left: int, heard: Heard) -> Connection:
        """One address. It gets its share of the time, so that a dead first one leaves some for the ``left - 1`` after it."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        secure = destination.scheme == "https"
        async with asyncio.timeout_at(now + (until - now) / left):
            _, connection = await loop.create_connection(
                lambda: Connection(self._limits, loop, heard),
                address,
                destination.port,
                ssl=self._context if secure else None,
                server_hostname=destination.host if secure else None,
            )
        return connection


def _allowed(addresses: Sequence[str], destination: Endpoint) -> list[str]:
    objections = [objection(address, literal_host=destination.literal_host) for address in addresses]
    allowed = [address for address, against in zip(addresses, objections, strict=True) if against is None]
    if addresses and not allowed:
        raise AddressNotAllowed(f"{destination.host} may not be contacted: {objections[0]}")
    return allowed


def _translated(error: OSError, destination: Endpoint) -> TransportError:
    where = f"{destination.host}:{destination.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailed(f"the certificate of {where} is not accepted: {error.verify_message}")
    if isinstance(error, ssl.SSLError):
        return TlsFailed(f"TLS with {where} failed: {error.reason}")
    if isinstance(error, TimeoutError):
        return TimedOut(f"connecting to {where} took too long")
    if is_shortage(error):
        return NoDescriptor(f"no file descriptor was left for a connection to {where}")
    return Refused(f"cannot connect to {where}: {os.strerror(error.errno) if error.errno else 'connection lost'}")
