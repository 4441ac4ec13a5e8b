"""Which script a visitor of a region gets."""

from __future__ import annotations

import pytest

from core.types import Geo
from tests.server.scripts.conftest import WORKER, Bench, Run


class TestRegions:
    def test_each_has_its_own_script(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            for geo in (Geo("DE", "BY"), Geo("DE", "BY", "Munich"), Geo("DE"), Geo(), Geo("US", "CA"), Geo("US", "bad region")):
                await bench.get(geo=geo)
            assert [sent for _, sent, _ in bench.google.asked] == [
                {
                    "x-forwarded-country": "DE",
                    "x-gclb-country": "DE",
                    "x-appengine-country": "DE",
                    "x-forwarded-region": "BY",
                    "x-gclb-region": "DEBY",
                    "x-appengine-region": "by",
                },
                {"x-forwarded-country": "DE", "x-gclb-country": "DE", "x-appengine-country": "DE"},
                {},
                {
                    "x-forwarded-country": "US",
                    "x-gclb-country": "US",
                    "x-appengine-country": "US",
                    "x-forwarded-region": "CA",
                    "x-gclb-region": "USCA",
                    "x-appengine-region": "ca",
                },
                {"x-forwarded-country": "US", "x-gclb-country": "US", "x-appengine-country": "US"},
            ]
            assert sorted(row["region"] for row in await bench.rows()) == ["", "DE", "DE-BY", "US", "US-CA"]

        run(test)

    @pytest.mark.parametrize("geo", [Geo("de"), Geo("DE\r\nx: y"), Geo("DEU"), Geo(None, "BY"), Geo("Ü1")])
    def test_what_is_no_country_is_not_passed_on(self, run: Run, geo: Geo) -> None:
        async def test(bench: Bench) -> None:
            await bench.get(geo=geo)
            assert bench.google.asked[0][1] == {}

        run(test)

    def test_the_worker_is_everywhere_the_same(self, run: Run) -> None:
        async def test(bench: Bench) -> None:
            await bench.get(WORKER, geo=Geo("DE", "BY"))
            await bench.get(WORKER, geo=Geo("FR"))
            assert [sent for _, sent, _ in bench.google.asked] == [{}]

        run(test)
