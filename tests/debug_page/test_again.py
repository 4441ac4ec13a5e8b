"""Somebody tries a request again after a reload, and has a delivery of it sent once more, by keyboard."""

from __future__ import annotations

import signal

import pytest
from playwright.sync_api import Page, expect

from tests.debug_page.shop import Shop
from tests.debug_page.traffic import purchase
from tests.waiting import until

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def bought(served: Shop) -> str:
    """The page of a purchase, whose deliveries are where they go."""
    served.send([purchase(4, "T-again", 60.0)])
    served.wait_until_settled()
    return served.url(served.page_of("purchase"))


def follow(page: Page, name: str) -> None:
    """By keyboard, as a person who tabs to a link or button."""
    at = page.locator(":is(a, button):visible").filter(has_text=name).first
    at.focus()
    page.keyboard.press("Enter")


def test_what_a_reload_changed_is_told_beside_what_happened(served: Shop, page: Page, bought: str) -> None:
    page.goto(bought)
    follow(page, "Try again with the configuration of today")
    expect(page.get_by_test_id("outcome")).to_contain_text("The configuration has not changed since")
    expect(page.get_by_test_id("tag-matomo")).to_contain_text("the same")
    file = served.server.config
    before = file.read_text()
    file.write_text(before.replace("{site_id: 7,", "{site_id: 8,").replace("  ga4: {endpoint", "  ga4: {paused: true, endpoint"))
    served.server.process.send_signal(signal.SIGHUP)
    served.server.logged("configuration reloaded")
    page.reload()
    expect(page.get_by_test_id("outcome")).to_contain_text("2 of 7 tags do something else: ga4, matomo.")
    ga4 = page.get_by_test_id("tag-ga4")
    expect(ga4).to_contain_text("delivered")
    expect(ga4).to_contain_text("the tag is paused")
    changed = page.get_by_test_id("difference").filter(has_text="idsite")
    expect(changed).to_contain_text("7")
    expect(changed).to_contain_text("8")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    follow(page, "The request as it went")
    expect(page).to_have_url(bought)
    page.goto(f"{bought}/send?tag=ga4&event=1")
    expect(page.get_by_test_id("why-not")).to_contain_text("The tag ga4 is paused")
    file.write_text(before)
    served.server.process.send_signal(signal.SIGHUP)
    served.server.logged("configuration reloaded", 2)


def test_a_delivery_is_sent_once_more_after_a_question(served: Shop, page: Page, bought: str) -> None:
    vendor = served.vendors["matomo"]
    taken = len(vendor.requests)
    page.goto(bought)
    follow(page, "Send once more")
    expect(page.get_by_test_id("delivery-orders")).to_contain_text("to retry it is the right thing")
    page.get_by_test_id("delivery-matomo").get_by_role("link").focus()
    page.keyboard.press("Enter")
    question = page.get_by_test_id("question")
    for words in ("purchase", "matomo", vendor.url, "delivered", "may count it twice", "deduplicate does not stop it"):
        expect(question).to_contain_text(words)
    follow(page, "Send once more")
    expect(page.get_by_role("heading", level=1)).to_have_text("It is in the outbox once more")
    until(lambda: len(vendor.requests) == taken + 1)
    assert vendor.requests[-1] == vendor.requests[-2]

    def told() -> bool:
        page.reload()
        return page.get_by_test_id("row-of").filter(has_text="delivered").count() == 2

    until(told)


def test_a_delivery_and_its_request_lead_to_each_other(page: Page, bought: str) -> None:
    page.goto(f"{bought}/send?tag=orders&event=1")
    expect(page.get_by_test_id("why-not")).to_contain_text("to retry it is the right thing")
    page.get_by_test_id("row-of").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stands")).to_contain_text("given up HTTP 400")
    expect(page.get_by_test_id("answer")).to_contain_text("The vendor’s answer: HTTP 400")
    expect(page.get_by_test_id("answer").locator("pre")).to_have_text('{\n  "error": "unknown article",\n  "article": "SKU-9"\n}')
    page.get_by_test_id("request").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(bought)
