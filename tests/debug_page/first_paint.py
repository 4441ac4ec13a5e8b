"""How long it takes until something of a page is seen while hits come; ``python -m tests.debug_page.first_paint`` tells it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from tests.chromium import chromium
from tests.debug_page.pages import PAGES, TOKEN, Place
from tests.debug_page.shop import Shop, shop
from tests.debug_page.steady import steady
from tests.debug_page.traffic import traffic

PAINTED = """() => new Promise(told => new PerformanceObserver(seen => seen.getEntriesByName("first-contentful-paint")
    .forEach(paint => told(paint.startTime))).observe({type: "paint", buffered: true}))"""
"""Milliseconds from the click on a link until the first text or picture stands on the screen."""


def first_paint(page: Page, shop: Shop, place: Place) -> float:
    """Milliseconds until something is seen of a page."""
    page.goto(shop.url(place.path(shop)))
    milliseconds: float = page.evaluate(PAINTED)
    return milliseconds


def by_token(browser: Browser) -> Page:
    """A page that gives the token with each request."""
    return browser.new_page(extra_http_headers={"Authorization": f"Bearer {TOKEN}"}, viewport={"width": 1440, "height": 900})


def main(times: int = 9) -> None:
    """Prints the median of so many visits for each page, after 500 requests and under 200 hits a second."""
    with tempfile.TemporaryDirectory() as folder, shop(Path(folder), token=TOKEN) as there, chromium() as browser:
        there.send(traffic(500))
        there.wait_until_settled()
        page = by_token(browser)
        with steady(there):
            for name, place in PAGES.items():
                visits = sorted(first_paint(page, there, place) for _ in range(times))
                print(f"{name:<14}{median(visits):5.0f} ms, {visits[0]:.0f} to {visits[-1]:.0f}", flush=True)


if __name__ == "__main__":
    main()
