"""Every page of the debug page: which route it is of, where it is found in the shop, and what somebody does there first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.routing import Route

from config import ServerSettings
from server.admin import OPEN, Door, admin_app
from server.admin.sign_in.guard import Guard
from tests.debug_page.shop import Shop
from tests.debug_page.traffic import GA4_ID

TOKEN: Final = "the token of the shop's debug page, 32+ characters"

Finding = Callable[[Shop], str]
Acting = Callable[[Page], None]


@dataclass(frozen=True)
class Place:
    """A page. ``drawn`` is something that stands on it once all is there."""

    route: str
    path: Finding
    first: Acting = lambda _: None
    drawn: str = "main h1"
    status: int = 200
    open: bool = False
    """Whether it is seen without a token."""

    def visit(self, page: Page, shop: Shop) -> None:
        """Goes there."""
        page.goto(shop.url(self.path(shop)))
        self.first(page)
        expect(page.locator(self.drawn).first).to_be_visible(timeout=15_000)


def _at(path: str) -> Finding:
    return lambda _: path


def _of_purchase(page: str) -> Finding:
    return lambda shop: f"{shop.page_of('purchase')}/{page}"


def _tab(name: str, of: str = "purchase") -> Place:
    """A tab of an order's page, or one of its tags, open."""
    return Place("/requests/{worker:worker}/{id}", lambda shop: f"{shop.page_of(of)}?tab={name}")


def _dead_letter(shop: Shop) -> str:
    found = re.search(r'href="(/deliveries/\d[^"?]*)"', shop.text("/deliveries"))
    assert found
    return found[1]


def _try(page: Page) -> None:
    page.locator("textarea[name=text]").fill(f"/g/collect?v=2&tid={GA4_ID}&cid=1.2&en=purchase&epn.value=120&cu=EUR")
    page.get_by_test_id("try").click()


def _make_a_link(page: Page) -> None:
    page.get_by_label("Public address").fill("https://data.shop.example")
    page.get_by_test_id("make").click()
    page.get_by_text("For a phone").click()


def _drop_all(page: Page) -> None:
    page.get_by_test_id("drop-all").click()


def _retry_all(page: Page) -> None:
    page.get_by_test_id("retry-all").click()


PAGES: Final[Mapping[str, Place]] = {
    "live": Place("/", _at("/"), drawn="[data-testid=request-row]"),
    "failures": Place("/", _at("/?view=failures&q=purchase&tag=orders"), drawn="[data-testid=request-row]"),
    "unclaimed": Place("/", _at("/?view=unclaimed"), drawn="[data-testid=request-row]"),
    "refused": Place("/", _at("/?view=refused"), drawn="[data-testid=refused-request]"),
    "overview": Place("/overview", _at("/overview")),
    "request": Place("/requests/{worker:worker}/{id}", lambda shop: shop.page_of("purchase")),
    "again": Place("/requests/{worker:worker}/{id}/again", _of_purchase("again")),
    "send": Place("/requests/{worker:worker}/{id}/send", _of_purchase("send")),
    "send-question": Place(
        "/requests/{worker:worker}/{id}/send", _of_purchase("send?tag=ga4&event=1"), drawn="[data-testid=sure]"
    ),
    "sent": Place("/requests/{worker:worker}/{id}/sent", _of_purchase("sent?tag=ga4&event=1")),
    **{f"request-{name}": _tab(name) for name in ("data", "variables", "request", "consent", "reply", "test")},
    "request-tag": _tab("tags&tag=orders"),
    "browser": Place("/browser", _at("/browser")),
    "marked": Place("/browser", _at("/browser"), _make_a_link, "[data-testid=text]"),
    "visitors": Place("/visitors", _at("/visitors"), drawn="[data-testid=visitor]"),
    "visitor": Place("/visitors/{client_id:path}", _at("/visitors/1307714603.1760043003"), drawn="[data-testid=event]"),
    "deliveries": Place("/deliveries", _at("/deliveries")),
    "dead-letter": Place("/deliveries/{row}", _dead_letter),
    "drop": Place("/deliveries/drop", _at("/deliveries"), _drop_all, "[data-testid=sure]"),
    "retry": Place("/deliveries/retry", _at("/deliveries"), _retry_all, "[data-testid=sure]"),
    "try": Place("/try", _at("/try")),
    "tried": Place("/try", _at("/try"), _try, "[data-testid=tag-ga4]"),
    "scripts": Place("/scripts", _at("/scripts")),
    "configuration": Place("/configuration", _at("/configuration")),
    "part": Place("/configuration/part", _at("/configuration/part?section=tags&key=orders")),
    "lines": Place("/configuration/lines", _at("/configuration/lines?file=container.yaml")),
    "editor": Place("/configuration/edit", _at("/configuration/edit")),
    "reference": Place("/reference", _at("/reference")),
    "component": Place("/reference/{kind}/{type}", _at("/reference/tag/ga4")),
    "login": Place("/login", _at("/login"), open=True),
    "not-found": Place("/static/{name}", _at("/no-such-page"), status=404),
}
"""By the name of its picture."""

NO_PAGES: Final[Mapping[str, Finding]] = {
    "/ready": _at("/ready"),
    "/metrics": _at("/metrics"),
    "/live/stream": _at("/live/stream"),
    "/static/{name}": _at("/static/tagyard.css"),
    "/configuration/text": _at("/configuration/text?file=container.yaml"),
    "/api/requests": _at("/api/requests"),
    "/api/requests/{worker:worker}/{id}": _at("/api/requests/0/none"),
    "/api/overview": _at("/api/overview"),
    "/api/deliveries": _at("/api/deliveries"),
    "/api/scripts": _at("/api/scripts"),
    "/api/configuration": _at("/api/configuration"),
    "/r": _at("/r?en=purchase"),
    "/r/{id}": lambda shop: f"/r/{shop.page_of('purchase').rpartition('/')[2]}",
}
"""Routes that answer programs and pages, or lead to another, with an address of each: none of them gives HTML."""


def admin_routes() -> list[Route]:
    """Everything that the admin port answers to."""
    guard = admin_app([], Door(OPEN, ServerSettings(), lambda: 0), leaving=lambda: False, clock=lambda: 0)
    assert isinstance(guard, Guard)
    assert isinstance(guard.app, Starlette)
    return [route for route in guard.app.routes if isinstance(route, Route)]
