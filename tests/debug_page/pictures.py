"""Takes the pictures of the debug page that the documentation shows: ``make pictures``.

The shop, its visitors, its ports and its clock are the same each time, so that a picture changes where its page did.
"""

from __future__ import annotations

import base64
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from math import sin
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.chromium import chromium
from tests.debug_page.pages import PAGES
from tests.debug_page.past import Past
from tests.debug_page.refusals import refuse
from tests.debug_page.shop import Shop, shop
from tests.debug_page.traffic import odd, purchase, traffic, visits
from tests.documentation import ROOT

FOLDER: Final = ROOT / "docs" / "pictures"
LARGEST: Final = 150_000
"""Bytes of a picture."""
MINUTES: Final = 58
QUALITY: Final = 82


CHANGED: Final = {"event.value > 100": "event.value > 150", "{{ event.page_hostname }}": "{{ event.page_hostname | upper }}"}


@dataclass(frozen=True)
class Picture:
    """How the page of this name in the table of pages is seen."""

    page: str
    width: int = 1440
    height: int = 900
    scheme: Literal["light", "dark"] = "light"


IN_FULL: Final = (
    *("overview", "live", "refused", "browser", "visitors", "visitor"),
    *(
        "request",
        "request-tag",
        "request-data",
        "request-variables",
        "request-request",
        "request-consent",
        "again",
        "send-question",
    ),
    *("deliveries", "dead-letter", "drop", "try", "scripts", "configuration", "editor", "reference", "component"),
)
PICTURES: Final[Mapping[str, Picture]] = {
    **{name: Picture(name) for name in IN_FULL},
    "login": Picture("login", 720, 450),
    "live-dark": Picture("live", scheme="dark"),
    "live-phone": Picture("live", 390, 844),
}


def _nothing(_: Page) -> None:
    """The page is seen as it is opened."""


def _edited(page: Page) -> None:
    """Somebody writes, and asks what that would send differently."""
    draft = page.get_by_test_id("draft")
    draft.fill(draft.input_value().replace("event.value > 150", "event.value > 90"))
    page.get_by_test_id("diff").click()
    expect(page.get_by_test_id("diff-large")).to_be_visible(timeout=20_000)


ACTS: Final[Mapping[str, Callable[[Page], None]]] = {"editor": _edited}
"""What somebody does on a page before its picture is taken."""


@contextmanager
def an_hour_of_the_shop() -> Iterator[tuple[Shop, Past]]:
    """The shop and its clock after an hour with more visitors, then fewer; the last thing that came is a purchase."""
    folder = Path(tempfile.gettempdir()) / "shop"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    past = Past(folder / "clock")
    with shop(folder, ports=count(18_080), env=past.environment()) as there:
        there.send(traffic(60))
        refuse(there.server.port)
        for minute in range(MINUTES):
            past.goes_on()
            if minute == MINUTES - 9:
                there.send(odd())
            there.send(visits(round(9 + 6 * sin(minute / 7)), minute, 3000 + 100 * minute))
            there.wait_until_settled()
        there.send([purchase(3, "T-9001", 128.5)])
        there.wait_until_settled()
        change(there)
        yield there, past


def change(there: Shop) -> None:
    """The file becomes another and is loaded, so that what happened then would be different now."""
    path = there.server.config
    text = path.read_text()
    for before, after in CHANGED.items():
        assert before in text
        text = text.replace(before, after)
    path.write_text(text)
    there.server.process.send_signal(signal.SIGHUP)
    there.server.logged("configuration reloaded")


def taken(page: Page, quality: int = QUALITY) -> bytes:
    """What the window shows, as WebP."""
    options = {"format": "webp", "quality": quality}
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", options)
    return base64.b64decode(shot["data"])


def seen(browser: Browser, there: Shop, now: datetime, picture: Picture) -> bytes:
    """The picture, by a browser that was never here and has the shop's time."""
    screen = ViewportSize(width=picture.width, height=picture.height)
    with browser.new_context(
        viewport=screen, color_scheme=picture.scheme, reduced_motion="reduce", timezone_id="Europe/Berlin", locale="en-GB"
    ) as context:
        page = context.new_page()
        page.clock.set_fixed_time(now)
        PAGES[picture.page].visit(page, there)
        ACTS.get(picture.page, _nothing)(page)
        page.evaluate("document.activeElement.blur()")
        page.wait_for_load_state("load")
        return taken(page)


def main() -> None:
    """All of them; those that are there and no longer known are removed."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.webp"):
        path.unlink()
    with an_hour_of_the_shop() as (there, past), chromium() as browser:
        for name, picture in PICTURES.items():
            image = seen(browser, there, past.now, picture)
            assert len(image) <= LARGEST, f"{name} has {len(image)} bytes"
            (FOLDER / f"{name}.webp").write_bytes(image)
            print(f"{name:<16}{len(image):>8} bytes")


if __name__ == "__main__":
    main()
