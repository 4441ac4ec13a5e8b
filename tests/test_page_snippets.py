"""What the pages have people put into a website, in a real Chromium: it runs, and tells gtag what the text around it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.block_runners import run_by
from tests.chromium import chromium
from tests.documentation import Block

SITE = "https://www.example.com/"
OTHERS = "for (const name of ['fbq', 'lintrk', 'pintrk', 'rdt', 'snaptr', 'twq']) window[name] = () => told.push(name);"
"""The vendors' own scripts, which are on the page already where such a snippet is put in."""
BEFORE = f"""
  window.told = []; window.dataLayer = []; {OTHERS}
  window.ttq = {{track: () => told.push('ttq')}};
  window.gtag = function () {{ dataLayer.push(arguments); }};
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        opened = browser.new_page()
        opened.route("**/*", answer)
        yield opened


def answer(route: Route) -> None:
    """An empty page of the site, and of any other host an empty script."""
    kind = "text/html" if route.request.url == SITE else "text/javascript"
    route.fulfill(status=200, content_type=kind, body="<!doctype html>" if kind == "text/html" else "")


def said(page: Page, snippet: str) -> list[list[Any]]:
    """All that gtag is told by the snippet. Fails where a script of it does."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(SITE)
    page.set_content(f"<script>{BEFORE}</script>{snippet}", wait_until="load")
    assert wrong == []
    told: list[list[Any]] = page.evaluate(
        "Array.from(dataLayer, (said) => Array.from(said, (each) => each instanceof Date || each))"
    )
    return told


@pytest.mark.parametrize("block", run_by("test_it_runs_in_a_browser_and_tells_gtag"), ids=str)
def test_it_runs_in_a_browser_and_tells_gtag(page: Page, block: Block) -> None:
    told = said(page, block.text)
    assert told
    for command, *rest in told:
        assert command in {"js", "config", "consent", "event"}
        if command == "config":
            assert rest == ["G-ABC1234567", {"server_container_url": "https://data.example.com"}]
        if command == "event":
            assert rest[1].get("event_id") or rest[1].get("transaction_id"), "by which the two events are known to be one"
