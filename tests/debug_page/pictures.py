"""Takes the pictures of the debug page that the documentation shows: ``make pictures``.

The shop, its visitors, its ports and its clock are the same each time, so that a picture changes where its page did.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from math import sin
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, ViewportSize

from tests.chromium import chromium
from tests.debug_page.pages import PAGES
from tests.debug_page.past import Past
from tests.debug_page.refusals import refuse
from tests.debug_page.shop import Shop, shop
from tests.debug_page.traffic import purchase, traffic, visits
from tests.documentation import ROOT

FOLDER: Final = ROOT / "docs" / "pictures"
LARGEST: Final = 150_000
"""Bytes of a picture."""
MINUTES: Final = 58
QUALITY: Final = 82


@dataclass(frozen=True)
class Picture:
    """How the page of this name in the table of pages is seen."""

    page: str
    width: int = 1440
    height: int = 900
    scheme: Literal["light", "dark"] = "light"


PICTURES: Final[Mapping[str, Picture]] = {
    **{name: Picture(name) for name in PAGES if name not in ("login", "not-found")},
    "login": Picture("login", 720, 450),
    "live-dark": Picture("live", scheme="dark"),
    "live-phone": Picture("live", 390, 844),
    "request-phone": Picture("request", 390, 844),
}


@contextmanager
def an_hour_of_the_shop() -> Iterator[Shop]:
    """The shop after an hour with more visitors, then fewer; the last thing that came is a purchase."""
    folder = Path(tempfile.gettempdir()) / "shop"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    past = Past(folder / "clock")
    with shop(folder, ports=count(18_080), env=past.environment()) as there:
        there.send(traffic(60))
        refuse(there.server.port)
        for minute in range(MINUTES):
            past.goes_on()
            there.send(visits(round(9 + 6 * sin(minute / 7)), minute, 3000 + 100 * minute))
            there.wait_until_settled()
        there.send([purchase(3, "T-9001", 128.5)])
        there.wait_until_settled()
        yield there


def taken(page: Page, quality: int = QUALITY) -> bytes:
    """What the window shows, as WebP."""
    options = {"format": "webp", "quality": quality}
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", options)
    return base64.b64decode(shot["data"])


def seen(browser: Browser, there: Shop, picture: Picture) -> bytes:
    """The picture, by a browser that was never here."""
    screen = ViewportSize(width=picture.width, height=picture.height)
    with browser.new_context(
        viewport=screen, color_scheme=picture.scheme, reduced_motion="reduce", timezone_id="Europe/Berlin", locale="en-GB"
    ) as context:
        page = context.new_page()
        PAGES[picture.page].visit(page, there)
        page.evaluate("document.activeElement.blur()")
        page.wait_for_load_state("load")
        return taken(page)


def main() -> None:
    """All of them; those that are there and no longer known are removed."""
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.webp"):
        path.unlink()
    with an_hour_of_the_shop() as there, chromium() as browser:
        for name, picture in PICTURES.items():
            image = seen(browser, there, picture)
            assert len(image) <= LARGEST, f"{name} has {len(image)} bytes"
            (FOLDER / f"{name}.webp").write_bytes(image)
            print(f"{name:<16}{len(image):>8} bytes")


if __name__ == "__main__":
    main()
