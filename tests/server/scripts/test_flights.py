"""One piece of work however many wait for it."""

from __future__ import annotations

import asyncio

import pytest

from server.scripts.flights import Flights


def test_work_of_one_name_is_done_once_at_a_time_and_again_afterwards() -> None:
    async def test() -> None:
        flights: Flights[str, int] = Flights()
        done: list[int] = []

        async def work() -> int:
            await asyncio.sleep(0)
            done.append(1)
            return len(done)

        assert await asyncio.gather(*(asyncio.shield(flights.start("a", work)) for _ in range(3))) == [1, 1, 1]
        assert (len(flights), "a" in flights) == (0, False)
        assert await flights.start("a", work) == 2

    asyncio.run(test())


def test_a_failure_reaches_everybody_who_waits_and_nobody_else() -> None:
    async def test() -> None:
        flights: Flights[str, int] = Flights()
        unheard: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))

        async def work() -> int:
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await asyncio.shield(flights.start("a", work))
        flights.start("b", work)
        while len(flights):
            await asyncio.sleep(0)
        assert unheard == []

    asyncio.run(test())


def test_the_end_ends_what_is_under_way() -> None:
    async def test() -> None:
        flights: Flights[str, bool] = Flights()
        task = flights.start("a", asyncio.Event().wait)
        await flights.cancel()
        assert task.cancelled()
        assert len(flights) == 0

    asyncio.run(test())
