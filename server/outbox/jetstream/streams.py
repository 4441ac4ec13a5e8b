"""What the streams must be like, how they are made, and what there is of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from server.outbox.errors import OutboxFailed
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.names import Names

Information: TypeAlias = dict[str, Any]
"""What the servers say of a stream."""

REPLICAS: Final = 3
"""Servers that hold each message, so that one may be lost."""

SECOND: Final = 1_000_000_000
"""Nanoseconds, in which the servers count."""

TWICE_WITHIN: Final = 120 * SECOND
"""Nanoseconds within which the servers know a message that is sent to them twice."""

_ALL: Final[Mapping[str, Any]] = {
    "storage": "file",
    "discard": "new",
    "max_msgs_per_subject": 1,
    "allow_direct": True,
    "allow_atomic": True,
    "allow_msg_ttl": True,
    "duplicate_window": TWICE_WITHIN,
}


def wanted(names: Names, *, replicas: int, max_bytes: int) -> Sequence[dict[str, Any]]:
    """The streams as they are made. ``max_bytes`` bounds that of the rows; the others take what they need."""
    same = {**_ALL, "num_replicas": replicas}
    return (
        {**same, "name": names.rows, "subjects": names.subjects[names.rows], "retention": "workqueue", "max_bytes": max_bytes},
        {**same, "name": names.dead, "subjects": names.subjects[names.dead], "retention": "limits"},
        {**same, "name": names.state, "subjects": names.subjects[names.state], "retention": "limits"},
    )


async def make(link: Link, streams: Sequence[Mapping[str, Any]]) -> None:
    """Makes the streams that are not there. Raises OutboxError where one is there and otherwise."""
    for stream in streams:
        await link.ask(f"STREAM.CREATE.{stream['name']}", stream)


async def present(link: Link, names: Sequence[str]) -> dict[str, Information]:
    """What the servers say of those of these streams that there are. Raises OutboxError."""
    known: dict[str, Information] = {}
    for name in names:
        with suppress(OutboxFailed):
            known[name] = await link.ask(f"STREAM.INFO.{name}")
    return known
