"""The shop and a browser, each started once for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import chromium
from tests.debug_page.shop import Shop, shop
from tests.debug_page.traffic import traffic


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop, to which nothing was sent yet."""
    with shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(scope="module")
def visited(served: Shop) -> Shop:
    """The same after 150 requests, whose deliveries are where they go."""
    served.send(traffic())
    served.wait_until_settled()
    return served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """In a browser that was never here."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        yield context.new_page()
