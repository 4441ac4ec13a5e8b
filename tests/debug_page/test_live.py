"""Somebody watches hits come: searches, looks through views, goes back in time, leaves and comes back, and is not moved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.debug_page.shop import Shop
from tests.debug_page.traffic import hit, purchase

pytestmark = pytest.mark.process

LONGEST_TASK: Final = 50
"""Milliseconds that the page may hold up whoever scrolls, on a machine with nothing else to do."""
TASKS: Final = """() => { globalThis.tasks = []; globalThis.watching?.disconnect();
    globalThis.watching = new PerformanceObserver(seen => tasks.push(...seen.getEntries().map(each => each.duration)));
    watching.observe({type: "longtask"}); }"""
WORK: Final = """() => { const began = performance.now(); let sum = 0; for (let at = 0; at < 2e7; at++) sum += at % 7;
    return performance.now() - began; }"""
"""Milliseconds that a piece of work takes, which tells how busy the machine is."""
USUAL: Final = 40
"""Milliseconds that it takes on a machine with nothing else to do."""
TRIES: Final = 80
"""Some two minutes of them: other browsers may be busy for one."""


@pytest.fixture(scope="module")
def somewhere(browser: Browser) -> Iterator[Page]:
    """A page of somebody in another zone than the server's, who is at the live page."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Asia/Kolkata") as context:
        yield context.new_page()


@pytest.fixture
def live(visited: Shop, somewhere: Page) -> Page:
    somewhere.goto(visited.url("/"))
    expect(somewhere.get_by_test_id("connection")).to_have_text("live")
    return somewhere


def rows(page: Page) -> Locator:
    return page.get_by_test_id("request-row")


def row(page: Page, text: str) -> Locator:
    return rows(page).filter(has_text=text).first


def keys(page: Page) -> list[str]:
    found: list[str] = rows(page).evaluate_all("rows => rows.map(row => row.dataset.key)")
    return found


def kept(page: Page) -> int:
    return int(page.locator("[data-testid=counts] [data-count=kept]").inner_text())


def on_screen(page: Page) -> int:
    count: int = page.evaluate("""() => [...document.querySelectorAll("[data-testid=request-row]")].filter(each => {
        const {top, bottom} = each.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }).length""")
    return count


def test_thirty_requests_are_on_a_screen_one_line_each_in_the_viewer_s_own_zone(live: Page) -> None:
    assert on_screen(live) >= 27
    heights = rows(live).evaluate_all("rows => rows.map(row => Math.round(row.getBoundingClientRect().height))")
    assert set(heights) == {25}
    moment = rows(live).first.locator("time")
    utc, shown = (moment.get_attribute("datetime") or "")[14:16], moment.inner_text()
    assert shown[3:5] == f"{(int(utc) + 30) % 60:02}"
    assert (moment.get_attribute("datetime") or "?") in (moment.get_attribute("title") or "")
    expect(live.locator("#zone")).to_have_text("GMT+5:30")


def test_a_request_s_own_page_has_the_viewer_s_zone_and_search_finds_the_time_as_shown(live: Page, visited: Shop) -> None:
    shown, key = rows(live).last.locator("time").inner_text(), keys(live)[-1]
    live.get_by_label("Search", exact=True).fill(shown)
    expect(live).to_have_url(visited.url(f"/?q={quote_plus(shown)}&offset=330"))
    expect(rows(live).filter(has=live.locator(f"a[href='/requests/{key}']"))).to_have_count(1)
    rows(live).filter(has=live.locator(f"a[href='/requests/{key}']")).locator("a.open").click()
    moments = live.locator(".meta time, [data-testid=attempt] time")
    expect(moments.first).to_contain_text(shown)
    for each in moments.all_inner_texts():
        assert each.endswith("GMT+5:30")


def test_a_mark_s_name_and_word_come_up_by_keyboard_and_by_mouse(live: Page) -> None:
    live.get_by_label("Search", exact=True).fill("T-1000")
    expect(rows(live)).to_have_count(3)
    bought = rows(live).last
    marks = bought.locator(".marks")
    failed = bought.locator("[data-mark=failed]").first.locator(".tip")
    assert failed.bounding_box()["width"] <= 1  # type: ignore[index]  # it is there for whoever listens
    bought.get_by_role("link").last.focus()
    live.keyboard.press("Tab")
    expect(marks).to_be_focused()
    assert failed.bounding_box()["width"] > 50  # type: ignore[index]  # as above
    expect(marks).to_contain_text("ga4 sent")
    expect(marks).to_contain_text("orders failed, given up: HTTP 400")
    expect(marks).to_contain_text("klaviyo held back: the tag is paused")
    live.keyboard.press("Shift+Tab")
    upper = rows(live).first
    upper.locator("[data-slot='1']").hover()
    tip = upper.locator("[data-slot='1'] .tip").bounding_box()
    assert tip
    assert tip["width"] > 40
    middle = [tip["x"] + tip["width"] / 2, tip["y"] + tip["height"] / 2]
    assert live.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('.tip') !== null", middle), "nothing lies over it"


def test_what_is_typed_is_searched_for_and_stands_in_the_address(live: Page, visited: Shop) -> None:
    everything = kept(live)
    words = live.get_by_label("Search", exact=True)
    words.press_sequentially("purchase 128.50")
    expect(live).to_have_url(visited.url("/?q=purchase+128.50"))
    expect(rows(live)).to_have_count(2)
    expect(live.locator("[data-testid=counts] [data-count=matching]")).to_have_text("2")
    assert kept(live) == everything
    live.get_by_text("Filters", exact=True).click()
    live.get_by_label("Tag", exact=True).fill("orde")
    expect(live).to_have_url(visited.url("/?q=purchase+128.50&tag=orde"))
    expect(rows(live)).to_have_count(2)
    words.fill("visitor3@example.com")
    expect(live.get_by_test_id("empty")).to_be_visible()
    live.get_by_role("link", name="Clear").click()
    expect(rows(live)).not_to_have_count(0)
    expect(live).to_have_url(visited.url("/"))


