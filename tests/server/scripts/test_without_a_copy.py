"""What a visitor is told where there is no copy of a file and none can be had."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from core.types import Geo, Upstream
from server.scripts.budget import BURST
from server.scripts.fetch import FetchError
from tests.server.scripts.conftest import SCRIPT, WORKER, WORKER_FRAME, Bench, Run, headers


class TestWithoutACopy:
    @pytest.mark.parametrize("failure", [FetchError("HTTP 500", 500), FetchError("HTTP 503", 503, 3600), FetchError("timed out")])
    def test_a_failure_is_a_short_502_that_nobody_keeps(self, run: Run, failure: FetchError) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = failure
            for _ in range(2):
                reply = await bench.get()
                assert (reply.status, headers(reply)["cache-control"]) == (502, "no-store")
                assert len(reply.body) < 100
            assert len(bench.google.asked) == 2
            bench.google.failure = None
            assert (await bench.get()).status == 200

        run(test)

    @pytest.mark.parametrize("upstream", [WORKER, WORKER_FRAME])
    def test_a_worker_that_is_not_there_is_404(self, run: Run, upstream: Upstream) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("HTTP 404", 404)
            assert (await bench.get(upstream)).status == 404
            bench.google.failure = FetchError("HTTP 500", 500)
            bench.now += 61
            assert (await bench.get(upstream)).status == 502

        run(test)

    @pytest.mark.parametrize("query", ["&l=a{}", "&gtm_auth=a{}"])
    def test_made_up_queries_cannot_wait_for_upstream_without_end(self, run: Run, query: str) -> None:
        async def test(bench: Bench) -> None:
            bench.google.gate.clear()
            files = [Upstream("script", "G-1", SCRIPT.url + query.format(number)) for number in range(600)]
            asking = [asyncio.create_task(bench.get(file)) for file in files]
            while len(bench.google.asked) < BURST:
                await asyncio.sleep(0.001)
            bench.google.gate.set()
            replies = await asyncio.gather(*asking)
            assert Counter(reply.status for reply in replies) == {200: BURST, 302: 600 - BURST}
            elsewhere = [(file, reply) for file, reply in zip(files, replies, strict=True) if reply.status == 302]
            assert all(dict(reply.headers)["location"] == file.url for file, reply in elsewhere), "Google has it"
            assert len(bench.google.asked) == BURST
            assert (await bench.get(SCRIPT)).status == 200, "what has nothing but an id is not made up"
            assert (await bench.get(elsewhere[0][0])).status == 302
            bench.now += 5
            assert (await bench.get(elsewhere[0][0])).status == 200

        run(test)

    def test_what_is_known_costs_nothing_of_it_in_any_region(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await bench.get()
            for number in range(100):
                await bench.get(Upstream("script", "G-1", f"{SCRIPT.url}&l=a{number}"))
            assert (await bench.get(geo=Geo("DE"))).status == 200
            bench.now += 3601
            assert (await bench.get()).status == 200
            assert (await bench.get(WORKER)).status == 200, "one more every few seconds"

        run(test)

    def test_a_worker_of_a_made_up_version_is_not_there(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            bench.google.failure = FetchError("HTTP 404", 404)
            for number in range(200):
                url = f"https://up.example/static/service_worker/{number}/sw.js"
                assert (await bench.get(Upstream("worker", str(number), url))).status == 404
            assert len(bench.google.asked) == BURST
            assert bench.scripts.reasons() == []

        run(test)
