"""From the addresses of servers to a store that is open."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final, TypedDict

import nats.errors
import nkeys

from config import NatsSettings, OutboxSettings
from server.outbox.errors import OutboxError
from server.outbox.jetstream.client import Connection, Hearing, words
from server.outbox.jetstream.clock import ServersClock
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import Names
from server.outbox.jetstream.replica import LIVES, OPERATOR, Clock, Replica
from server.outbox.jetstream.rows import Rows
from server.outbox.jetstream.store import WAIT, JetStreamStore
from server.system.clock import elapsed
from server.system.files import reason

_TRIES: Final = 2
"""Attempts at each server before a start gives up."""

_PATIENCE: Final = 20.0
"""Seconds that all of them may take."""

_PAUSE: Final = 1
"""Seconds between two attempts at a server."""

_MARKS: Final = (b"BEGIN NATS USER JWT", b"BEGIN USER NKEY SEED")


class _Access(TypedDict, total=False):
    """What opens a server, as the client takes it."""

    user: str
    password: str
    user_credentials: Path
    tls: ssl.SSLContext


async def connect(settings: OutboxSettings, beside: Path = Path(), steady: Callable[[], int] | None = None) -> Link:
    """A connection that is made anew wherever it is lost; files that the settings name are ``beside`` this folder.

    By ``steady`` it is said when rows are due.

    Raises OutboxError where no server lets us in now, or a file cannot be used.
    """
    access = _access(settings.nats, beside)
    client = Connection(must_encrypt=settings.url.startswith("tls:"))
    hearing = Hearing(client, _TRIES * len(settings.servers))
    connecting = asyncio.create_task(
        client.connect(
            list(settings.servers),
            name="tagyard",
            error_cb=hearing.error,
            disconnected_cb=hearing.lost,
            reconnected_cb=hearing.back,
            pending_size=0,  # what is refused while there is no connection must not leave when there is one again
            max_reconnect_attempts=-1,
            reconnect_time_wait=_PAUSE,
            connect_timeout=5,
            **access,
        )
    )
    failed = asyncio.create_task(hearing.failed.wait())
    await asyncio.wait({connecting, failed}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    failed.cancel()
    if connecting.done():
        error = connecting.exception()
        if error is None:
            return Link(client, ServersClock(steady))
        hearing.why[words(error)] = None
    await _give_up(client, connecting)
    why = "; ".join(hearing.why) or "no answer in time"
    raise OutboxError(f"no server of the outbox can be used ({_listed(settings.servers)}): {why}")


async def _give_up(client: Connection, connecting: asyncio.Task[None]) -> None:
    while not connecting.done():  # the library may lose a cancellation between two of its steps
        connecting.cancel()
        await asyncio.wait({connecting}, timeout=_PAUSE)
    with suppress(OSError, nats.errors.Error):
        await client.close()


def _listed(servers: Sequence[str]) -> str:
    return ", ".join(servers)


def _access(settings: NatsSettings, beside: Path) -> _Access:
    """Raises OutboxError."""
    access = _Access()
    if settings.user is not None and settings.password is not None:
        access |= {"user": settings.user, "password": settings.password.reveal()}
    if settings.credentials is not None:
        access["user_credentials"] = _credentials(beside / settings.credentials)
    if settings.authority is not None:
        access["tls"] = _trusting(beside / settings.authority)
    return access


def _credentials(path: Path) -> Path:
    """The file, when it is what the client will read at every connection: it would search one without a token for ever."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise OutboxError(f"{path}: outbox.nats.credentials cannot be read: {reason(error)}") from None
    values = [line.strip() for mark in _MARKS for head, line in pairwise(lines) if mark in head]
    try:
        _, seed = values
        nkeys.from_seed(bytearray(seed)).wipe()
    except (ValueError, nkeys.NkeysError):
        raise OutboxError(f"{path}: outbox.nats.credentials is no file of credentials, with a user's token and seed") from None
    return path


def _trusting(path: Path) -> ssl.SSLContext:
    """Of the servers that this authority vouches for, and no others."""
    try:
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise OutboxError(f"{path}: outbox.nats.authority holds no certificate in PEM: {words(error)}") from None
    except OSError as error:
        raise OutboxError(f"{path}: outbox.nats.authority cannot be read: {reason(error)}") from None


async def open_store(
    link: Link, names: Names, number: int = 0, wait: float = WAIT, patience: float = LIVES, clock: Clock = elapsed
) -> JetStreamStore:
    """Takes part, as a replica of its own, which has ``patience`` with the others. Raises OutboxError."""
    replica = await Replica.begin(link, names, patience, clock)
    await replica.bury(Rows(link, names))
    store = JetStreamStore(link, names, replica, number, wait)
    await store.look()
    await store.listen()
    return store


async def beside_replicas(link: Link, names: Names) -> JetStreamStore:
    """For an operator's commands: accepts and leases nothing, and takes nobody for dead. Raises OutboxError."""
    await link.ask(f"STREAM.INFO.{names.rows}")  # it is there; and their clock is heard
    return JetStreamStore(link, names, Replica(link, names, OPERATOR))
