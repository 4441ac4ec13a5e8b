"""Whether servers flush each write to the disk, which they tell at their monitoring address alone."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import BaseModel, ValidationError

_PATIENCE: Final = 3.0
"""Seconds that an address may take."""

_NOWHERE: Final = (
    "nobody knows whether the servers flush each write to the disk: `outbox.nats.monitoring` lists the addresses where they tell"
)


class _Flushing(BaseModel):
    sync_always: bool = False


class _JetStream(BaseModel):
    config: _Flushing | None = None


class _Server(BaseModel):
    """What ``/varz`` says, as far as it matters."""

    server_name: str
    jetstream: _JetStream = _JetStream()


@dataclass(frozen=True, slots=True)
class Flushing:
    """Whether the servers flush each write: ``never`` are those that do not; ``unknown`` says what nobody knows, or is empty."""

    never: Sequence[str]
    unknown: str


async def flushing(addresses: Sequence[str], servers: Collection[str]) -> Flushing:
    """Asks each address. ``servers`` are the names of those that hold the streams: each has to be among who answers."""
    if not addresses:
        return Flushing((), _NOWHERE)
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
        answers = await asyncio.gather(*(_ask(client, address) for address in addresses))
    heard = [answer for answer in answers if isinstance(answer, _Server)]
    unknown = [answer for answer in answers if isinstance(answer, str)]
    silent = sorted(set(servers) - {server.server_name for server in heard})
    if silent:
        unknown.append(f"no address of `outbox.nats.monitoring` is that of {', '.join(silent)}")
    return Flushing(
        [server.server_name for server in heard if not (server.jetstream.config and server.jetstream.config.sync_always)],
        f"nobody knows whether all servers flush each write to the disk: {'; '.join(unknown)}" if unknown else "",
    )


async def _ask(client: httpx.AsyncClient, address: str) -> _Server | str:
    """What a server says, or why it says nothing."""
    try:
        answer = await client.get(f"{address.rstrip('/')}/varz")
        answer.raise_for_status()
        return _Server.model_validate_json(answer.content)
    except httpx.HTTPStatusError as error:
        return f"{address} answers {error.response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{address} does not answer: {error or type(error).__name__}"
    except ValidationError:
        return f"{address} is no monitoring address of a nats-server"
