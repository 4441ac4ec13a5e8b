"""A real Chromium on a real site: what its rules on origins, cookies and frames let through, through TLS, is what was meant."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote, urlencode

import pytest
from playwright.sync_api import Frame

from tests.chromium import chromium
from tests.server.process.destination import Destination
from tests.server.process.forked import command
from tests.server.process.harness import Tagyard
from tests.server.process.shop_pages import HTML, fill
from tests.server.process.tabs import NAMES, Tab, World, client_id, mark_of
from tests.server.process.tls_front import VISITOR, Front, Site

pytestmark = pytest.mark.process

HOSTS = [
    "gate.example.test",
    "shop.example.test",
    "data.example.test",
    "lists.example.test",
    "other-site.test",
    "data.other-site.test",
]
SHOP, OTHER = "shop.example.test", "other-site.test"
OWN, MOUNTED, LISTING = "data.example.test", "shop.example.test/metrics", "lists.example.test"
GATE = "gate.example.test"
"""Where servers are: on a host of the same site, on a path of the shop, and on a host that lists the other site.

Behind the gate is the first of them once more, which is asked by the gateway's name for it.
"""

CONFIG = """
server: {{trusted_proxies: [loopback], path_prefix: '{prefix}', allowed_origins: {origins}}}
clients:
  ga4: {{measurement_ids: [G-TEST00001], cookies: {{mode: server, secret: "${{COOKIE_SECRET}}"}}}}
  scripts: {{type: google_scripts, upstream: '{upstream}'}}
tags: {{ga4: {{endpoint: '{google}'}}}}
"""
SECRET = {"COOKIE_SECRET": "only-for-this-test-0123456789abcdef"}
TRANSPORTS = ["image", "fetch", "xhr", "beacon"]
READABLE = {"image": "1x1", "fetch": "204", "xhr": "204", "beacon": "queued"}
UNREADABLE = {"image": "1x1", "fetch": "TypeError", "xhr": "error", "beacon": "queued"}
"""What a page learns of its hit; an image shows and a beacon is sent whoever may read the reply."""
LONGEST_KEPT = 400 * 86400
"""Seconds: two years are asked for, and Chromium keeps no cookie for longer than this."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("browser")
    with ExitStack() as stack:
        google, site, front = stack.enter_context(Destination()), stack.enter_context(Site()), Front(folder, HOSTS)
        stack.enter_context(front)
        fill(site)
        front.routes = dict.fromkeys((SHOP, OTHER), site.port)
        listed = f"['https://{OTHER}:{front.port}', 'https://{SHOP}:{front.port}', null]"
        configs = {}
        for place, prefix, origins in ((OWN, "", "[]"), (MOUNTED, "/metrics", "[]"), (LISTING, "", listed)):
            configs[place] = folder / place.replace("/", "_") / "container.yaml"
            configs[place].parent.mkdir()
            text = CONFIG.format(prefix=prefix, origins=origins, upstream=f"http://127.0.0.1:{site.port}", google=google.url)
            configs[place].write_text(text)
            front.routes[place] = stack.enter_context(Tagyard(configs[place], env=SECRET)).port
        front.routes["data.other-site.test"] = front.routes[GATE] = front.routes[OWN]
        configs[GATE] = configs[OWN]
        front.inner[GATE] = "tagyard-abc123-ew.a.run.app"
        browser = stack.enter_context(chromium(NAMES, f"--ignore-certificate-errors-spki-list={front.pin}"))
        yield World(front, site, google, browser, configs)


@pytest.fixture
def tab(world: World) -> Iterator[Tab]:
    with world.browser.new_context() as context:
        tab = Tab(world, context.new_page())
        tab.page.on("console", lambda message: tab.said.append(message.text))
        tab.page.on("pageerror", lambda error: tab.said.append(str(error)))
        yield tab


@pytest.mark.parametrize("place", [OWN, MOUNTED, GATE])
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_on_the_same_site_replies_are_read_and_a_cookie_is_kept(tab: Tab, place: str, transport: str) -> None:
    tab.open(SHOP)
    outcome, first = tab.send(transport, place, _fv="1")
    assert outcome == READABLE[transport]
    cookie = tab.stored("FPID")
    assert (cookie["domain"], cookie["path"], cookie["httpOnly"], cookie["secure"]) == (".example.test", "/", True, True)
    assert cookie["sameSite"] == "Lax"
    assert "Max-Age=63072000" in first.all("set-cookie")[0]
    assert abs(cookie["expires"] - time.time() - LONGEST_KEPT) < 60
    assert "cookie" not in first.asked
    outcome, second = tab.send(transport, place)
    assert outcome == READABLE[transport]
    assert second.asked["cookie"] == f"FPID={cookie['value']}"
    assert tab.stored("FPID")["value"] == cookie["value"]
    outgoing = [tab.arrived(first), tab.arrived(second)]
    assert [each["cid"] for each in outgoing] == [client_id(cookie)] * 2
    assert [each["_uip"] for each in outgoing] == [VISITOR] * 2
    assert tab.console() == []


