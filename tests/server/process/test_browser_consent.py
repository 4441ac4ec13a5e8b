"""A banner in a real Chromium: what gtag does when consent is given on the page, done by a script that stands in for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.chromium import chromium
from tests.server.process.destination import Destination
from tests.server.process.harness import Tagyard
from tests.server.process.tabs import NAMES, client_id
from tests.server.process.test_consent_updates import arrived
from tests.server.process.test_deduplicate import wait_until_idle
from tests.server.process.tls_front import Front, Site

pytestmark = pytest.mark.process

SHOP, DATA = "shop.example.test", "data.example.test"
CONFIG = """
server: {{trusted_proxies: [loopback]}}
clients: {{ga4: {{measurement_ids: [G-TEST00001], cookies: {{mode: server}}}}}}
tags: {{ga4: {{endpoint: '{google}'}}}}
"""
HTML = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><script src="/gtag.js"></script>'
GTAG = """
// While analytics_storage is denied: a temporary client id, and no cookie read or written. At a grant: page_view and key events
// once more with what they had said (builds of 2024: once for each type), then user_engagement, and the cookie's client id.
const granted = {gcs: "G111", gcd: "13r3r3r3r5l1"}, denied = {gcs: "G100", gcd: "13p3p3p3p5l1"};
const now = () => Math.floor(Date.now() / 1000);
const cookie = () => (document.cookie.match(/(?:^|; )_ga=GA1\\.\\d\\.([^;]+)/) || [])[1];

class Gtag {
  constructor(server, updates, waits) {
    Object.assign(this, {server, updates, waits, consent: denied, sent: [], waiting: [], replies: [], count: 0});
    this.cid = `${Math.floor(Math.random() * 2147483647)}.${now()}`;
    this.sid = String(now());
  }

  event(name, parameters = {}) {
    if (this.waits) return void this.waiting.push([name, parameters]);
    const first = name === "page_view" && !(this.consent === granted && this.known) ? {_fv: "1", _ss: "1", _nsi: "1"} : {};
    const hit = {en: name, cid: this.cid, sid: this.sid, ...first, ...parameters};
    this.sent.push(hit);
    this.send({...this.consent, ...hit});
  }

  grant() {
    const before = this.sent.filter(hit => hit.en === "page_view" || hit._c);
    this.consent = granted;
    for (const types of this.updates) for (const hit of before) this.send({...granted, gcu: "1", "sst.gcut": types, ...hit});
    this.known = cookie();
    const temporary = this.cid;
    this.cid = this.known || temporary;
    if (!this.known) document.cookie = `_ga=GA1.1.${this.cid}; domain=.example.test; path=/; max-age=63072000`;
    if (before.length)
      this.send({...granted, gcu: "1", gcut: "3", "sst.gcut": "3", "sst.syn": "1", en: "user_engagement", cid: this.cid,
                 sid: this.sid, "ep.ga_temp_client_id": temporary});
    this.waits = false;
    for (const [name, parameters] of this.waiting.splice(0)) this.event(name, parameters);
  }

  timeout() {
    this.waits = false;
    for (const [name, parameters] of this.waiting.splice(0)) this.event(name, parameters);
  }

  send(hit) {
    const query = new URLSearchParams({v: "2", tid: "G-TEST00001", _s: String(++this.count), ...hit});
    this.replies.push(fetch(`${this.server}/g/collect?${query}&richsstsse`, {credentials: "include", keepalive: true})
      .then(reply => reply.status));
  }
}
"""
PURCHASE = '"purchase", {{_c: "1", "ep.transaction_id": "{id}"}}'


@dataclass
class World:
    front: Front
    google: Destination
    server: Tagyard
    browser: Browser

    def visit(self, context: BrowserContext, script: str) -> list[int]:
        """Opens the shop, runs the script, and waits until each hit that it sent has its reply; their statuses."""
        page = context.new_page()
        page.goto(f"https://{SHOP}:{self.front.port}/")
        server = f"https://{DATA}:{self.front.port}"
        done = "return Promise.all(gtag.replies);"
        statuses: list[int] = page.evaluate(f"async server => {{ {script} {done} }}", server)
        page.close()
        return statuses

    def events(self) -> list[dict[str, str]]:
        """What has arrived at Google's since this was last asked."""
        wait_until_idle(self.server)
        found = arrived(self.google, "/g/collect")
        self.google.requests.clear()
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("consent")
    with ExitStack() as stack:
        google, site = stack.enter_context(Destination()), stack.enter_context(Site())
        front = stack.enter_context(Front(folder, [SHOP, DATA]))
        site.put("/", "text/html", HTML)
        site.put("/gtag.js", "text/javascript", GTAG)
        config = folder / "container.yaml"
        config.write_text(CONFIG.format(google=google.url))
        server = stack.enter_context(Tagyard(config, workers=2))
        front.routes = {SHOP: site.port, DATA: server.port}
        browser = stack.enter_context(chromium(NAMES, f"--ignore-certificate-errors-spki-list={front.pin}"))
        yield World(front, google, server, browser)


