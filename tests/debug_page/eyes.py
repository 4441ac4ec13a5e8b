"""What is looked at on any page, each as a function from a page in a browser to what is wrong with it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

AXE: Final = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
WALK: Final = Path(__file__).with_name("walk.js")

COLOURS: Final = ("color-contrast", "link-in-text-block")

SCREENS: Final = 3
"""Of 1440 by 900 pixels; no page is higher before a click."""
HEAVIEST: Final = 150_000
"""Bytes of a page's HTML, as it is before it is compressed."""


@cache
def _source(path: Path) -> str:
    assert path.exists(), f"{path.name} is missing: npm ci --prefix {path.parents[2]}"
    return path.read_text()


def accessible(page: Page, only: Sequence[str] = ()) -> list[str]:
    """By all rules of axe-core or only these: headings in order, one ``main``, contrast, names, roles, best practices."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source(AXE))
    found: list[str] = page.evaluate(
        """async only => (await axe.run({resultTypes: ["violations"], ...only.length && {runOnly: only}})).violations.flatMap(
            rule => rule.nodes.slice(0, 2).map(node => `${rule.id}: ${node.html.slice(0, 99)} ${node.any[0]?.message ?? ""}`))""",
        list(only),
    )
    return found


def readable(page: Page) -> list[str]:
    """By those of them that look at colours: of the others none knows which scheme it is."""
    return accessible(page, COLOURS)


def fits(page: Page) -> list[str]:
    """Nothing is wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{wide} pixels wider than the window"] if wide > 0 else []


def uncut(page: Page) -> list[str]:
    """No moment is cut off where it stands."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("time")].map(time => [time, time.closest("td") ?? time])
            .filter(([, cell]) => cell.scrollWidth > cell.clientWidth && getComputedStyle(cell).overflowX !== "visible")
            .map(([time]) => `cut off: ${time.textContent}`).slice(0, 5)"""
    )
    return found


def short(page: Page) -> list[str]:
    """No more than a few screens are there to scroll through."""
    high, most = page.evaluate("document.documentElement.scrollHeight"), SCREENS * 900
    return [f"{high} pixels high, {most} are three screens"] if high > most else []


def light(size: int) -> list[str]:
    """So many bytes are not too many."""
    return [f"{size} bytes, {HEAVIEST} are the most"] if size > HEAVIEST else []


def still(page: Page) -> list[str]:
    """Nothing moves, for whoever asked for that: the page has to emulate it."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter(element => ["", "::before", "::after"].some(part => {
            const style = getComputedStyle(element, part || null);
            return [style.transitionDuration, style.animationName === "none" ? "0s" : style.animationDuration].some(
                times => times.split(",").some(time => parseFloat(time) > 0.01));
        })).slice(0, 5).map(element => `moves: ${element.outerHTML.slice(0, 120)}`)"""
    )
    return found


def reachable(page: Page) -> list[str]:
    """Tab leads to every control, and each shows that it is there; within tabs and radio buttons arrows do."""
    page.evaluate(_source(WALK))
    for _ in range(page.evaluate("walk.controls().length") + 10):
        page.keyboard.down("Tab")
    page.keyboard.up("Tab")
    found: list[str] = page.evaluate("walk.complaints()")
    return found
