"""The view of what was refused before a client was asked, in a real browser and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.debug_page.refusals import HOST, REFUSED, SECRET, STATUSES, answered, refuse
from tests.debug_page.shop import Shop


@pytest.fixture(scope="module")
def refusing(served: Shop) -> Shop:
    """The shop that has refused one of each, and of one many."""
    assert refuse(served.server.port) == STATUSES
    for _ in range(60):
        answered(served.server.port, b"GET / HTTP/9.9\r\n" + HOST + b"\r\n")
    return served


def test_each_is_there_with_its_reason_its_number_and_what_to_do(refusing: Shop, page: Page) -> None:
    page.goto(refusing.url("/?view=refused"))
    expect(page.get_by_test_id("refused-total")).to_contain_text(f"{60 + len(REFUSED)} refused")
    flood = page.locator("[data-testid=refused-reason][data-reason=unknown_version]")
    expect(flood).to_contain_text("60")
    kept = page.get_by_test_id("refused-request")
    assert kept.count() < 60, "of a flood a few of each second are kept"
    for reason in REFUSED:
        assert page.locator(f"[data-testid=refused-request][data-reason={reason}]").count() == 1
    expect(page.locator("[data-testid=refused-reason][data-reason=too_large]")).to_contain_text("raise server.max_body")


def test_by_keyboard_one_opens_and_tells_what_is_known_with_people_masked(refusing: Shop, page: Page) -> None:
    page.goto(refusing.url("/?view=refused"))
    page.get_by_role("link", name="cookies too large").press("Enter")
    page.wait_for_url("**/?view=refused&reason=large_cookies")
    only = page.get_by_test_id("refused-request")
    expect(only).to_have_count(1)
    only.locator("summary").press("Enter")
    expect(only).to_contain_text("raise server.max_cookies")
    expect(only).to_contain_text("ep.email=•••")
    expect(only).to_contain_text("https://shop.example")
    assert SECRET.decode() not in page.content()
    page.get_by_role("link", name="All reasons").press("Enter")
    expect(page.get_by_test_id("refused-request").first).to_be_visible()


def test_what_strangers_send_is_text_and_fits_on_a_phone(refusing: Shop, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(refusing.url("/?view=refused"))
    content = page.content()
    assert SECRET.decode() not in content
    assert "jo@" not in content
    assert "\x1b" not in content
    assert "\u202e" not in content
    assert page.title().startswith("Refused requests")
    for each in page.locator("details[data-testid=refused-request] > summary").all()[:12]:
        each.press("Enter")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
