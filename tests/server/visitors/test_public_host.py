"""Which host a browser asked, by what proxies say: one word is believed, that of the trusted proxy nearest to the visitor."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ServerSettings
from core.types import Headers
from server.visitors.asker import asker_of, forwarded
from server.visitors.public_host import GARBLED_HOST, PASSED_ON, UNCLEAR_HOST, _read
from server.visitors.visitor import Visitors
from tests.budget.machine import takes_less
from wire.scripts.rewriting import LONGEST_HOST

ME, PROXY, INNER = "198.51.100.7", "10.0.0.5", "10.0.0.6"
PRIVATE = Visitors(ServerSettings.model_validate({"trusted_proxies": "private"}))
CLOUD = Visitors(ServerSettings.model_validate({"behind": "cloudflare"}))
FIXED = Visitors(ServerSettings.model_validate({"trusted_proxies": "private", "public_host": "data.example.com"}))
OURS = "tagyard-abc123-ew.a.run.app"


def host(headers: list[tuple[str, str]], peer: str = PROXY, visitors: Visitors = PRIVATE) -> str:
    asker = asker_of(peer, "GET", (("host", OURS), *headers), visitors)
    assert [value for name, value in asker.headers if name == "host"] == [asker.host]
    return asker.host


def xfh(*lines: str) -> list[tuple[str, str]]:
    return [("x-forwarded-host", line) for line in lines]


def xff(*lines: str) -> list[tuple[str, str]]:
    return [("x-forwarded-for", line) for line in lines]


def std(*lines: str) -> list[tuple[str, str]]:
    return [("forwarded", line) for line in lines]


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        (xfh("data.example.com"), "data.example.com"),
        (xfh("Data.Example.COM"), "data.example.com"),
        (xfh(" data.example.com\t"), "data.example.com"),
        (xfh("data.example.com:443"), "data.example.com"),
        (xfh("data.example.com:80"), "data.example.com"),
        (xfh("data.example.com:8443"), "data.example.com:8443"),
        (xfh("[2001:db8::80]:8443"), "[2001:db8::80]:8443"),
        (xfh("[2001:db8::80]"), "[2001:db8::80]"),
        (xfh("data.example.com, data.example.com"), "data.example.com"),
        (xfh("data.example.com", "DATA.example.com"), "data.example.com"),
        (xfh("evil.example, data.example.com") + xff(ME), "data.example.com"),
        (xfh("evil.example", "data.example.com") + xff(ME), "data.example.com"),
        (xfh("data.example.com, inner.svc") + xff(f"{ME}, {INNER}"), "data.example.com"),
        (xfh("evil.example, data.example.com, inner.svc") + xff(f"203.0.113.66, {ME}, {INNER}"), "data.example.com"),
        (xfh("data.example.com") + xff(f"{ME}, {INNER}"), "data.example.com"),
        (std(f"for={ME};host=data.example.com;proto=https"), "data.example.com"),
        (std(f'for={ME};Host="data.example.com:8443"'), "data.example.com:8443"),
        (std(f"host=evil.example, for={ME};host=data.example.com"), "data.example.com"),
        (std(f"for={ME};host=data.example.com, for={INNER};host=inner.svc"), "data.example.com"),
        (std(f"for={ME}, for={INNER};host=data.example.com"), "data.example.com"),
        (std(f"for={ME}") + xfh("data.example.com"), "data.example.com"),
        (std(f"for={ME};host=data.example.com") + xfh("evil.example"), "data.example.com"),
    ],
)
def test_a_trusted_proxy_is_believed(headers: list[tuple[str, str]], seen: str) -> None:
    assert host(headers) == seen
    assert host(headers, peer="8.8.8.8") == OURS, "from anybody else it is not"
    assert host(headers, visitors=FIXED) == "data.example.com", "what is configured wins"
    if "," not in "".join(value for _, value in headers):
        assert forwarded("GET", (("host", OURS), *headers), ME, PRIVATE).host == seen, "and so it is explained"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (xfh("a b"), GARBLED_HOST),
        (xfh("https://data.example.com"), GARBLED_HOST),
        (xfh("data.example.com/x"), GARBLED_HOST),
        (xfh('"><script>'), GARBLED_HOST),
        (xfh("data.example.com:port"), GARBLED_HOST),
        (xfh("a" * 300), GARBLED_HOST),
        (xfh("münchen.example"), GARBLED_HOST),
        (std(f'for={ME};host="a b"'), GARBLED_HOST),
        (xfh("evil.example, data.example.com") + xff(f"203.0.113.66, {ME}, {INNER}"), UNCLEAR_HOST),
        (xfh("a.example, b.example, c.example") + xff(f"{ME}, {INNER}"), UNCLEAR_HOST),
        (xfh(""), None),
        (xfh(" , "), None),
        (std("for="), None),
        (std(f'host="evil.example, for={ME};host=data.example.com'), None),
        (std(f"for={ME};host=data.example.com;host=evil.example"), None),
        ([], None),
    ],
)
def test_what_cannot_be_understood_leaves_the_host_header(headers: list[tuple[str, str]], why: str | None) -> None:
    asker = asker_of(PROXY, "GET", (("host", OURS), *headers), PRIVATE)
    assert (asker.host, asker.is_public, asker.visitor.host.why) == (OURS, False, why)


def test_proxies_known_by_name_pass_on_what_a_visitor_says_himself() -> None:
    cloudflare = "173.245.48.1"
    assert host(std(f"for={ME};host=evil.example"), peer=cloudflare, visitors=CLOUD) == OURS
    assert host(xfh("data.example.com"), peer=cloudflare, visitors=CLOUD) == "data.example.com", "a gateway's may be no worse"
    own = (("host", "data.example.com"), ("x-forwarded-host", "evil.example"))
    assert asker_of(cloudflare, "GET", own, CLOUD).host == "data.example.com"
    assert forwarded("GET", own, ME, CLOUD).host == "data.example.com"
    told = asker_of(cloudflare, "GET", own, CLOUD).visitor.host
    assert (told.doubt("data.example.com"), told.doubt("evil.example")) == (PASSED_ON, None)


def test_a_request_without_a_host_gets_the_public_one() -> None:
    asker = asker_of(PROXY, "GET", (("x-forwarded-host", "data.example.com"),), PRIVATE)
    assert (asker.host, asker.headers[0]) == ("data.example.com", ("host", "data.example.com"))


@pytest.mark.parametrize(
    ("headers", "plain"),
    [
        (std(f"for={ME};proto=http"), True),
        (std(f"for={ME};proto=https"), False),
        ([*std(f"for={ME};proto=http"), ("x-forwarded-proto", "https")], False),
        (std(f"for={ME};proto=http, for={INNER};proto=https"), False),
        (std(f"for=evil;proto=http, for={ME};proto=https"), False),
        (std(f"for={ME};proto=http;proto=https"), False),
        (std(f"for={ME}"), False),
        ([("x-forwarded-proto", "http")], True),
    ],
)
def test_the_scheme_is_told_by_either_header(headers: Headers, plain: bool) -> None:
    page = (("host", "data.example.com"), ("origin", "http://www.example.com"), *headers)
    assert asker_of(PROXY, "GET", page, PRIVATE).plain is plain
    assert not asker_of("8.8.8.8", "GET", page, PRIVATE).plain
    assert forwarded("GET", page, ME, PRIVATE).plain is plain


@given(
    st.lists(st.tuples(st.sampled_from(["forwarded", "x-forwarded-host", "x-forwarded-for"]), st.text(max_size=40)), max_size=5)
)
def test_no_header_raises_or_makes_two_hosts(headers: list[tuple[str, str]]) -> None:
    assert host(headers)


def looked_at(text: str) -> None:
    host(xfh(text))
    host(std(text))


def test_long_headers_take_no_time() -> None:
    for text in ("a," * 8000, 'host="' + "\\" * 16000, "host=a;" * 2000, "." * 16000):
        assert takes_less(partial(looked_at, text), 0.25)


def test_what_is_too_long_for_a_name_is_not_remembered() -> None:
    before = _read.cache_info().currsize
    assert host(xfh("a" * (LONGEST_HOST + 1))) == OURS
    assert _read.cache_info().currsize == before
