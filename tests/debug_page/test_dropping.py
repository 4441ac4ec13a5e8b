"""Somebody drops deliveries on the debug page: is asked with their number and their tags, and told what became of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.debug_page.desk import desk
from tests.server.process.destination import status
from tests.waiting import until

pytestmark = pytest.mark.process


def test_dropping_asks_with_the_number_and_the_tags_and_then_tells_it(tmp_path: Path) -> None:
    with desk(tmp_path, workers=2) as at:
        at.vendor.behaviour = status("400 Bad Request")
        for number in range(3):
            at.hit(en="purchase", gcs="G111", **{"epn.value": "500", "ep.transaction_id": f"T-drop-{number}"})
        dead = at.page.get_by_test_id("dead-row").filter(has_text="purchase")

        def buried() -> bool:
            at.page.goto(at.url("/deliveries"))
            return dead.count() == 6

        until(buried)
        at.page.goto(at.url("/deliveries?tag=hook"))
        expect(at.page.get_by_test_id("retry-all")).to_have_text("Retry all 3 of hook")
        at.page.get_by_test_id("retry-all").click()
        expect(at.page.locator("h1")).to_have_text("Retry 3 deliveries?")
        expect(at.page.locator("form")).to_contain_text("Every dead letter: 3 of hook.")
        at.page.goto(at.url("/deliveries?tag=hook"))
        at.page.get_by_test_id("drop-all").click()
        expect(at.page.locator("h1")).to_have_text("Drop 3 deliveries?")
        expect(at.page.locator("form")).to_contain_text("Every dead letter: 3 of hook.")
        at.page.get_by_test_id("sure").click()
        expect(at.page.get_by_test_id("done")).to_have_text("3 rows dropped, undelivered.")
        dead.first.get_by_role("checkbox").check()
        at.page.get_by_test_id("drop").click()
        expect(at.page.locator("form")).to_contain_text("What you picked: 1 of ga4.")
        at.page.get_by_test_id("sure").click()
        expect(at.page.get_by_test_id("done")).to_have_text("1 row dropped, undelivered.")
        at.page.get_by_test_id("drop-all").click()
        at.page.get_by_role("link", name="Keep").click()
        expect(dead).to_have_count(2)