@pytest.fixture
def context(world: World) -> Iterator[BrowserContext]:
    with world.browser.new_context() as found:
        yield found


def stored(context: BrowserContext) -> dict[str, Any]:
    return {cookie["name"]: dict(cookie) for cookie in context.cookies()}


def remember(context: BrowserContext, client_id: str) -> None:
    context.add_cookies([{"name": "_ga", "value": f"GA1.1.{client_id}", "domain": ".example.test", "path": "/"}])


UPDATES = [["1.3.4"], ["1", "3"]]
REMEMBERED = "1111111111.1700000000"


@pytest.mark.parametrize("updates", UPDATES, ids=["once_more", "twice_more"])
@pytest.mark.parametrize("waits", [False, True], ids=["at_once", "wait_for_update_ran_out"])
@pytest.mark.parametrize("returning", [False, True], ids=["new", "returning"])
def test_who_grants_after_the_first_hits(
    world: World, context: BrowserContext, updates: list[str], waits: bool, returning: bool
) -> None:
    if returning:
        remember(context, REMEMBERED)
    script = f"""
        const gtag = window.gtag = new Gtag(server, {updates}, {str(waits).lower()});
        gtag.event("page_view"); gtag.event({PURCHASE.format(id="T-1")});
        gtag.timeout(); await Promise.all(gtag.replies);
        gtag.grant();
        gtag.event({PURCHASE.format(id="T-2")}); gtag.event("scroll");
    """
    statuses = world.visit(context, script)
    assert statuses == [200] * (2 + 2 * len(updates) + 3)
    events = world.events()
    assert Counter(event["en"] for event in events) == {"page_view": 1, "purchase": 2, "user_engagement": 1, "scroll": 1}
    assert {event["ep.transaction_id"] for event in events if event["en"] == "purchase"} == {"T-1", "T-2"}
    before, after = ({event["cid"] for event in events if event["gcs"] == gcs} for gcs in ("G100", "G111"))
    assert len(before) == len(after) == 1
    assert after == ({REMEMBERED} if returning else before)

    world.visit(context, 'const gtag = new Gtag(server, [], true); gtag.event("page_view"); gtag.grant();')
    assert {event["cid"] for event in world.events()} == after, "and on the next page"
    assert stored(context)["FPID"]["httpOnly"] is True


@pytest.mark.parametrize("returning", [False, True], ids=["new", "returning"])
def test_who_grants_within_the_wait_sends_nothing_twice(world: World, context: BrowserContext, returning: bool) -> None:
    if returning:
        remember(context, REMEMBERED)
    script = f"""
        const gtag = new Gtag(server, {UPDATES[0]}, true);
        gtag.event("page_view"); gtag.event({PURCHASE.format(id="T-1")}); gtag.event("scroll");
        gtag.grant();
    """
    assert world.visit(context, script) == [200] * 3
    events = world.events()
    assert Counter(event["en"] for event in events) == {"page_view": 1, "purchase": 1, "scroll": 1}
    [identity] = {event["cid"] for event in events}
    assert identity == REMEMBERED or not returning


def test_who_is_known_by_our_cookie_stays_so(world: World, context: BrowserContext) -> None:
    world.visit(context, 'const gtag = new Gtag(server, [], false); gtag.consent = {}; gtag.event("page_view");')
    [first] = world.events()
    assert first["cid"] == client_id(stored(context)["FPID"])
    script = 'const gtag = new Gtag(server, ["1.3.4"], false); gtag.event("page_view"); gtag.grant(); gtag.event("scroll");'
    world.visit(context, script)
    events = world.events()
    assert Counter(event["en"] for event in events) == {"page_view": 1, "user_engagement": 1, "scroll": 1}
    assert {event["cid"] for event in events if event["gcs"] == "G111"} == {first["cid"]}


def test_an_image_on_the_same_site_is_of_the_visitor_whom_the_browser_remembers(world: World, context: BrowserContext) -> None:
    remember(context, REMEMBERED)
    script = """
        const gtag = {replies: [new Promise(done => {
          const image = new Image();
          image.onload = () => done(image.naturalWidth);
          image.src = `${server}/g/collect?v=2&tid=G-TEST00001&en=page_view`;
        })]};
    """
    assert world.visit(context, script) == [1]
    assert [event["cid"] for event in world.events()] == [REMEMBERED]