def test_a_visitor_who_was_known_before_stays_the_same(tab: Tab) -> None:
    _, exchange = tab.open(SHOP).send("fetch", OWN, cid="1307714608.1760043792")
    assert tab.stored("FPID")["value"].endswith(".1760043792")
    assert tab.arrived(exchange)["cid"] == "1307714608.1760043792"


def test_the_first_hits_of_a_visitor_may_come_together(tab: Tab) -> None:
    tab.open(SHOP)
    hits = [tab.hit(OWN, cid="1.2", _fv="1") for _ in range(4)]
    outcomes = tab.page.evaluate("urls => Promise.all(urls.map(url => send.fetch(url)))", [url for _, url in hits])
    exchanges = [tab.exchange(mark) for mark, _ in hits]
    assert outcomes == ["204"] * 4
    assert {tab.arrived(exchange)["cid"] for exchange in exchanges} == {client_id(tab.stored("FPID"))}


def test_gtags_stream_is_read_as_such(tab: Tab) -> None:
    outcome, exchange = tab.open(SHOP).send("fetch", OWN, richsstsse="")
    assert (outcome, exchange.status) == ("200", 200)
    assert exchange.all("content-type") == ["text/event-stream"]


def test_a_visitor_who_follows_a_link_to_another_site_stays_the_same(tab: Tab) -> None:
    _, first = tab.open(SHOP).send("fetch", OWN, _fv="1", _fplc="0")
    token = tab.stored("FPLC")
    assert (token["domain"], token["httpOnly"], token["secure"]) == (".example.test", False, True)
    assert tab.page.evaluate("document.cookie") == f"FPLC={token['value']}", "pages see what links carry, and no FPID"
    _, second = tab.open(OTHER).send("fetch", "data.other-site.test", _fplc=unquote(token["value"]))
    assert "cookie" not in second.asked
    assert tab.arrived(second)["cid"] == tab.arrived(first)["cid"]
    stored = [cookie["domain"] for cookie in tab.page.context.cookies() if cookie["name"] == "FPID"]
    assert sorted(stored) == [".example.test", ".other-site.test"]


@pytest.mark.parametrize("denial", [{"gcs": "G100"}, {"gcs": "G110"}, {"gcs": "G100", "gcd": "13p3p3p3p1l1"}], ids=str)
def test_where_consent_is_denied_there_is_no_cookie(tab: Tab, denial: dict[str, str]) -> None:
    tab.open(SHOP)
    for transport in TRANSPORTS:
        outcome, exchange = tab.send(transport, OWN, cid="1.2", _fplc="0", **denial)
        assert outcome == READABLE[transport]
        assert exchange.all("set-cookie") == []
        assert tab.arrived(exchange)["cid"] == "1.2"
    assert tab.cookies() == {}
    assert tab.console() == []


def test_where_consent_is_taken_back_the_cookie_is_left_unread(tab: Tab) -> None:
    tab.open(SHOP).send("fetch", OWN, _fv="1")
    before = tab.stored("FPID")
    _, exchange = tab.send("fetch", OWN, cid="1.2", gcs="G100")
    assert exchange.asked["cookie"] == f"FPID={before['value']}"
    assert exchange.all("set-cookie") == []
    assert tab.arrived(exchange)["cid"] == "1.2"
    assert tab.stored("FPID") == before


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_listed_site_reads_replies_and_shares_no_cookie(tab: Tab, transport: str) -> None:
    outcome, exchange = tab.open(OTHER).send(transport, LISTING, _fv="1")
    assert outcome == READABLE[transport]
    assert tab.arrived(exchange)["ep.hit"] == mark_of(exchange.url)
    assert tab.cookies() == {}
    assert tab.open(SHOP).send("fetch", LISTING, _fv="1")[0] == "204"
    before = tab.stored("FPID")
    outcome, exchange = tab.open(OTHER).send(transport, LISTING, cid="1.2")
    assert outcome == READABLE[transport]
    assert "cookie" not in exchange.asked
    assert tab.arrived(exchange)["cid"] != client_id(before)
    assert tab.cookies() == {"FPID": before}
    assert tab.console() == []


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_unlisted_site_reads_nothing_though_its_hits_arrive(tab: Tab, transport: str) -> None:
    outcome, exchange = tab.open(OTHER).send(transport, OWN)
    assert outcome == UNREADABLE[transport]
    assert tab.arrived(exchange)["_uip"] == VISITOR
    assert exchange.all("access-control-allow-origin") == []
    assert tab.cookies() == {}


