"""Pages in a real browser, on hosts that lead to servers of this machine, and what becomes of the hits that they send."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from playwright.sync_api import Browser, Page

from tests.server.process.destination import Destination
from tests.server.process.tls_front import Exchange, Front, Site
from tests.waiting import until

NAMES = "--host-resolver-rules=MAP *.test 127.0.0.1"
"""With this the browser finds every host that ends in .test on this machine."""

_numbers = count(1)
Found = TypeVar("Found")


@dataclass
class World:
    front: Front
    site: Site
    google: Destination
    browser: Browser
    configs: dict[str, Path]


@dataclass
class Tab:
    """A page of one site, in a browser profile that has seen nothing yet."""

    world: World
    page: Page
    said: list[str] = field(default_factory=list)

    def open(self, host: str, path: str = "/") -> Tab:
        self.page.goto(f"https://{host}:{self.world.front.port}{path}")
        return self

    def url(self, place: str, path: str) -> str:
        """Of the server that is mounted at this place."""
        host, slash, prefix = place.partition("/")
        return f"https://{host}:{self.world.front.port}{slash}{prefix}{path}"

    def hit(self, place: str, **parameters: str) -> tuple[str, str]:
        """A hit of its own: its mark and its URL."""
        mark = f"hit-{next(_numbers)}"
        young = f"1307714608.{int(time.time())}"
        known = {"v": "2", "tid": "G-TEST00001", "cid": young, "en": "page_view", "ep.hit": mark, **parameters}
        return mark, self.url(place, f"/g/collect?{urlencode(known)}")

    def send(self, transport: str, place: str, **parameters: str) -> tuple[str, Exchange]:
        """What the page learns of the hit, and what the front saw of it."""
        mark, url = self.hit(place, **parameters)
        outcome = self.page.evaluate("([transport, url]) => sendBy(transport, url)", [transport, url])
        return outcome, self.exchange(mark)

    def exchange(self, mark: str) -> Exchange:
        return self.world.front.wait_for(lambda each: each.method != "OPTIONS" and mark_of(each.url) == mark)

    def console(self) -> list[str]:
        """All that the page's console says up to now."""
        self.page.evaluate("0")
        return self.said

    def cookies(self) -> dict[str, dict[str, Any]]:
        """By name, as the browser stores them."""
        return {cookie["name"]: dict(cookie) for cookie in self.page.context.cookies()}

    def stored(self, name: str) -> dict[str, Any]:
        """A cookie, once the browser has stored it: a beacon's reply is one that no page waits for."""
        return until(lambda: self.cookies().get(name))

    def arrived(self, exchange: Exchange) -> dict[str, str]:
        """The parameters with which a hit arrived at Google's."""
        mark = mark_of(exchange.url)
        assert not self.world.google.wait_for({mark})
        return next(query for url, _ in self.world.google.requests if (query := query_of(url)).get("ep.hit") == mark)


def query_of(url: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}


def mark_of(url: str) -> str:
    return query_of(url).get("ep.hit", "")


def client_id(cookie: dict[str, Any]) -> str:
    """The client id that an FPID stands for."""
    _, _, value, seconds = cookie["value"].split(".")
    return f"{unquote(value)}.{seconds}"
