"""How old a file may be, and what a visitor gets while upstream gives none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.types import Upstream
from server.scripts.fetch import FetchError
from tests.server.scripts.conftest import SCRIPT, WORKER, Bench, Run
from tests.server.scripts.held_copies import DAY, HOUR, NEW, OLD, age, held


@pytest.mark.parametrize(
    ("upstream", "max_age", "fresh_for"),
    [
        (SCRIPT, 900, 900),
        (SCRIPT, None, 900),
        (SCRIPT, 300, 300),
        (SCRIPT, 0, 60),
        (SCRIPT, 31_536_000, 900),
        (WORKER, 604_800, DAY),
        (WORKER, None, DAY),
        (WORKER, 900, 900),
    ],
)
def test_upstream_is_asked_again_once_a_copy_is_not_fresh(
    run: Run, upstream: Upstream, max_age: float | None, fresh_for: float
) -> None:
    async def test(bench: Bench) -> None:
        bench.google.max_age = max_age
        await held(bench, upstream)
        bench.now += fresh_for - 1
        assert (await bench.get(upstream)).body == OLD
        assert len(bench.google.asked) == 1
        bench.now += 1
        await bench.get(upstream)
        await bench.settled()
        assert len(bench.google.asked) == 2
        assert (await bench.get(upstream)).body == NEW

    run(test)


def test_a_copy_of_less_than_an_hour_is_given_at_once_and_renewed_behind(run: Run) -> None:
    async def test(bench: Bench) -> None:
        await held(bench)
        bench.google.gate.clear()
        bench.now += HOUR
        replies = [await bench.get() for _ in range(3)]
        assert [reply.body for reply in replies] == [OLD] * 3
        assert age(replies[0]) == HOUR
        bench.google.gate.set()
        await bench.settled()
        reply = await bench.get()
        assert (reply.body, age(reply), len(bench.google.asked)) == (NEW, 0, 2)

    run(test)


def test_an_older_one_is_given_only_where_upstream_is_late(run: Run) -> None:
    async def test(bench: Bench) -> None:
        await held(bench)
        bench.now += HOUR + 1
        assert (await bench.get()).body == NEW

    run(test)


@pytest.mark.parametrize("later", [901, HOUR + 1, DAY, 7 * DAY])
class TestAnOutage:
    def test_the_last_good_copy_is_given_and_its_age_is_told(self, run: Run, later: float) -> None:
        async def test(bench: Bench) -> None:
            await held(bench)
            bench.google.failure = FetchError("HTTP 503", 503)
            bench.now += later
            for _ in range(3):
                reply = await bench.get()
                assert (reply.status, reply.body, age(reply)) == (200, OLD, int(later))
                await bench.settled()
            assert len(bench.google.asked) == 2, "for half a minute upstream is left alone"
            [row] = await bench.rows()
            assert (row["failure"], row["fresh"], row["age"]) == ("HTTP 503", False, int(later))

        run(test)

    def test_it_ends_with_the_next_attempt(self, run: Run, later: float) -> None:
        async def test(bench: Bench) -> None:
            await held(bench)
            bench.google.failure = FetchError("HTTP 503", 503)
            bench.now += later - 31
            await bench.get()
            await bench.settled()
            bench.google.failure = None
            bench.now += 31
            await bench.get()
            await bench.settled()
            assert (await bench.get()).body == NEW
            assert (await bench.rows())[0]["failure"] is None

        run(test)

    def test_so_it_is_where_upstream_does_not_answer(self, run: Run, later: float) -> None:
        async def test(bench: Bench) -> None:
            await held(bench)
            bench.google.gate.clear()
            bench.now += later
            for _ in range(3):
                reply = await bench.get()
                assert (reply.status, reply.body, age(reply)) == (200, OLD, int(later))
            bench.google.gate.set()
            await bench.settled()
            assert (await bench.get()).body == NEW

        run(test)

    def test_and_after_a_restart(self, run: Run, later: float) -> None:
        run(held)

        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("ConnectError")
            bench.now += later
            reply = await bench.get()
            assert (reply.status, reply.body, age(reply)) == (200, OLD, int(later))
            await bench.settled()
            assert len(bench.google.asked) == 1

        run(test)


def test_a_late_upstream_keeps_only_the_first_visitors_waiting(run: Run) -> None:
    async def test(bench: Bench) -> None:
        await held(bench)
        bench.google.gate.clear()
        bench.now += DAY
        await bench.get()
        assert (await bench.rows())[0]["failure"] == "no answer within 0.05 s so far"
        bench.scripts._copies._patience = 3600.0
        async with asyncio.timeout(60):
            for _ in range(10):
                assert (await bench.get()).body == OLD
        bench.google.gate.set()
        await bench.settled()
        assert (await bench.get()).body == NEW

    run(test)


def test_after_a_week_a_copy_is_too_old(run: Run) -> None:
    async def test(bench: Bench) -> None:
        await held(bench)
        bench.now += 7 * DAY + 1
        bench.google.failure = FetchError("HTTP 503", 503)
        assert (await bench.get()).status == 502
        bench.google.failure = None
        assert (await bench.get()).body == NEW

    run(test)


def test_a_clock_that_was_put_back_makes_no_copy_fresh(run: Run) -> None:
    async def test(bench: Bench) -> None:
        await held(bench)
        bench.now -= 60
        reply = await bench.get()
        assert (reply.body, age(reply)) == (OLD, 0)
        await bench.settled()
        assert (await bench.get()).body == NEW

    run(test)


class TestRestarts:
    def test_upstream_is_not_asked_for_what_is_on_disk_and_fresh(self, run: Run) -> None:
        run(held)

        async def test(bench: Bench) -> None:
            bench.now += 100
            replies = await asyncio.gather(*(bench.get() for _ in range(100)))
            assert {(reply.body, age(reply)) for reply in replies} == {(OLD, 100)}
            assert bench.google.asked == []

        run(test)

    def test_what_another_process_has_renewed_is_taken_from_the_disk(self, run: Run, tmp_path: Path) -> None:
        async def test(bench: Bench) -> None:
            await held(bench)
            other = Bench(tmp_path / "scripts")
            bench.now += 901
            other.now, other.google.body = bench.now, NEW
            await other.get()
            await other.settled()
            await other.scripts.close()
            await bench.get()
            await bench.settled()
            assert (await bench.get()).body == NEW
            assert len(bench.google.asked) == 1

        run(test)

    def test_a_damaged_file_is_fetched_anew(self, run: Run, tmp_path: Path) -> None:
        run(held)
        [file] = (tmp_path / "scripts").iterdir()
        file.write_bytes(file.read_bytes()[:-1] + b"X")

        async def test(bench: Bench) -> None:
            bench.google.body = NEW
            assert (await bench.get()).body == NEW

        run(test)


def test_a_folder_that_cannot_be_made_costs_no_visitor_anything(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scripts").write_text("a file in the way")
    run(held)