def test_a_page_that_embeds_only_what_says_that_it_may_still_sends_hits(tab: Tab) -> None:
    tab.world.site.put("/isolated", "text/html", HTML, cross_origin_embedder_policy="require-corp")
    tab.open(SHOP, "/isolated")
    assert [tab.send(transport, OWN)[0] for transport in TRANSPORTS] == list(READABLE.values())
    assert tab.page.evaluate("url => load(url)", tab.url(OWN, "/gtag/js?id=G-TEST00001")) != "error"


def sandboxed(tab: Tab) -> Frame:
    tab.open(SHOP)
    made = "Object.assign(document.createElement('iframe'), {sandbox: 'allow-scripts', src: '/?sandboxed'})"
    with tab.page.expect_event("framenavigated", lambda frame: frame.url.endswith("sandboxed")) as navigated:
        tab.page.evaluate(f"() => void document.body.append({made})")
    frame: Frame = navigated.value
    frame.wait_for_load_state()
    return frame


def test_a_page_without_an_origin_of_its_own_reads_nothing(tab: Tab) -> None:
    frame, (mark, url) = sandboxed(tab), tab.hit(OWN)
    assert frame.evaluate("url => send.fetch(url)", url) == "TypeError"
    assert tab.exchange(mark).asked["origin"] == "null"


def test_where_it_is_listed_it_reads_replies_and_never_with_a_cookie(tab: Tab) -> None:
    frame, (mark, url) = sandboxed(tab), tab.hit(LISTING)
    assert frame.evaluate("url => fetch(url, {method: 'POST'}).then(reply => reply.status)", url) == 204
    assert tab.arrived(tab.exchange(mark))["ep.hit"] == mark
    _, url = tab.hit(LISTING)
    assert frame.evaluate("url => send.fetch(url)", url) == "TypeError", "a request with credentials is not allowed"


PREVIEW = {"x-gtm-server-preview": "x"}
SENTRY = {
    "baggage": "sentry-environment=production",
    "sentry-trace": "d4cda95b652f4a1592b449d5929fda1b-6e0c63257de34c92-1",
    "traceparent": "00-d4cda95b652f4a1592b449d5929fda1b-6e0c63257de34c92-01",
}
"""What Sentry and OpenTelemetry add to a page's requests, each of which the browser then asks about."""


@pytest.mark.parametrize(
    ("page", "place", "headers", "outcome", "seen"),
    [
        (SHOP, OWN, {}, "204", ["POST", "POST"]),
        (SHOP, OWN, PREVIEW, "204", ["OPTIONS", "POST", "POST"]),
        (SHOP, OWN, {"content-type": "application/json"}, "204", ["OPTIONS", "POST", "POST"]),
        (SHOP, OWN, {"x-another": "x"}, "204", ["OPTIONS", "POST", "POST"]),
        (SHOP, OWN, SENTRY, "204", ["OPTIONS", "POST", "POST"]),
        (SHOP, GATE, SENTRY, "204", ["OPTIONS", "POST", "POST"]),
        (OTHER, LISTING, SENTRY, "204", ["OPTIONS", "POST", "POST"]),
        (OTHER, OWN, SENTRY, "TypeError", ["OPTIONS", "OPTIONS"]),
        (SHOP, MOUNTED, PREVIEW, "204", ["POST", "POST"]),
        (OTHER, LISTING, {}, "204", ["POST", "POST"]),
        (OTHER, LISTING, PREVIEW, "204", ["OPTIONS", "POST", "POST"]),
        (OTHER, OWN, PREVIEW, "TypeError", ["OPTIONS", "OPTIONS"]),
    ],
)
def test_a_browser_asks_first_only_about_headers_of_ones_own(
    tab: Tab, page: str, place: str, headers: dict[str, str], outcome: str, seen: list[str]
) -> None:
    mark, url = tab.open(page).hit(place)
    for _ in range(2):
        assert tab.page.evaluate("([url, headers]) => sendBy('fetch', url, headers)", [url, headers]) == outcome
    assert [each.method for each in tab.world.front.exchanges if mark_of(each.url) == mark] == seen


def policy(world: World, place: str) -> str:
    """What `tagyard csp` says a page needs, for a page that may do nothing else than load its own script."""
    own = f"https://{SHOP}:{world.front.port}"
    host = f"{place.partition('/')[0]}:{world.front.port}"
    told = command("csp", str(world.configs[place]), "--host", host)
    assert told.returncode == 0, told.stderr
    lines = told.stdout.replace("script-src ", f"script-src {own}/page.js ").replace("img-src ", f"img-src {own}/favicon.ico ")
    return f"default-src 'none'; {' '.join(lines.splitlines())}"


