"""The library's client, and what it is told and says of its connection.

It differs in three things. Where TLS is a must nothing is said to a server that does not offer it; the library would go on in
clear. Whatever a server says, such as that a user is not known any more, ends a connection until the next only; the library would
never connect again. And an attempt that fails is closed and over; the library would wait for ever for the end of one whose
certificate it does not trust, instead of trying the next server.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from contextlib import suppress
from typing import Final

import nats.errors
import structlog
from nats.aio.client import DEFAULT_BUFFER_SIZE, Client, Srv
from nats.aio.transport import TcpTransport

log = structlog.get_logger("tagyard")

_LONGEST_CLOSE: Final = 1.0
"""Seconds that a server may take to end a connection."""

_PERMISSION: Final = "permissions violation"
"""A server refuses one request by it, and leaves the connection as it is."""


class _Transport(TcpTransport):
    async def wait_closed(self) -> None:
        with suppress(OSError):  # a reset, or no end in time: it is over either way
            async with asyncio.timeout(_LONGEST_CLOSE):
                await super().wait_closed()  # type: ignore[no-untyped-call]  # the library's has no types


class Connection(Client):
    """``must_encrypt``: the URLs say ``tls``."""

    def __init__(self, must_encrypt: bool) -> None:
        super().__init__()
        self._must_encrypt = must_encrypt

    async def _connect_to_server(self, s: Srv) -> None:
        s.last_attempt = time.monotonic()
        if self._transport is not None:
            self._transport.close()  # type: ignore[no-untyped-call]  # as above
        self._transport = _Transport()  # type: ignore[no-untyped-call]  # as above
        await self._transport.connect(s.uri, DEFAULT_BUFFER_SIZE, self.options["connect_timeout"])

    def _connect_command(self) -> bytes:
        if self._must_encrypt and not self._server_info.get("tls_required"):
            raise nats.errors.Error("nats: the server does not offer TLS, and the URL says tls")
        return super()._connect_command()

    async def _process_err(self, err_msg: str) -> None:
        if _PERMISSION in err_msg.lower():
            await super()._process_err(err_msg)
        else:
            await self._process_op_err(nats.errors.Error(err_msg))


class Hearing:
    """Hears what becomes of a connection, and tells the log once of each change.

    ``failed`` is set when so many attempts to connect at all have failed; ``why`` has the reasons then, each once.
    """

    def __init__(self, client: Client, attempts: int) -> None:
        self.failed = asyncio.Event()
        self.why: dict[str, None] = {}
        self._client = client
        self._attempts = attempts
        self._there = True
        self._refused: str | None = None

    async def error(self, error: Exception) -> None:
        """Anything that goes wrong."""
        said = words(error)
        if not self._client.is_connected:
            self.why[said] = None
            self._attempts -= 1
            if self._attempts <= 0:
                self.failed.set()
        elif _PERMISSION in said.lower() and said != self._refused:
            self._refused = said
            log.error("the servers of the outbox refuse a request", why=said)

    async def lost(self) -> None:
        """The connection is gone; where it was not closed, it will be tried again."""
        if self._client.is_reconnecting and self._there:
            self._there = False
            log.warning("the connection to the servers of the outbox is lost; until it is back nothing is accepted")

    async def back(self) -> None:
        """It is there again."""
        url = self._client.connected_url
        if not self._there:
            self._there = True
            log.info("the connection to the servers of the outbox is back", server=url.netloc if url else "")


def words(error: BaseException) -> str:
    """What went wrong, for whoever runs this."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"the server's certificate is not trusted: {error.verify_message}; see `outbox.nats.authority`"
        case ssl.SSLError():
            return f"TLS fails: {error.strerror or error}"
        case TimeoutError():
            return "no answer in time"
        case OSError(errno=int(number)) if number > 0:
            return os.strerror(number)
        case OSError():
            return error.strerror or str(error)
    said = str(error).removeprefix("nats: ").strip("'")
    if "authorization violation" in said.lower():
        return "the server does not let this user in: see `outbox.nats`"
    return said or type(error).__name__
