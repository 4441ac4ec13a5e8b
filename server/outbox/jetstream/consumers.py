"""How a consumer is made: it is there afterwards, and gives what it gave before to whoever asked for that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from server.outbox.jetstream.errors import Exists
from server.outbox.jetstream.link import Link


async def make_consumer(link: Link, stream: str, name: str, subjects: Sequence[str], settings: Mapping[str, Any]) -> None:
    """Raises OutboxError.

    One that is there stays, and gets what it lacks of these subjects. It keeps all others: a later version reads more of them,
    and what it has written would reach nobody.
    """
    config = {
        **settings,
        "name": name,
        "durable_name": name,
        "filter_subjects": list(subjects),
        "ack_policy": "explicit",
        "max_deliver": -1,
    }
    try:
        await _create(link, stream, config, "create")
    except Exists:
        more = {
            subject async for each in consumers(link, stream) if each["name"] == name for subject in _subjects(each["config"])
        }
        await _create(link, stream, {**config, "filter_subjects": sorted({*subjects, *more})}, "")


async def consumers(link: Link, stream: str) -> AsyncIterator[Mapping[str, Any]]:
    """What the servers say of each consumer of a stream. Raises OutboxError."""
    total, offset = 1, 0
    while offset < total:
        page = await link.ask(f"CONSUMER.LIST.{stream}", {"offset": offset})
        total, offset = page["total"], offset + max(1, len(page["consumers"] or ()))
        for each in page["consumers"] or ():
            yield each


async def _create(link: Link, stream: str, config: Mapping[str, Any], action: str) -> None:
    await link.ask(f"CONSUMER.CREATE.{stream}.{config['name']}", {"stream_name": stream, "config": config, "action": action})


def _subjects(config: Mapping[str, Any]) -> Sequence[str]:
    """Of one there are several or one."""
    return config.get("filter_subjects") or [config["filter_subject"]]
