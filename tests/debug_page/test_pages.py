"""What holds for every page, in a real Chromium: it is accessible, light, short, quiet and reachable by keyboard, whoever looks.

A page that is in no table makes a test fail, so that none is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Final, Literal

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Response, StorageState, ViewportSize, expect

from tests.debug_page import eyes
from tests.debug_page.first_paint import by_token, first_paint
from tests.debug_page.pages import NO_PAGES, PAGES, TOKEN, Place, admin_routes
from tests.debug_page.refusals import refuse
from tests.debug_page.shop import Shop, shop
from tests.debug_page.steady import steady
from tests.debug_page.traffic import traffic

pytestmark = pytest.mark.process

SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
SCREEN: Final = ViewportSize(width=1440, height=900)
places = pytest.mark.parametrize("name", PAGES)


@dataclass
class Watched:
    """A page in a browser, what its console said, and the documents that came for it."""

    page: Page
    said: list[str] = field(default_factory=list)
    documents: list[Response] = field(default_factory=list)

    def __enter__(self) -> Watched:
        self.page.set_viewport_size(SCREEN)
        self.page.emulate_media(color_scheme="light")
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._failed)
        self.page.on("response", self._came)
        return self

    def __exit__(self, *_: object) -> None:
        self.page.goto("about:blank")
        self.page.remove_listener("console", self._heard)
        self.page.remove_listener("pageerror", self._failed)
        self.page.remove_listener("response", self._came)

    def _failed(self, error: Error) -> None:
        self.said.append(str(error))

    def _heard(self, message: ConsoleMessage) -> None:
        """That a page says by its status that there is nothing is no complaint."""
        if message.location["url"] != self.page.url or self.documents[-1].ok:
            self.said.append(f"{message.type}: {message.text}")

    def _came(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.documents.append(response)


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("pages"), token=TOKEN) as served:
        served.send(traffic())
        refuse(served.server.port)
        served.wait_until_settled()
        yield served


@pytest.fixture(scope="module")
def cookies(open_shop: Shop, browser: Browser) -> StorageState:
    """Of a browser that has signed in, by keyboard."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(open_shop.url("/"))
        expect(page.get_by_label("Token")).to_be_focused()
        page.keyboard.type(TOKEN)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("sign-out")).to_be_visible()
        return context.storage_state()


def a_page(browser: Browser, cookies: StorageState | None, javascript: bool = True) -> Page:
    """Of a browser of somebody who wants nothing to move."""
    return browser.new_page(viewport=SCREEN, reduced_motion="reduce", storage_state=cookies, java_script_enabled=javascript)


@pytest.fixture(scope="module")
def page_for(browser: Browser, cookies: StorageState) -> Callable[[Place, bool], Page]:
    """The page that all places of a kind are looked at in, with JavaScript or without: a new one costs as much as four visits."""
    made = cache(lambda signed_in, javascript: a_page(browser, cookies if signed_in else None, javascript))
    return lambda place, javascript: made(not place.open, javascript)


def test_no_page_is_forgotten() -> None:
    asked = {route.path for route in admin_routes() if "GET" in (route.methods or ())}
    assert asked - {place.route for place in PAGES.values()} - NO_PAGES.keys() == set()
    assert {route.path for route in admin_routes()} >= NO_PAGES.keys()


@pytest.mark.parametrize("route", NO_PAGES)
def test_what_is_said_to_be_no_page_gives_no_html(open_shop: Shop, route: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.stream("GET", open_shop.url(NO_PAGES[route](open_shop)), headers=headers, trust_env=False) as answer:
        assert not answer.headers.get("content-type", "").startswith("text/html")


@places
def test_a_page_is_right_for_everybody(open_shop: Shop, page_for: Callable[[Place, bool], Page], name: str) -> None:
    place, wrong = PAGES[name], dict[str, list[str]]()
    with Watched(page_for(place, True)) as seen:
        place.visit(seen.page, open_shop)
        assert seen.documents[-1].status == place.status
        wrong["size"] = eyes.short(seen.page) + eyes.light(len(seen.documents[-1].body()))
        wrong["keyboard"] = eyes.reachable(seen.page)
        wrong["motion"] = eyes.still(seen.page)
        for scheme, width in product(SCHEMES, (1440, 390)):
            seen.page.emulate_media(color_scheme=scheme)
            seen.page.set_viewport_size({"width": width, "height": 900})
            looked = eyes.accessible(seen.page) if scheme == "light" else eyes.readable(seen.page)
            wrong[f"{scheme}, {width}"] = eyes.fits(seen.page) + looked
        wrong["console"] = seen.said
    assert {where: found for where, found in wrong.items() if found} == {}


@places
def test_a_page_says_what_it_has_to_without_javascript(
    open_shop: Shop, page_for: Callable[[Place, bool], Page], name: str
) -> None:
    page = page_for(PAGES[name], False)
    PAGES[name].visit(page, open_shop)
    assert len(page.get_by_role("main").inner_text()) > 40


@pytest.mark.parametrize("name", ["live", "visitor"])
def test_moments_of_another_day_are_told_with_their_day(
    open_shop: Shop, browser: Browser, cookies: StorageState, name: str
) -> None:
    with a_page(browser, cookies) as page:
        page.clock.set_fixed_time("2031-03-30T12:00:00Z")
        PAGES[name].visit(page, open_shop)
        expect(page.locator("time").first).to_contain_text(re.compile("[A-Z][a-z]+"))
        page.evaluate("for (const time of document.querySelectorAll('time')) time.textContent = '30 Sept, 22:58'")
        assert eyes.uncut(page) == []


PAINTED_WITHIN: Final = 300
"""Milliseconds under load."""
YARDSTICK: Final = 50
"""Milliseconds that the sign-in page takes on a machine with nothing else to do; where it takes longer now, all may."""
VISITS: Final = 40
"""Of which the best counts: what else runs on the machine makes a visit slower, and none faster."""


def test_each_page_is_painted_while_hits_come(open_shop: Shop, browser: Browser) -> None:
    page = by_token(browser)

    def is_quick(place: Place) -> bool:
        busy = max(1.0, first_paint(page, open_shop, PAGES["login"]) / YARDSTICK)
        return first_paint(page, open_shop, place) <= PAINTED_WITHIN * busy

    with steady(open_shop):
        slow = [name for name, place in PAGES.items() if not any(is_quick(place) for _ in range(VISITS))]
    page.close()
    assert slow == []
