"""Where files are fetched over connections whose addresses our own resolver finds, as those of deliveries do.

httpx would ask the event loop, whose few threads all look-ups share and whose end waits for them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import httpcore
import httpx
from httpcore import SOCKET_OPTION

from server.http import Resolve


class _Backend(httpcore.AnyIOBackend):
    """Connects to the first address of a host that answers; one that does not leaves time for those after it.

    TLS still checks the certificate for the host's name.
    """

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        until = None if timeout is None else time.monotonic() + timeout
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            addresses = ()
        failure = httpcore.ConnectError(f"{host} could not be resolved to an address")
        for position, address in enumerate(addresses):
            share = None if until is None else max(0.0, until - time.monotonic()) / (len(addresses) - position)
            try:
                return await super().connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = httpcore.ConnectError(str(error))
        raise failure


class ResolvingTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport for HTTP/1.1, without proxies, whose connections take their addresses from ``resolve``."""

    def __init__(self, resolve: Resolve, limits: httpx.Limits) -> None:
        authorities = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=authorities, trust_env=False, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=authorities,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Backend(resolve),
        )
