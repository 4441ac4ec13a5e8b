"""How old a file may be, and what a visitor gets while upstream gives none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from core.types import Reply, Upstream
from server.scripts.fetch import FetchError
from server.scripts.refusals import MOST
from tests.server.scripts.conftest import SCRIPT, WORKER, Bench

Run = Callable[..., None]

OLD, NEW = b"old", b"new"
HOUR, DAY = 3600.0, 86_400.0


async def held(bench: Bench, upstream: Upstream = SCRIPT) -> None:
    """One copy of the old version, and a new version upstream."""
    bench.google.body = OLD
    assert (await bench.get(upstream)).body == OLD
    bench.google.body = NEW


def age(reply: Reply) -> int:
    return int(dict(reply.headers)["age"])


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
        began = asyncio.get_running_loop().time()
        for _ in range(10):
            assert (await bench.get()).body == OLD
        assert asyncio.get_running_loop().time() - began < 0.05
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


CONTAINER = Upstream("script", "GTM-1", "https://up.example/gtm.js?id=GTM-1")
WORDS = "Google has no published version of GTM-1"


class TestARefusal:
    @pytest.mark.parametrize(
        ("status", "words", "given"),
        [
            (404, WORDS, 404),
            (410, WORDS, 404),
            (403, "Google refuses GTM-1 (HTTP 403)", 403),
            (451, "Google refuses GTM-1 (HTTP 451)", 403),
            (429, "Google asks for fewer requests (HTTP 429)", 429),
        ],
    )
    def test_it_is_passed_on_by_name_and_remembered_for_a_minute(self, run: Run, status: int, words: str, given: int) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError(f"HTTP {status}", status)
            for _ in range(10):
                reply = await bench.get(CONTAINER)
                assert (reply.status, reply.body) == (given, f"{words}\n".encode())
                assert dict(reply.headers)["cache-control"] == "no-store"
                assert dict(reply.headers).get("retry-after") == ("60" if status == 429 else None)
            assert len(bench.google.asked) == 1
            assert bench.scripts.reasons() == [words]
            [row] = await bench.rows()
            assert (row["url"], row["failure"], row["bytes"]) == (CONTAINER.url, words, 0)
            bench.now += 61
            bench.google.failure = None
            assert (await bench.get(CONTAINER)).status == 200
            assert bench.scripts.reasons() == []
            assert [row["failure"] for row in await bench.rows()] == [None]

        run(test)

    def test_an_operators_refresh_does_not_wait_for_that(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("HTTP 404", 404)
            await bench.get(CONTAINER)
            bench.google.failure = None
            assert await bench.rows(refresh=True) == []
            assert (await bench.get(CONTAINER)).status == 200

        run(test)

    def test_a_variant_that_is_refused_says_nothing_of_its_id(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await bench.get(CONTAINER)
            bench.google.failure = FetchError("HTTP 404", 404)
            for query in ("sign=made-up", "gtm_auth=made-up"):
                assert (await bench.get(Upstream("script", "GTM-1", f"{CONTAINER.url}&{query}"))).status == 404
            assert bench.scripts.reasons() == []

        run(test)

    def test_made_up_ones_cost_no_memory(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("HTTP 404", 404)
            for number in range(400):
                bench.now += 5
                await bench.get(Upstream("script", "GTM-1", f"{CONTAINER.url}&l=a{number}"))
            assert len(bench.scripts._copies.refusals.lately(0)) == MOST

        run(test)


class TestBeingAskedToWait:
    @pytest.mark.parametrize(("asked", "wait"), [(120.0, 120), (0.0, 60), (86_400.0, 3600)])
    def test_upstream_is_left_alone_for_as_long_as_it_says(self, run: Run, asked: float, wait: int) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("HTTP 429", 429, asked)
            assert dict((await bench.get(CONTAINER)).headers)["retry-after"] == str(wait)
            bench.google.failure = None
            bench.now += wait - 1
            reply = await bench.get()
            assert (reply.status, dict(reply.headers)["retry-after"]) == (429, "1"), "another file of the same upstream"
            assert len(bench.google.asked) == 1
            bench.now += 2
            assert (await bench.get()).status == 200

        run(test)

    def test_a_copy_is_given_meanwhile(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await held(bench)
            bench.google.failure = FetchError("HTTP 429", 429, 600)
            for later in (901, 100, 400):
                bench.now += later
                assert (await bench.get()).body == OLD
                await bench.settled()
            assert len(bench.google.asked) == 2
            bench.google.failure = None
            bench.now += 200
            await bench.get()
            await bench.settled()
            assert (await bench.get()).body == NEW

        run(test)


class TestAFileThatIsTakenBack:
    def test_its_copy_outlives_an_hour_of_it_and_no_more(self, run: Run, tmp_path: Path) -> None:
        async def test(bench: Bench) -> None:
            await held(bench, CONTAINER)
            bench.google.failure = FetchError("HTTP 404", 404)
            for _ in range(14):
                bench.now += 301
                reply = await bench.get(CONTAINER)
                await bench.settled()
                assert (reply.status, reply.body) == (200, OLD)
            assert bench.scripts.reasons() == [WORDS]
            bench.now += 301
            for _ in range(3):
                reply = await bench.get(CONTAINER)
                assert (reply.status, reply.body) == (404, f"{WORDS}\n".encode())
                await bench.settled()
            assert list((tmp_path / "scripts").iterdir()) == []

        run(test)

    def test_a_slow_answer_is_one_all_the_same(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await held(bench, CONTAINER)
            bench.google.failure = FetchError("HTTP 404", 404)
            for _ in range(2):
                bench.google.gate.clear()
                bench.now += HOUR + 1
                assert (await bench.get(CONTAINER)).body == OLD
                bench.google.gate.set()
                await bench.settled()
            bench.now += 1
            assert (await bench.get(CONTAINER)).status == 404

        run(test)

    def test_a_mishap_is_forgotten(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await held(bench, CONTAINER)
            for failure in (FetchError("HTTP 404", 404), None, FetchError("HTTP 404", 404)):
                bench.google.failure = failure
                bench.google.body = OLD
                bench.now += 3000
                await bench.get(CONTAINER)
                await bench.settled()
            bench.now += 100
            assert (await bench.get(CONTAINER)).body == OLD

        run(test)
