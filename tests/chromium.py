"""A real Chromium for tests: the one that has no windows where there is one, as it takes half of the time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, expect, sync_playwright

from tests.waiting import PATIENCE

NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM: Final = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--no-proxy-server",
)

expect.set_options(timeout=PATIENCE * 1000)


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Started with these flags besides, and gone at the end."""
    assert CHROMIUM, "this test needs Chromium; on Debian: apt-get install chromium-headless-shell, or chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield browser
        browser.close()
