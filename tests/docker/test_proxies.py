"""nginx and Caddy as docker/proxies sets them up, with real hits through them, on a subdomain and below a path."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from urllib.parse import parse_qs, urlsplit

import pytest

from config import SourceFile, load
from config.proxies import GOOGLE_GEO
from core.registry import installed
from tests.docker.proxies import RECIPES, SITE, SUBDOMAIN, VISITOR, Proxy
from tests.server.process.destination import Destination
from tests.server.process.harness import HIT, ROOT, Tagyard

pytestmark = pytest.mark.process

CONFIG = """
server:
  trusted_proxies: [127.0.0.1]
  path_prefix: "{prefix}"
  {more}
clients: {{ga4: {{measurement_ids: [G-TEST00001], cookies: {{mode: server}}}}}}
tags:
  seen:
    type: http_request
    url: {url}/seen
    method: GET
    query:
      ep.hit: "{{{{ event.hit }}}}"
      ip: "{{{{ request.ip }}}}"
      country: "{{{{ request.country }}}}"
      region: "{{{{ request.region }}}}"
"""


@dataclass
class Way:
    """A proxy in front of Tagyard, by one of the two ways, and the vendor behind."""

    proxy: Proxy
    server: Tagyard
    vendor: Destination
    host: str
    prefix: str

    def hit(self, id: str, *headers: tuple[str, str], body: bytes = b"") -> tuple[int, dict[str, str]]:
        status, replied = self.proxy.ask(self.host, self.target(id), body, headers)
        return status, dict(replied)

    def target(self, id: str) -> str:
        return f"{self.prefix}{HIT.format(id=id)}"

    def seen(self, id: str) -> dict[str, str]:
        """What the vendor was told of this hit: ip, country, region, as far as they were known."""
        assert self.vendor.wait_for({id}) == set()
        told = [parse_qs(urlsplit(url).query) for url, _ in self.vendor.requests]
        return {
            name: values[0] for query in told if query["ep.hit"] == [id] for name, values in query.items() if name != "ep.hit"
        }


def way(name: str, place: str, folder: Path, more: str = "", headers: dict[str, str] | None = None) -> Iterator[Way]:
    prefix = "/metrics" if place == "path" else ""
    config = folder / "container.yaml"
    with Destination() as vendor:
        config.write_text(CONFIG.format(prefix=prefix, more=more, url=vendor.url))
        with Tagyard(config) as server, Proxy(name, folder / name, server.port, headers or {}) as proxy:
            yield Way(proxy, server, vendor, SITE if prefix else SUBDOMAIN, prefix)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="module", params=["subdomain", "path"])
def front(request: pytest.FixtureRequest, name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    yield from way(name, request.param, tmp_path_factory.mktemp(f"{name}-{request.param}"))


@pytest.fixture
def own(name: str, tmp_path: Path) -> Iterator[Way]:
    """One whose server a test may stop."""
    yield from way(name, "subdomain", tmp_path)


def test_a_hit_gets_through_with_the_address_of_its_visitor(front: Way) -> None:
    status, headers = front.hit("plain")
    assert status == 204
    assert front.seen("plain") == {"ip": VISITOR}
    assert re.search(r"FPID=\S+;.* Secure", headers["set-cookie"], re.IGNORECASE)


@pytest.mark.parametrize(
    "spoofed",
    [
        [("X-Forwarded-For", "198.51.100.9")],
        [("X-Forwarded-For", "198.51.100.9"), ("X-Forwarded-For", "127.0.0.1")],
        [("Forwarded", "for=198.51.100.9")],
        [("Forwarded", 'for="'), ("X-Forwarded-For", "127.0.0.1")],
        [("X-Forwarded_For", "198.51.100.9"), ("X_Forwarded_For", "198.51.100.9")],
        [("Connection", "X-Forwarded-For, Forwarded")],
    ],
    ids=["one", "two", "forwarded", "an open quote", "underscores", "hop by hop"],
)
def test_what_a_visitor_says_of_his_address_counts_for_nothing(
    front: Way, spoofed: list[tuple[str, str]], request: pytest.FixtureRequest
) -> None:
    id = re.sub(r"\W", "-", request.node.name)
    assert front.hit(id, *spoofed)[0] == 204
    assert front.seen(id) == {"ip": VISITOR}


def test_what_a_visitor_says_of_where_he_is_counts_for_nothing(front: Way) -> None:
    names = [name for names in GOOGLE_GEO.values() for name in names]
    front.hit("spoofed-geo", *[(name, "DEBY" if "gclb-region" in name else "DE") for name in names])
    assert front.seen("spoofed-geo") == {"ip": VISITOR}


def test_a_page_of_the_site_may_read_the_reply_as_it_came_by_https(front: Way) -> None:
    _, headers = front.hit("cors", ("Origin", f"https://{SITE}"))
    assert headers["access-control-allow-origin"] == f"https://{SITE}"
    _, headers = front.hit("cors-plain", ("Origin", f"http://{SITE}"), ("X-Forwarded-Proto", "http"))
    assert "access-control-allow-origin" not in headers


def test_a_body_up_to_the_limit_passes_and_a_larger_one_is_told_so(front: Way) -> None:
    assert front.hit("large", body=b"x" * (1 << 18))[0] == 204, "it is no hit, and the one in the URL counts"
    status, headers = front.hit("larger", ("Origin", f"https://{SITE}"), body=b"x" * (1 << 20))
    assert (status, headers["access-control-allow-origin"]) == (413, f"https://{SITE}"), "Tagyard has read it, and says so itself"
    assert front.hit("too-large", body=b"x" * ((1 << 20) + 1))[0] == 413


def test_a_long_url_gets_through(front: Way) -> None:
    assert front.proxy.ask(front.host, f"{front.target('long')}&ep.long={'x' * 12_000}")[0] == 204


def test_all_cookies_of_a_site_get_through(front: Way) -> None:
    cookies = "; ".join(f"c{number:03}={'x' * 500}" for number in range(127))
    assert len(cookies) > 64_000
    assert front.hit("cookies", ("Cookie", cookies))[0] == 204
    front.seen("cookies")


def test_a_title_that_nobody_has_encoded_gets_through(front: Way) -> None:
    head = f"GET {front.target('raw')}&ep.raw=K\N{LATIN SMALL LETTER O WITH DIAERESIS}ln HTTP/1.1\r\nHost: {front.host}\r\n"
    assert front.proxy.say(front.host, f"{head}Connection: close\r\n\r\n".encode()).startswith(b"HTTP/1.1 204 ")
    front.seen("raw")


def test_only_what_is_below_the_path_reaches_tagyard(front: Way) -> None:
    status = front.proxy.ask(SITE, HIT.format(id="beside"))[0]
    front.hit("after-beside")
    front.seen("after-beside")
    assert "beside" not in front.vendor.hits
    assert status != 204


SMUGGLED = {
    "a length and chunks": "Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
    "chunks and a length": "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n{inner}",
    "two lengths": "Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{inner}",
    "a length in two parts": "Content-Length: 0, {length}\r\n\r\n{inner}",
    "a signed length": "Content-Length: +0\r\n\r\n{inner}",
    "a hidden coding": "Transfer-Encoding:\x0bchunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inner}",
    "a coding of two": "Transfer-Encoding: chunked, identity\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inner}",
    "a space before the colon": "Content-Length : {length}\r\n\r\n{inner}",
    "a folded line": "X-A: b\r\n Content-Length: {length}\r\n\r\n{inner}",
    "a bare line feed": "X-A: b\nContent-Length: {length}\r\n\r\n{inner}",
    "an odd chunk": "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{inner}",
}


def test_no_request_hides_in_another(front: Way) -> None:
    """Proxy and Tagyard count alike: whoever gets n good answers has sent n hits, the first n of his bytes."""
    with ThreadPoolExecutor(len(SMUGGLED)) as senders:
        said = dict(zip(SMUGGLED, senders.map(lambda kind: smuggle(front, kind), SMUGGLED), strict=True))
    front.hit("after-all")
    front.seen("after-all")
    for kind, answer in said.items():
        good = len(re.findall(rb"^HTTP/1\.1 204", answer, re.MULTILINE))
        assert front.vendor.wait_for(set(marks(kind)[:good])) == set(), (kind, answer)
        assert len(set(marks(kind)) & front.vendor.hits.keys()) == good, (kind, answer)


def marks(kind: str) -> list[str]:
    return [f"{kind.replace(' ', '-')}-{part}" for part in ("outer", "inner")]


def smuggle(front: Way, kind: str) -> bytes:
    head = "POST {target} HTTP/1.1\r\nHost: {host}\r\n"
    outer, inner = (head.format(target=front.target(mark), host=front.host) for mark in marks(kind))
    inner += "Content-Length: 0\r\n\r\n"
    return front.proxy.say(front.host, f"{outer}{SMUGGLED[kind].format(length=len(inner) + 5, inner=inner)}".encode())


def test_a_hit_while_tagyard_is_away_is_refused_or_waits_for_it(own: Way) -> None:
    own.server.stop()
    answers: list[int] = []
    sending = threading.Thread(target=lambda: answers.append(own.hit("meanwhile")[0]))
    sending.start()
    if own.proxy.name == "nginx":
        sending.join(60)
        assert answers == [502]
        own.server.start()
    else:
        own.server.start()
        sending.join(60)
        assert answers == [204]
        own.seen("meanwhile")
    assert own.hit("afterwards")[0] == 204
    assert own.seen("afterwards") == {"ip": VISITOR}


@pytest.mark.parametrize(
    "lines",
    [
        {
            "nginx": {'X-Country "";': "X-Country DE;", 'X-Region "";': "X-Region BY;"},
            "caddy": {"header_up -X-Country": "header_up X-Country DE", "header_up -X-Region": "header_up X-Region BY"},
        }
    ],
)
def test_the_proxy_may_say_where_a_visitor_is(name: str, tmp_path: Path, lines: dict[str, dict[str, str]]) -> None:
    for front in way(name, "subdomain", tmp_path, "geo: {country: X-Country, region: X-Region}", lines[name]):
        front.hit("geo", ("X-Country", "FR"), ("X-Region", "75"))
        assert front.seen("geo") == {"ip": VISITOR, "country": "DE", "region": "BY"}


def test_whoever_goes_round_cloudflare_is_himself(name: str, tmp_path: Path) -> None:
    """The proxy of our own between Cloudflare and Tagyard passes on ``CF-Connecting-IP``, whoever has sent it."""
    for front in way(name, "subdomain", tmp_path, "behind: cloudflare"):
        front.hit("round", ("CF-Connecting-IP", "198.51.100.9"), ("CF-IPCountry", "FR"))
        assert front.seen("round") == {"ip": VISITOR}


def blocks(language: str) -> list[str]:
    pages = [*(ROOT / "docs").glob("*.md"), *RECIPES.glob("*.md")]
    return [block for page in pages for block in re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)]


def test_what_the_pages_quote_is_in_the_recipes() -> None:
    recipes = [path.read_text() for path in (*RECIPES.iterdir(), ROOT / "docker" / "Caddyfile")]
    quoted = [*blocks("nginx"), *blocks("caddy")]
    assert len(quoted) >= 4
    for block in quoted:
        assert any(block in recipe for recipe in recipes), block


def test_what_the_recipe_for_cloudflare_writes_into_the_file_loads_without_a_word() -> None:
    found = re.findall(r"```yaml\n(.*?)```", (RECIPES / "cloudflare.md").read_text(), re.DOTALL)
    assert len(found) == 3
    for text in found:
        loaded = load(
            [SourceFile("page", dedent(text).encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False
        )
        assert [str(problem) for problem in loaded.problems] == []
        assert loaded.settings is not None
        assert loaded.settings.server.behind == "cloudflare"


def test_the_recipes_say_which_proxies_to_trust() -> None:
    for recipe in ("nginx.conf", "Caddyfile"):
        assert "trusted_proxies: [loopback]" in (RECIPES / recipe).read_text()
