"""Makes the streams that an outbox needs, for an operator, and changes none that there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.outbox.errors import OutboxError, OutboxFull
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.streams import make, present


@dataclass(frozen=True, slots=True)
class Declared:
    """A stream that is there now; ``made``: it was not before."""

    name: str
    made: bool


async def declared(link: Link, streams: Sequence[Mapping[str, Any]]) -> AsyncIterator[Declared]:
    """Each stream, once it is there as it is wanted. Raises OutboxError; where one is otherwise, before any is made."""
    try:
        known = await present(link, [stream["name"] for stream in streams])
    except OutboxFull as error:
        raise OutboxError(f"the servers do not tell of streams; has this account JetStream there? {error}") from None
    others = [
        text for stream in streams if stream["name"] in known for text in _otherwise(stream, known[stream["name"]]["config"])
    ]
    if others:
        raise OutboxError(f"what is there is otherwise, and nothing was changed: {'; '.join(others)}")
    for stream in streams:
        if stream["name"] not in known:
            await _made(link, stream)
        yield Declared(stream["name"], stream["name"] not in known)


def _otherwise(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    for key, value in wanted.items():
        found = there.get(key)
        if (sorted(found or ()) != sorted(value)) if isinstance(value, list) else found != value:
            yield f"{wanted['name']} has `{key}` {_shown(found)} instead of {_shown(value)}"


def _shown(value: object) -> str:
    match value:
        case None:
            return "unset"
        case bool():
            return "on" if value else "off"
        case list():
            return ", ".join(map(str, value)) or "empty"
    return str(value)


async def _made(link: Link, stream: Mapping[str, Any]) -> None:
    try:
        await make(link, [stream])
    except OutboxError as error:
        replicas = stream["num_replicas"]
        servers = "a server" if replicas == 1 else f"a cluster of {replicas} servers"
        raise OutboxError(
            f"{stream['name']} cannot be made: {error}. It takes {servers} with JetStream, each with room for its size"
        ) from None
