"""Who looks at the pages sees a fault that is planted, and has nothing against a page without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.debug_page import eyes

GOOD = """<!doctype html><html lang="en"><title>Good</title><style>@media (prefers-reduced-motion: no-preference) { a
{ transition: color 1s } } .drawn input { position: absolute; opacity: 0 } .drawn input:focus-visible + span
{ outline: 2px solid }</style><main><h1>Good</h1><p><a href="/x">a link</a> <button>a button</button>
<details><summary>more</summary><button>folded</button></details></p>
<div class="drawn"><label><input type="radio" name="r" checked><span>one</span></label>
<label><input type="radio" name="r"><span>two</span></label></div>
<div role="tablist" aria-label="t"><button role="tab" tabindex="0">a</button><button role="tab" tabindex="-1">b</button></div>
</main></html>"""
ALL = (eyes.accessible, eyes.uncut, eyes.readable, eyes.fits, eyes.short, eyes.still, eyes.reachable)

FAULTS: list[tuple[Callable[[Page], list[str]], str, str]] = [
    (eyes.accessible, '<p style="color: #aaa; background: #fff">pale</p>', "color-contrast"),
    (eyes.readable, '<p style="color: #aaa; background: #fff">pale</p>', "color-contrast"),
    (eyes.accessible, "<input>", "label"),
    (eyes.accessible, "<h4>Skipped</h4>", "heading-order"),
    (eyes.accessible, "<main>second</main>", "landmark-no-duplicate-main"),
    (eyes.fits, '<p style="width: 3000px">wide</p>', "wider than the window"),
    (eyes.uncut, '<time style="display: block; width: 9px; overflow: hidden">12 March</time>', "cut off: 12 March"),
    (eyes.short, '<p style="height: 3000px">long</p>', "three screens"),
    (eyes.still, '<p style="transition: color 1s">moves</p>', "moves: <p"),
    (
        eyes.still,
        "<style>i::after { content: ''; animation: x 2s } @keyframes x { to { color: red } }</style><i></i>",
        "moves: <i",
    ),
    (eyes.reachable, '<a href="/y" tabindex="-1">skipped</a>', "not reached: <a"),
    (eyes.reachable, "<style>#q { outline: none }</style><button id=q>unseen</button>", "no visible focus: <button"),
]


@pytest.fixture(scope="module")
def looked_at(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce") as context:
        yield context.new_page()


@pytest.mark.parametrize("eye", ALL, ids=lambda eye: eye.__name__)
def test_nobody_complains_of_a_good_page(looked_at: Page, eye: Callable[[Page], list[str]]) -> None:
    looked_at.set_content(GOOD)
    assert eye(looked_at) == []


@pytest.mark.parametrize(("eye", "planted", "found"), FAULTS, ids=[found for _, _, found in FAULTS])
def test_a_fault_is_seen(looked_at: Page, eye: Callable[[Page], list[str]], planted: str, found: str) -> None:
    looked_at.set_content(GOOD.replace("</main>", f"{planted}</main>", 1))
    assert [each for each in eye(looked_at) if found in each]


def test_a_heavy_page_is_seen() -> None:
    assert eyes.light(eyes.HEAVIEST) == []
    assert eyes.light(eyes.HEAVIEST + 1)
