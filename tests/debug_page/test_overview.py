"""Somebody asks in the morning whether everything is all right, and where it is not: the overview, and the destinations."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.debug_page.shop import Shop
from tests.debug_page.traffic import GA4_ID, hit, traffic

pytestmark = pytest.mark.process

SENT: Final = tuple(traffic())
ASKED: Final = [parse_qs(urlsplit(each.target).query) for each in SENT if each.method == "POST"]
HITS: Final = [each for each in ASKED if each.get("tid") == [GA4_ID]]
EVENTS: Final = Counter({"refund": 1, **Counter(each["en"][0] for each in HITS)})
FIRED: Final = {"ga4": 143, "matomo": 143, "meta": 62, "tiktok": 15, "orders": 17, "large": 13}
"""Events by the tag that fires for them; of each the order that comes twice is one too many."""


@pytest.fixture(scope="module")
def told(visited: Shop) -> dict[str, Any]:
    """The numbers, as programs get them."""
    found: dict[str, Any] = json.loads(visited.text("/api/overview"))
    return found


def tile(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"tile-{name}")


def test_every_figure_is_what_was_sent(visited: Shop, told: dict[str, Any]) -> None:
    once = sum(FIRED.values()) - len(FIRED)
    assert (
        told["hour"]
        == told["day"]
        == {
            "requests": len(SENT) - 1,  # one is a HEAD, and a probe
            "events": EVENTS.total(),
            "fired": once + len(FIRED),
            "delivered": once - (FIRED["orders"] - 1) - (FIRED["large"] - 1),
            "failed": FIRED["orders"] - 1 + len(visited.vendors["large"].requests),
            "duplicates": len(FIRED),
            "unclaimed": 2,
            "refused": 0,
            "errors": 0,
        }
    )
    assert told["events"] == EVENTS
    denied = sum(each["gcs"] == ["G100"] for each in HITS)
    assert told["consent"]["ad_storage"] == {"granted": len(HITS) - denied, "denied": denied, "unset": 1}
    assert told["outbox"]["dead_letters"] == {"orders": FIRED["orders"] - 1}
    assert told["outbox"]["rows"] == FIRED["large"] - 1
    assert [sum(told["minutes"]["numbers"][name]) for name in ("requests", "events")] == [len(SENT) - 1, EVENTS.total()]


def test_the_page_says_at_a_glance_what_does_not_work(visited: Shop, page: Page, told: dict[str, Any]) -> None:
    page.goto(visited.url("/overview"))
    expect(page.get_by_test_id("verdict")).to_contain_text("Something does not work")
    expect(page.get_by_test_id("verdict")).to_contain_text("answers HTTP 500")
    for name, number in (
        ("requests", "requests"),
        ("events", "events"),
        ("failed-attempts", "failed"),
        ("unclaimed", "unclaimed"),
    ):
        expect(tile(page, name)).to_contain_text(f"{told['day'][number]}")
    expect(tile(page, "sent")).to_contain_text(
        f"{told['day']['delivered']} of {told['day']['fired'] - told['day']['duplicates']}"
    )
    expect(page.get_by_test_id("fact-dead-letters")).to_contain_text("orders 16")
    expect(page.get_by_test_id("problems")).to_contain_text("variables.plan: is not used")
    bars = page.get_by_test_id("events").get_by_role("listitem")
    assert [each.split() for each in bars.all_inner_texts()] == [
        [name, str(number)] for name, number in sorted(EVENTS.items(), key=lambda item: (-item[1], item[0]))
    ]
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "it takes a scroll"


def test_a_figure_leads_to_the_page_that_explains_it_also_by_keyboard(visited: Shop, page: Page) -> None:
    page.goto(visited.url("/overview"))
    tile(page, "failed-attempts").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
    page.goto(visited.url("/overview"))
    page.get_by_test_id("destinations").get_by_role("link", name="large").click()
    expect(page).to_have_url(re.compile("/deliveries.tag=large$"))
    expect(page.get_by_test_id("destination-large")).to_be_visible()
    expect(page.get_by_test_id("destination-ga4")).to_have_count(0)


def test_the_page_is_brought_up_to_date_and_whoever_is_in_it_stays_there(visited: Shop, page: Page) -> None:
    page.clock.install()
    page.goto(visited.url("/overview"))
    before = tile(page, "requests").inner_text()
    link = tile(page, "unclaimed").get_by_role("link")
    link.focus()
    visited.send([hit(1, "scroll")] * 3)
    page.clock.run_for(10_000)
    expect(tile(page, "requests")).to_contain_text(str(int(before.split()[1]) + 3))
    expect(link).to_be_focused()


def test_each_destination_says_how_its_last_hour_was(visited: Shop, page: Page) -> None:
    page.goto(visited.url("/deliveries"))
    ga4, large, klaviyo = (page.get_by_test_id(f"destination-{tag}") for tag in ("ga4", "large", "klaviyo"))
    expect(ga4).to_contain_text("works")
    expect(ga4.get_by_role("img")).to_have_count(4)
    expect(ga4.get_by_role("img").first).to_have_accessible_name(re.compile(r"ga4: .* \d+ delivered, 0 failed attempts"))
    expect(ga4).to_contain_text("100 %")
    expect(large).to_contain_text("always fails")
    expect(large).to_contain_text(re.compile(r"took nothing for \d+ (s|min): \d+ failures in a row"))
    expect(large).to_contain_text(re.compile(r"HTTP 500 × \d+"))
    expect(klaviyo).to_contain_text("paused")
    expect(klaviyo).to_contain_text("held back: paused")


def test_what_fails_is_red(visited: Shop, page: Page) -> None:
    page.goto(visited.url("/deliveries"))
    paint = "element => getComputedStyle(element).backgroundColor"
    bad, good = (page.get_by_test_id(f"destination-{tag}").evaluate(paint) for tag in ("large", "ga4"))
    assert bad != good
    red, green, blue = map(int, re.findall(r"\d+", bad)[:3])
    assert red > max(green, blue)


def test_seven_destinations_with_their_charts_are_on_one_screen(visited: Shop, page: Page) -> None:
    page.goto(visited.url("/deliveries"))
    rows = page.locator("#now tbody tr")
    expect(rows).to_have_count(7)
    box = rows.last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900
    form, heading = page.get_by_role("button", name="Filter").bounding_box(), page.get_by_role("heading", level=1).bounding_box()
    assert form is not None
    assert heading is not None
    assert form["y"] < heading["y"] + heading["height"], "the filter stands beside the heading"


def test_dead_letters_are_one_line_each_and_what_is_picked_stays_picked(visited: Shop, page: Page) -> None:
    page.clock.install()
    page.goto(visited.url("/deliveries"))
    rows = page.get_by_test_id("dead-row")
    expect(rows).to_have_count(16)
    assert max(row.bounding_box()["height"] for row in rows.all()) < 40  # type: ignore[index]  # each is seen, and has a box
    rows.nth(2).get_by_role("checkbox").check()
    visited.send([hit(1, "scroll")])
    page.clock.run_for(10_000)
    expect(page.get_by_test_id("destination-ga4")).to_be_visible()
    expect(rows.nth(2).get_by_role("checkbox")).to_be_checked()


PLACES: Final = (
    ("/overview", "[data-testid=fact-configuration] time"),
    ("/deliveries", "[data-testid=dead-row] td[data-label=Received] time"),
    ("/configuration", "h1 + p time"),
)


@pytest.mark.parametrize(("path", "place"), PLACES, ids=[path for path, _ in PLACES])
def test_times_are_the_viewers_and_without_a_script_in_utc_which_is_named(
    visited: Shop, browser: Browser, path: str, place: str
) -> None:
    shown = {}
    for zone, script in (("Asia/Kolkata", True), ("America/New_York", True), ("Asia/Kolkata", False)):
        with browser.new_context(timezone_id=zone, locale="en-GB", java_script_enabled=script) as context:
            page = context.new_page()
            page.goto(visited.url(path))
            time = page.locator(place).first
            if script:
                expect(time).to_have_attribute("title", re.compile(r".+Z\)$"))
            shown[zone, script] = (time.text_content() or "", time.get_attribute("datetime"))
    (kolkata, moment), (new_york, same), (plain, again) = shown.values()
    assert moment == same == again
    assert len({kolkata, new_york, plain}) == 3
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d\.\d{3})? UTC", plain)


def test_times_stay_the_viewers_when_a_page_is_brought_up_to_date(visited: Shop, browser: Browser) -> None:
    with browser.new_context(timezone_id="Asia/Kolkata", locale="en-GB") as context:
        page = context.new_page()
        page.clock.install()
        page.goto(visited.url("/overview"))
        time = page.locator(PLACES[0][1])
        expect(time).not_to_contain_text("UTC")
        before, requests = time.text_content(), tile(page, "requests").inner_text()
        visited.send([hit(1, "scroll")])
        page.clock.run_for(10_000)
        expect(tile(page, "requests")).not_to_have_text(requests, use_inner_text=True)
        assert time.text_content() == before
