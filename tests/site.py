"""The built site as tests read it: its pages, where they lead, and what they can be reached by."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from tests.documentation import ROOT


class Link(NamedTuple):
    """What a tag of a page names: another page, or what the browser loads at once."""

    tag: str
    address: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.names.add(value)
            if name in ("href", "src", "srcset", "data-src", "poster") and value:
                self.links.append(Link(tag, value))


class SitePage(NamedTuple):
    """A page of the site, with the names that a ``#`` may lead to."""

    path: Path
    names: set[str]
    links: list[Link]

    def leads_to(self, link: Link) -> tuple[Path, str]:
        """The file of the site, and the place in it."""
        parts = urlsplit(link.address)
        return (self.path.parent / unquote(parts.path)).resolve() if parts.path else self.path, unquote(parts.fragment)


MADE_BY_SCRIPTS: Final = ("__", "0")
"""How names begin that stand in no page: what the theme's scripts make."""


def build(folder: Path) -> None:
    """As ``make site`` does, but to another place."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def pages(site: Path) -> Iterator[SitePage]:
    """All of them, but that for addresses that lead nowhere, which is shown anywhere."""
    for path in sorted(site.rglob("*.html")):
        if path.name != "404.html":
            reader = _Reader()
            reader.feed(path.read_text(encoding="utf-8"))
            yield SitePage(path.resolve(), reader.names, reader.links)
