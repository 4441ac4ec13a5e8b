"""Requests that are under way at the same time: how many, and what becomes of the others where one fails."""

from __future__ import annotations

import asyncio

import pytest

from server.outbox.jetstream.abreast import MOST, abreast


def test_each_is_run_once_and_so_many_at_a_time() -> None:
    begun: list[int] = []
    under_way: list[int] = []
    most = 0

    async def run(item: int) -> None:
        nonlocal most
        begun.append(item)
        under_way.append(item)
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        under_way.remove(item)

    asyncio.run(abreast(range(3 * MOST), run))
    assert (begun, most) == (list(range(3 * MOST)), MOST)
    asyncio.run(abreast([], run))
    assert len(begun) == 3 * MOST


def test_where_one_fails_what_has_begun_is_done_and_nothing_else_begins() -> None:
    begun: list[int] = []
    done: list[int] = []

    async def run(item: int) -> None:
        begun.append(item)
        if item == 1:
            raise ValueError("no")
        await asyncio.sleep(0)
        done.append(item)

    with pytest.raises(ValueError, match="no"):
        asyncio.run(abreast(range(3 * MOST), run))
    assert begun == list(range(MOST))
    assert sorted([*done, 1]) == begun


def test_who_waits_for_it_may_be_cancelled_and_so_is_all_of_it() -> None:
    ended: list[int] = []

    async def run(item: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(item)

    async def main() -> None:
        working = asyncio.ensure_future(abreast(range(3), run))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        await asyncio.sleep(0)

    asyncio.run(main())
    assert sorted(ended) == [0, 1, 2]
