"""The page of a request in a real Chromium: its tabs, its events and its tags, by keyboard, by address, and without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from server.explain.curl import read_curl
from server.inspection.view import TABS
from tests.debug_page.eyes import light, short
from tests.debug_page.shop import Shop
from tests.debug_page.traffic import API, JSON, Sent, hit, purchase, traffic

pytestmark = pytest.mark.process

ODD = "'\"<&>" * 16
EVENTS = [
    {"name": "purchase" if at % 5 == 4 else f"step_{at + 1}", "params": {"value": at * 10, "currency": "EUR", "odd": ODD}}
    for at in range(25)
]
BATCH = Sent("POST", f"{API}mp-secret", JSON, json.dumps({"client_id": "1307714601.1760043001", "events": EVENTS}).encode())


def large() -> Sent:
    """A hit of 64 kB that is mostly what HTML has to escape."""
    plain = hit(4, "wide", "/" + "x" * 300)
    body = b"en=large&" + b"&".join(f"ep.p{at}={ODD.replace('&', '%26')}{at}".encode() for at in range(600))
    return Sent("POST", plain.target.replace("&en=wide", ""), plain.headers, body[: 64 << 10])


@pytest.fixture(scope="module")
def shop(served: Shop) -> Shop:
    served.send([*traffic(12), hit(5, "page_view", "/bags"), purchase(4, "T-7", 36.5, "G100"), BATCH, large()])
    served.wait_until_settled()
    return served


@pytest.fixture
def bought(shop: Shop, page: Page) -> Page:
    """The page of an order of 36.5 EUR by somebody who refused consent."""
    page.goto(shop.url(order(shop)))
    return page


def order(shop: Shop) -> str:
    """Its path."""
    lines = [line for line in shop.requests() if line["events"] == ["purchase"]]
    return f"/requests/{lines[0]['worker']}/{lines[0]['id']}"


@pytest.fixture
def scriptless(browser: Browser) -> Iterator[Page]:
    with browser.new_context(java_script_enabled=False) as context:
        yield context.new_page()


def current(page: Page) -> str:
    return page.locator(".tab[aria-current]").inner_text()


def test_the_first_screen_says_what_happened_and_why(bought: Page) -> None:
    expect(bought.get_by_test_id("summary")).to_have_text("Claimed by web; 1 event; 3 of 7 tags fired.")
    expect(bought.get_by_test_id("event")).to_contain_text("purchase https://shop.example/checkout 36.5 EUR T-7")
    said = {
        "ga4": "ga4 delivered fired: trigger all HTTP 204",
        "meta": "meta consent consent ad_storage is denied",
        "klaviyo": "klaviyo paused the tag is paused",
        "orders": "orders http_request given up fired: trigger purchases HTTP 400 after",
        "large": "large http_request trigger no trigger matched (large_orders) event.value > 100: event.value is 36.5",
    }
    for tag, words in said.items():
        expect(bought.get_by_test_id(f"tag-{tag}")).to_contain_text(words)
    expect(bought.get_by_test_id("tag-orders").get_by_test_id("answer")).to_contain_text('{"error": "unknown article"')
    assert bought.locator(".tag").count() == 7
    box = bought.locator(".tag").last.bounding_box()
    assert box
    assert box["y"] + box["height"] <= 900


def test_tabs_are_gone_through_by_arrow_keys_and_back_leads_back(bought: Page) -> None:
    bought.get_by_role("link", name="Tags").focus()
    for _, words in zip(TABS[1:], ("Event data", "Variables", "Request", "Consent", "Reply", "Keep as test"), strict=True):
        bought.keyboard.press("ArrowRight")
        bought.keyboard.press("Enter")
        expect(bought.locator(".tab[aria-current]")).to_contain_text(words)
        expect(bought.locator(".tab[aria-current]")).to_be_focused()
    expect(bought).to_have_url(re.compile("tab=test"))
    bought.go_back()
    expect(bought.get_by_test_id("panel-reply")).to_be_visible()
    expect(bought).to_have_url(re.compile("tab=reply"))
    bought.reload()
    expect(bought.get_by_test_id("panel-reply")).to_be_visible()


def test_a_tag_is_opened_in_its_place_by_keyboard_and_has_an_address(shop: Shop, bought: Page, scriptless: Page) -> None:
    orders = bought.get_by_test_id("tag-orders")
    orders.get_by_role("link").focus()
    bought.keyboard.press("Enter")
    expect(orders.get_by_test_id("outgoing")).to_contain_text("/orders")
    expect(orders.get_by_test_id("attempt")).to_contain_text("unknown article")
    expect(orders.get_by_test_id("change").filter(has_text="email")).to_contain_text("removed")
    expect(orders.get_by_test_id("send-this-once-more")).to_have_attribute("href", f"{order(shop)}/send?tag=orders&event=1")
    expect(orders.get_by_role("link").first).to_be_focused()
    expect(bought).to_have_url(re.compile("tag=orders"))
    scriptless.goto(bought.url)
    expect(scriptless.get_by_test_id("tag-orders").get_by_test_id("change").first).to_be_visible()
    bought.keyboard.press("Enter")
    expect(orders.get_by_test_id("outgoing")).to_have_count(0)
    expect(bought).not_to_have_url(re.compile("tag="))
    assert "canary" not in shop.text(f"{order(shop)}?tag=orders")


def test_event_data_is_searched_and_copied(bought: Page) -> None:
    bought.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bought.get_by_role("link", name="Event data").click()
    keys = bought.get_by_test_id("event-data").locator("tr th")
    expect(keys.first).to_have_text("event_name")
    told = keys.all_inner_texts()
    assert told[:6] == ["event_name", "page_location", "page_title", "value", "currency", "transaction_id"]
    assert told.index("items[1].price") < told.index("x-ga-gcs")
    bought.get_by_role("searchbox").fill("walker items")
    expect(keys.filter(visible=True)).to_have_text(["items[0].item_name"])
    bought.get_by_role("searchbox").fill("")
    bought.get_by_role("link", name="Copy as JSON").click()
    expect(bought.get_by_role("link", name="Copied")).to_be_visible()
    copied = json.loads(bought.evaluate("navigator.clipboard.readText()"))
    assert (copied["transaction_id"], copied["value"], copied["email"]) == ("T-7", 36.5, "•••")
    expect(bought.get_by_role("link", name="Copy as JSON")).to_be_visible()


def test_without_a_clipboard_a_request_is_copied_the_old_way(shop: Shop, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(shop.url(f"{order(shop)}?tab=request"))
    page.get_by_role("link", name="Copy as curl").click()
    expect(page.get_by_role("link", name="Copied")).to_be_visible()
    other = page.context.new_page()
    other.goto(shop.url("/scripts"))
    (again,) = read_curl(other.evaluate("navigator.clipboard.readText()"), "copied")
    assert (again.method, "ep.transaction_id=T-7" in again.url, "example.com" in again.url) == ("POST", True, False)


def test_every_variable_is_there_and_says_why_it_has_no_value(shop: Shop, page: Page) -> None:
    page.goto(shop.url(f"{shop.page_of('page_view')}?tab=variables"))
    expect(page.get_by_test_id("variable-is_customer")).to_contain_text("false boolean expression {{ event.user_id is defined }}")
    expect(page.get_by_test_id("variable-margin")).to_contain_text("undefined event.items has no value")
    expect(page.get_by_test_id("variable-margin")).to_contain_text("transformations.shop_name")
    expect(page.get_by_test_id("variable-plan")).to_contain_text("unused")
    page.get_by_role("searchbox").fill("lookup")
    expect(page.locator("[data-row]:not([hidden])")).to_have_count(1)


def test_consent_is_told_in_words(bought: Page) -> None:
    bought.get_by_role("link", name="Consent", exact=True).click()
    expect(bought.get_by_test_id("said-gcs")).to_contain_text("ad_storage is denied")
    expect(bought.get_by_test_id("said-gcd")).to_contain_text("by the page’s default; the visitor has not chosen")
    expect(bought.get_by_test_id("consent-ad_storage")).to_contain_text("not asked, since the hit says it")
    expect(bought.get_by_test_id("consent-of-meta")).to_contain_text("asks for ad_storage denied which does not suffice")
    expect(bought.get_by_test_id("consent-of-ga4")).to_contain_text("asks for none")
    expect(bought.get_by_test_id("no-gpc")).to_be_visible()


def test_one_of_many_events_is_chosen_by_keyboard_and_the_tabs_speak_of_it(shop: Shop, page: Page) -> None:
    page.goto(shop.url(shop.page_of("step_1")))
    events = page.get_by_role("navigation", name="Events of this request")
    expect(events.get_by_role("link")).to_have_count(25)
    events.get_by_role("link").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("event")).to_have_text("purchase 40 EUR")
    expect(events.locator("[aria-current]")).to_be_focused()
    expect(page.get_by_test_id("tag-large")).to_contain_text("event.value is 40")
    page.get_by_role("link", name="Event data").click()
    expect(page.get_by_test_id("panel-data").get_by_test_id("event")).to_have_text("purchase 40 EUR")
    events.get_by_role("link").nth(24).click()
    expect(page.get_by_test_id("panel-data").get_by_test_id("event")).to_have_text("purchase 240 EUR")
    expect(page).to_have_url(re.compile("event=25&tab=data"))


def test_everything_is_reached_without_scripts(shop: Shop, scriptless: Page) -> None:
    scriptless.goto(shop.url(shop.page_of("step_1")))
    scriptless.get_by_role("link", name="step_3").click()
    expect(scriptless.get_by_test_id("event")).to_have_text("step_3 20 EUR")
    for words, there in (("Event data", "event-data"), ("Variables", "variables"), ("Request", "clients"), ("Reply", "reply")):
        scriptless.locator(".tab", has_text=words).click()
        expect(scriptless.get_by_test_id(there)).to_be_visible()
    scriptless.get_by_role("link", name="Keep as test").click()
    expect(scriptless.get_by_test_id("kept-test")).to_contain_text("step_3")


def test_what_is_revealed_stays_so_from_tab_to_tab(shop: Shop, bought: Page) -> None:
    bought.get_by_test_id("reveal").click()
    expect(bought.get_by_test_id("revealed")).to_be_visible()
    bought.get_by_role("button", name="Event data").click()
    expect(bought.get_by_test_id("event-data")).to_contain_text("visitor4@example.com")
    bought.get_by_test_id("mask").click()
    expect(bought.get_by_test_id("event-data")).not_to_contain_text("visitor4@example.com")
    assert "tab=data" in bought.url
    assert "visitor4@example.com" not in shop.text(f"{order(shop)}?tab=data&text=event")


def test_what_is_tried_has_the_same_tabs_and_one_result_at_a_time(shop: Shop, page: Page) -> None:
    page.goto(shop.url("/try"))
    page.locator("textarea[name=text]").fill(f"{purchase(4, 'T-8', 500).target}\n/nowhere")
    page.get_by_test_id("try").click()
    first, second = page.get_by_test_id("result").all()
    first.locator(".tab", has_text="Event data").click()
    expect(first.get_by_test_id("event-data")).to_contain_text("T-8")
    second.get_by_role("button", name="Show").click()
    expect(second.get_by_test_id("clients")).to_contain_text("the path is not /g/collect")
    expect(first.get_by_test_id("event-data")).to_have_count(0)


def test_one_goes_from_request_to_request_of_the_same_visitor(shop: Shop, bought: Page) -> None:
    visitor = bought.get_by_test_id("visitor").inner_text()
    bought.get_by_test_id("later").click()
    expect(bought.get_by_test_id("event")).to_contain_text("large")
    expect(bought.get_by_test_id("visitor")).to_have_text(visitor)
    bought.get_by_test_id("earlier").click()
    expect(bought).to_have_url(shop.url(order(shop)))


@pytest.mark.parametrize("event", ["step_1", "large", "purchase", "page_view"])
def test_no_page_of_a_request_is_long_or_heavy(shop: Shop, page: Page, event: str) -> None:
    path = shop.page_of(event)
    views = [*(f"tab={tab}" for tab in TABS), *(f"tag={tag}" for tag in ("ga4", "meta", "orders", "matomo"))]
    assert {view: found for view in views if (found := light(len(shop.text(f"{path}?event=5&{view}").encode())))} == {}
    for view in views[: len(TABS)]:
        page.goto(shop.url(f"{path}?{view}"))
        assert short(page) == [], view
    assert httpx.get(shop.url(f"{path}?text=body"), trust_env=False).headers["content-type"].startswith("text/plain")