def test_each_view_shows_its_own_and_says_why(live: Page, visited: Shop) -> None:
    views = live.get_by_role("navigation", name="Views")
    views.get_by_role("link", name="Unclaimed").click()
    expect(row(live, "POST /g/collect")).to_contain_text("web: measurement id G-OTHER00001 is not among G-SHOP123456")
    expect(row(live, "/wp-login.php")).to_contain_text("scripts: the path is none of a script")
    views.get_by_role("link", name="Failures").click()
    expect(row(live, "purchase").locator(".why").first).to_have_text("orders: failed, given up: HTTP 400")
    expect(row(live, "403")).to_contain_text("The api_secret is missing")
    views.get_by_role("link", name="Scripts").click()
    expect(rows(live)).to_have_count(1)
    expect(rows(live)).to_contain_text("/gtag/js")
    views.get_by_role("link", name="All").click()
    expect(live).to_have_url(visited.url("/"))
    expect(row(live, "/gtag/js")).to_have_count(0)
    expect(live.get_by_test_id("counts")).to_contain_text("1 for scripts, in a view of their own")


def test_older_leads_through_all_that_is_kept(live: Page) -> None:
    seen = keys(live)
    while live.get_by_test_id("older").is_visible():
        live.get_by_test_id("older").click()
        expect(live.get_by_test_id("place")).to_contain_text(f"Requests {len(seen) + 1} to")
        seen += keys(live)
    assert len(seen) == len(set(seen)) == int(live.locator("[data-testid=counts] [data-count=matching]").inner_text())
    live.get_by_role("link", name="Back to the newest").click()
    expect(live.get_by_test_id("connection")).to_have_text("live")


def test_what_is_new_is_marked_and_whoever_reads_is_not_moved(live: Page, visited: Shop) -> None:
    visited.send([hit(4, "fresh_one")])
    expect(row(live, "fresh_one")).to_have_class("fresh")
    expect(rows(live).first).to_contain_text("fresh_one")
    live.evaluate("scrollTo(0, 700)")
    reading = rows(live).nth(30)
    before = reading.bounding_box()
    visited.send([hit(4, "while_reading") for _ in range(3)])
    expect(live.get_by_test_id("news")).to_have_text("3 new")
    assert reading.bounding_box() == before
    assert row(live, "while_reading").count() == 0
    live.get_by_test_id("news").focus()
    live.keyboard.press("Enter")
    expect(rows(live).first).to_contain_text("while_reading")
    assert live.evaluate("scrollY") == 0
    expect(row(live, "fresh_one")).not_to_have_class("fresh")


def test_back_leads_to_where_one_was_with_what_one_searched(live: Page, visited: Shop) -> None:
    live.get_by_label("Search", exact=True).fill("shop")
    expect(live).to_have_url(visited.url("/?q=shop"))
    expect(rows(live)).to_have_count(60)
    live.evaluate("scrollTo(0, 800)")
    there = rows(live).nth(40)
    key, top = there.get_attribute("data-key"), there.bounding_box()["y"]  # type: ignore[index]  # it is shown
    there.get_by_role("link").first.click()
    live.wait_for_url("**/requests/**")
    visited.send([hit(4, "page_view", "/shoes") for _ in range(70)])
    live.go_back()
    expect(live).to_have_url(visited.url("/?q=shop"))
    again = live.locator(f"[data-key='{key}']")
    expect(again).to_be_in_viewport()
    expect(live.get_by_label("Search", exact=True)).to_have_value("shop")
    live.wait_for_function(
        "([key, top]) => Math.abs(document.querySelector(`[data-key='${key}']`).getBoundingClientRect().top - top) < 3",
        arg=[key, top],
    )


def test_without_a_script_rows_search_and_older_are_there(visited: Shop, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(visited.url("/"))
        expect(rows(page)).to_have_count(60)
        page.get_by_label("Search", exact=True).fill("T-1000 refund")
        page.keyboard.press("Enter")
        expect(rows(page)).to_have_count(1)
        page.goto(visited.url("/"))
        first = rows(page).first.get_attribute("data-key")
        page.get_by_test_id("older").click()
        expect(rows(page).first).not_to_have_attribute("data-key", first or "")


def test_five_hundred_requests_and_a_stream_of_others_hold_nobody_up(live: Page, visited: Shop) -> None:
    for batch in range(12):
        visited.send([*(hit(at % 12, "add_to_cart", f"/bulk/{at}") for at in range(39)), purchase(5, f"T-BULK-{batch}", 7.77)])
        expect(rows(live).filter(has_text="7.77 EUR")).to_have_count(batch + 1, timeout=60_000)
    assert rows(live).count() == 500

    def is_smooth(batch: int) -> bool:
        """What else runs on the machine makes a task longer, and none shorter."""
        before = live.evaluate(WORK)
        live.evaluate(TASKS)
        visited.send(hit(at, f"while_scrolling_{batch}", "/stream") for at in range(1, 12))
        expect(rows(live).first).to_contain_text(f"while_scrolling_{batch}", timeout=20_000)
        live.evaluate("scrollTo(0, 3000)")
        live.evaluate("scrollTo(0, 0)")
        tasks = live.evaluate("tasks")
        busy = max(USUAL, before, live.evaluate(WORK)) / USUAL
        return bool(max(tasks, default=0) <= LONGEST_TASK * busy)

    assert any(is_smooth(batch) for batch in range(TRIES))
