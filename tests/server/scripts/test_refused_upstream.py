"""What Google says instead of a file: a refusal, that one should wait, or that a file is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.types import Upstream
from server.scripts.fetch import FetchError
from server.scripts.refusals import MOST
from tests.server.scripts.conftest import Bench, Run
from tests.server.scripts.held_copies import HOUR, NEW, OLD, held

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
