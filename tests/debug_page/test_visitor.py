"""Somebody debugs with his own browser among many others, and follows one visitor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.debug_page.desk import Desk, desk
from tests.server.process.harness import HIT

pytestmark = pytest.mark.process

MINE, OTHER = "1307714608.1760043792", "999.888"


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("visitor"), workers=2) as made:
        yield made


@pytest.fixture
def phone(at: Desk) -> Iterator[Page]:
    """The browser to debug with, which is another one than that of the debug page."""
    context = at.browser.new_context()
    yield context.new_page()
    context.close()


def by_keyboard(page: Page, text: str) -> None:
    """Goes on by Tab until what has the focus has this name, then presses Enter."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if text in (page.evaluate("document.activeElement.textContent") or "").strip():
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no Tab leads to {text!r}")


def sends(phone: Page, id: str) -> None:
    """A hit as the page of the container's own host sends it."""
    target = HIT.format(id=id).replace("en=page_view", f"en={id}")
    assert (
        phone.evaluate("url => fetch(url, {method: 'POST', credentials: 'include'}).then(reply => reply.status)", target) == 204
    )


def test_only_the_browser_that_opened_the_link_is_shown(at: Desk, phone: Page) -> None:
    at.page.goto(at.url("/"))
    by_keyboard(at.page, "Only my browser")
    at.page.get_by_label("Public address").fill(f"http://127.0.0.1:{at.server.port}")
    at.page.keyboard.press("Enter")
    link = at.page.get_by_test_id("link").get_attribute("href") or ""
    assert link.startswith(f"http://127.0.0.1:{at.server.port}/tagyard-debug/")
    phone.goto(link)
    expect(phone.get_by_role("heading")).to_have_text("This browser is marked")
    phone.goto(f"http://127.0.0.1:{at.server.port}/robots.txt")  # a page that may send hits
    by_keyboard(at.page, "Show it alone")
    expect(at.page.get_by_test_id("connection")).to_have_text("live")
    sends(phone, "mine_first")
    for number in range(5):
        at.hit(en=f"other_{number}", cid=OTHER)
    sends(phone, "mine_last")
    rows = at.page.get_by_test_id("request-row")
    expect(rows.filter(has_text="mine_last")).to_be_visible()
    expect(rows.filter(has_text="mine_first")).to_be_visible()
    expect(rows).to_have_count(2)
    at.page.goto(at.url("/browser"))
    expect(at.page.get_by_test_id("browser").first).to_contain_text("2")


def test_the_button_on_the_phone_ends_it(at: Desk, phone: Page) -> None:
    at.page.goto(at.url("/browser"))
    at.page.get_by_label("Public address").fill(f"http://127.0.0.1:{at.server.port}")
    at.page.get_by_test_id("make").click()
    phone.goto(at.page.get_by_test_id("link").get_attribute("href") or "")
    assert [cookie.get("name") for cookie in phone.context.cookies()] == ["tagyard_debug"]
    by_keyboard(phone, "Stop")
    expect(phone.get_by_role("heading")).to_have_text("This browser is no longer marked")
    assert phone.context.cookies() == []


def test_a_previews_header_is_a_browser_of_its_own(at: Desk) -> None:
    value = "ZW52LTd8S3FMdWxMMUE2TUFmT3RlRlhp"
    at.page.goto(at.url("/browser"))
    at.page.get_by_label("Value of X-Gtm-Server-Preview").fill(value)
    at.page.keyboard.press("Enter")
    expect(at.page.get_by_test_id("connection")).to_have_text("live")
    at.hit(en="not_previewed")
    at.send(HIT.format(id="p").replace("en=page_view", "en=previewed"), headers={"X-Gtm-Server-Preview": value})
    rows = at.page.get_by_test_id("request-row")
    expect(rows.filter(has_text="previewed")).to_be_visible()
    expect(rows).to_have_count(1)
    assert value not in at.page.content() + at.page.url


def test_a_visitor_is_followed_by_keyboard(at: Desk) -> None:
    his = {"cid": "4711.42", "sid": "1764340309", "sct": "5", "dt": "Red shoes"}
    at.hit(**his, dl="https://shop.example/shoes", gcs="G100")
    at.hit(**his, en="purchase", dl="https://shop.example/pay", gcs="G111", uid="user-0815", **{"epn.value": "12", "cu": "EUR"})
    at.hit(**{**his, "sid": "1764349999", "sct": "6"}, en="later", dl="https://shop.example/")
    at.page.goto(at.url("/visitors"))
    at.page.get_by_label("Client id").focus()
    at.page.keyboard.type("4711.42")
    at.page.keyboard.press("Enter")
    expect(at.page.get_by_test_id("client-id")).to_have_text("4711.42")
    expect(at.page.get_by_test_id("facts")).to_contain_text("3 events on 3 pages in 2 sessions")
    sessions = at.page.get_by_test_id("session")
    expect(sessions.nth(0)).to_contain_text("later")
    by_keyboard(at.page, "Session 5")
    bought = sessions.nth(1).get_by_test_id("event").filter(has_text="purchase")
    expect(bought).to_contain_text("12 EUR")
    expect(sessions.nth(1).get_by_test_id("consent")).to_have_text(
        ["Consent denied: ad_storage, analytics_storage", "Consent granted: ad_storage, analytics_storage"]
    )
    expect(at.page.get_by_test_id("memory")).to_contain_text("memory alone")
    assert "user-0815" not in at.page.content()
    bought.get_by_role("link").press("Enter")
    expect(at.page.locator("main")).to_contain_text("purchase")
    assert "/requests/" in at.page.url


def test_times_are_the_viewers(at: Desk) -> None:
    at.hit(cid="7.7")
    shown = {}
    for zone in ("Asia/Tokyo", "America/New_York"):
        context = at.browser.new_context(timezone_id=zone, locale="en-GB")
        page = context.new_page()
        page.goto(at.url("/visitors/7.7"))
        expect(page.get_by_test_id("facts")).to_contain_text("without a session")
        time = page.get_by_test_id("event").first.locator("time")
        shown[zone] = (time.text_content() or "", time.get_attribute("datetime"))
        context.close()
    (tokyo, moment), (new_york, same) = shown.values()
    assert moment == same
    assert (int(tokyo[:2]) - int(new_york[:2])) % 24 in (13, 14)


def test_a_visitor_whom_somebody_made_up_harms_nobody(at: Desk) -> None:
    for client_id in ("<script>alert(1)</script>", "\u202eevil\u0007", "a/../b?c#d", "..", "x" * 3000):
        at.hit(cid=client_id, en="<b>made up</b>", dt="<img src=x onerror=alert(1)>", dl="javascript:alert(1)")
    at.page.goto(at.url("/visitors"))
    expect(at.page.get_by_test_id("visitor").filter(has_text="<script>")).to_be_visible()
    at.page.get_by_role("link", name="<script>alert(1)</script>").click()
    expect(at.page.get_by_test_id("event")).to_contain_text("<b>made up</b>")
    assert at.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    at.page.goto(at.url("/visitors?client_id=.."))
    expect(at.page.get_by_test_id("event")).to_have_count(1)