@pytest.mark.parametrize("place", [OWN, MOUNTED, GATE])
def test_under_the_printed_policy_scripts_frame_worker_and_hits_all_work(tab: Tab, place: str, tmp_path: Path) -> None:
    tab.world.site.put("/strict", "text/html", HTML, content_security_policy=policy(tab.world, place))
    tab.open(SHOP, "/strict")
    loaded = tab.page.evaluate("url => load(url)", tab.url(place, "/gtag/js?id=G-TEST00001"))
    assert f"https://{loaded}" == tab.url(place, ""), "the script asks this server for what it loads in turn"
    assert [tab.send(transport, place, _fv="1")[0] for transport in TRANSPORTS] == list(READABLE.values())
    origin = f"https://{SHOP}:{tab.world.front.port}"
    frame = tab.url(place, f"/_/service_worker/5c1/sw_iframe.html?{urlencode({'origin': origin, '1p': '1'})}")
    assert tab.page.evaluate("url => embed(url)", frame) == "ready"
    cookie = tab.stored("FPID")
    mark, url = tab.hit(place)
    assert tab.page.evaluate("url => sendByWorker(url)", url) == "204"
    exchange = tab.exchange(mark)
    assert exchange.asked["cookie"] == f"FPID={cookie['value']}"
    assert tab.arrived(exchange)["cid"] == client_id(cookie)
    assert tab.page.inner_text("#log").splitlines() == [f"{name}: {outcome}" for name, outcome in READABLE.items()]
    tab.page.screenshot(path=tmp_path / "page.png")
    assert tab.console() == []


@pytest.mark.parametrize("place", [OWN, MOUNTED])
@pytest.mark.parametrize("query", ["", "?gtm_debug=1764340309313"])
def test_preview_an_ads_id_and_reports_go_their_ways_and_hits_arrive(tab: Tab, place: str, query: str) -> None:
    """Under the printed policy, and without a word on the console."""
    upstream = f"http://127.0.0.1:{tab.world.site.port}"
    tab.world.site.put("/strict", "text/html", HTML, content_security_policy=policy(tab.world, place))
    tab.open(SHOP, f"/strict{query}")
    tab.page.evaluate("url => load(url)", tab.url(place, "/gtag/js?id=G-TEST00001"))
    mark, hit = tab.hit(place)
    done = tab.page.evaluate("([other, hit]) => start(other, hit)", ["AW-987654321", hit])
    assert (done["told"], done["status"]) == (["1x1", "queued", True], "204")
    debugging = "/debug/bootstrap?id=G-TEST00001&src=GTAG&cond=2&gtm=45je64h1v8za204"
    assert done["debugging"] == (tab.url(place, debugging) if query else None)
    ads = "/gtag/js?id=AW-987654321&cx=c&gtm=45je64h1v8za204"
    assert done["scripts"] == [tab.url(place, "/gtag/js?id=G-TEST00001"), tab.url(place, ads)]
    replies = {each.url: each for each in tab.world.front.exchanges}
    assert replies[tab.url(place, ads)].all("location") == [f"{upstream}{ads}"]
    assert [each.status for each in tab.world.front.exchanges if each.method == "POST" and "/a?id=" in each.url][-1] == 204
    assert tab.arrived(tab.exchange(mark))["ep.hit"] == mark
    assert tab.console() == []


@pytest.mark.parametrize("place", [OWN, MOUNTED])
def test_the_worker_of_2026_serves_the_folder_of_all_its_versions(tab: Tab, place: str) -> None:
    tab.open(SHOP)
    prefix = f"/{place.partition('/')[2]}" if "/" in place else ""
    query = {"origin": f"https://{SHOP}:{tab.world.front.port}", "1p": "1", **({"path": prefix} if prefix else {})}
    frame = tab.url(place, f"/_/service_worker/6480/sw_iframe.html?{urlencode(query)}")
    assert tab.page.evaluate("url => embed(url)", frame) == tab.url(place, "/_/service_worker")
    assert tab.console() == []


def test_a_worker_that_google_does_not_have_is_a_404(tab: Tab) -> None:
    reply = tab.page.goto(tab.url(OWN, "/_/service_worker/none/sw_iframe.html"))
    assert reply is not None
    assert reply.status == 404


def test_a_listed_site_shows_the_frame(tab: Tab) -> None:
    tab.open(OTHER)
    frame = tab.url(LISTING, "/_/service_worker/5c1/sw_iframe.html?origin=x")
    tab.page.evaluate("url => embed(url)", frame)
    assert [each.title() for each in tab.page.frames] == ["Shop", "Frame"]
    assert tab.console() == []


def test_an_unlisted_site_does_not_show_the_frame(tab: Tab) -> None:
    tab.open(OTHER)
    frame = tab.url(OWN, "/_/service_worker/5c1/sw_iframe.html?origin=x")
    with tab.page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        tab.page.evaluate("url => void embed(url)", frame)
