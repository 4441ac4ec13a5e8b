"""The quickstart in a real Chromium: every button and every transport of the demo shop becomes an outgoing request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium
from tests.ports import free_port
from tests.server.process.harness import ROOT, Tagyard

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tagyard]:
    config = tmp_path_factory.mktemp("quickstart") / "quickstart.yaml"
    config.write_text((ROOT / "config" / "examples" / "quickstart.yaml").read_text())
    admin = free_port()
    shop = Tagyard(config, options=("--dry-run", "--verbose"), env={"DEBUG_PAGE": f"http://localhost:{admin}/"}, admin=admin)
    with shop as tagyard:
        yield tagyard


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(quickstart: Tagyard, browser: Browser) -> Iterator[Page]:
    """In a browser that was never here."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{quickstart.port}/")
        yield page


def printed(log: Path, start: int, *words: str) -> str:
    """What the server has printed since, once all of these words are in it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        text = log.read_text()[start:]
        if all(word in text for word in words):
            return text
        time.sleep(0.05)
    raise AssertionError(f"{words} not in:\n{log.read_text()[start:]}")


@pytest.mark.parametrize("transport", ["fetch", "xhr", "beacon", "image"])
def test_each_transport_becomes_an_outgoing_request(quickstart: Tagyard, page: Page, transport: str) -> None:
    start = len(quickstart.log.read_text())
    page.check(f"input[name=transport][value={transport}]", force=True)
    page.click("#page_view")
    shown = printed(quickstart.log, start, "page_view", "https://www.google-analytics.com/g/collect")
    assert "G-DEMO000001" in shown
    page.wait_for_selector("#hits li")
    assert transport in page.inner_text("#hits li")


def test_a_purchase_becomes_a_hit_and_a_line(quickstart: Tagyard, page: Page) -> None:
    start = len(quickstart.log.read_text())
    page.check("input[name=consent][value=granted]", force=True)
    page.click("#shop button >> nth=1")
    page.click("#purchase")
    shown = printed(quickstart.log, start, "add_to_cart", "G111", '"event_name":"purchase"', "pr1")
    assert "Linen bag ~~ natural" in shown
    assert '"shop":"127.0.0.1"' in shown


def test_a_batch_becomes_one_request(quickstart: Tagyard, page: Page) -> None:
    start = len(quickstart.log.read_text())
    page.click("#batch")
    assert printed(quickstart.log, start, "─ event").count("─ event") == 3


@pytest.mark.parametrize("transport", ["fetch", "xhr", "beacon", "image"])
def test_each_hit_leads_to_its_page_of_the_debug_page(quickstart: Tagyard, page: Page, transport: str) -> None:
    page.check(f"input[name=transport][value={transport}]", force=True)
    start = len(quickstart.log.read_text())
    page.click("#page_view")
    page.click("#shop button >> nth=0")
    line = next(each for each in printed(quickstart.log, start, "add_to_cart 14.5 EUR").splitlines() if "add_to_cart" in each)
    id = line.partition("/r/")[2].split()[0]
    with page.expect_popup() as popup:
        page.get_by_role("link", name="What became of add_to_cart, on the debug page").press("Enter")
    popup.value.wait_for_url(f"http://localhost:{quickstart.admin}/requests/0/{id}")
    expect(popup.value.locator("main")).to_contain_text("add_to_cart")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="What became of page_view, on the debug page").click()
    popup.value.wait_for_url("**/requests/0/*")
    expect(popup.value.locator("main")).to_contain_text("page_view")
    popup.value.goto(f"http://localhost:{quickstart.admin}/r?_p=none")
    expect(popup.value.locator("main")).to_contain_text("no longer remembered")


def test_the_console_stays_empty(quickstart: Tagyard, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.reload()
    page.click("#page_view")
    page.wait_for_selector("#hits li")
    assert quickstart.process.poll() is None
    assert said == []
