"""Streams that are made for an operator, and those that are there already: what is otherwise is told, and nothing is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from server.outbox.errors import OutboxError
from server.outbox.jetstream import connect
from server.outbox.jetstream.declaring import Declared, declared
from server.outbox.jetstream.link import Link
from server.outbox.jetstream.streams import wanted
from tests.server.outbox.servers import NAMES, Nats, made, serving, settings


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    """A server that flushes every write."""
    server = Nats(tmp_path_factory.mktemp("nats") / "one")
    with serving(server):
        yield server


@pytest.fixture
def nats(one: Nats) -> Iterator[Nats]:
    """The same, whose streams are gone afterwards."""
    yield one

    async def clean() -> None:
        link = await connect(settings(one.url))
        for name in (await link.ask("STREAM.NAMES"))["streams"] or ():
            await link.ask(f"STREAM.DELETE.{name}")
        await link.close()

    asyncio.run(clean())


async def _declared(link: Link, replicas: int, max_bytes: int = 1 << 20) -> list[Declared]:
    return [each async for each in declared(link, wanted(NAMES, replicas=replicas, max_bytes=max_bytes))]


def test_what_is_missing_is_made_and_what_is_there_stays(nats: Nats) -> None:
    async def run() -> None:
        link = await connect(settings(nats.url))
        assert await _declared(link, 1) == [Declared("SHOP", True), Declared("SHOP_DEAD", True), Declared("SHOP_STATE", True)]
        await link.ask("STREAM.DELETE.SHOP_DEAD")
        assert [each.made for each in await _declared(link, 1)] == [False, True, False]
        await link.ask("STREAM.DELETE.SHOP_DEAD")
        with pytest.raises(OutboxError, match=r"nothing was changed: SHOP has `max_bytes` 1048576 instead of 2097152$"):
            await _declared(link, 1, 2 << 20)
        names = (await link.ask("STREAM.NAMES"))["streams"]
        assert sorted(names) == ["SHOP", "SHOP_STATE"]
        await link.close()

    asyncio.run(run())


def test_every_setting_that_is_otherwise_is_told(nats: Nats) -> None:
    async def run() -> None:
        link = await connect(settings(nats.url))
        other = {"allow_direct": False, "allow_atomic": False, "subjects": ["SHOP.row.>"]}
        await made(link, rows=other, state={"storage": "memory"})
        with pytest.raises(OutboxError) as refused:
            await _declared(link, 1)
        assert str(refused.value).partition("changed: ")[2].split("; ") == [
            "SHOP has `allow_direct` off instead of on",
            "SHOP has `allow_atomic` unset instead of on",
            "SHOP has `subjects` SHOP.row.> instead of SHOP.row.>, SHOP.lone.>, SHOP.key.>",
            "SHOP_STATE has `storage` memory instead of file",
        ]
        await link.close()

    asyncio.run(run())
