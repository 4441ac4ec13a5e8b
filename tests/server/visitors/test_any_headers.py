"""Whatever headers say: no error, and nobody is believed who is not trusted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Headers
from server.visitors.visitor import Visitor
from tests.server.visitors.proxied import (
    BEHIND_CLOUDFLARE,
    CLOUDFLARE,
    FORGED,
    ME,
    NOBODY,
    PRIVATE,
    PROXY,
    forwarded,
    visitors,
    xff,
)

NAMES = (
    "x-forwarded-for",
    "forwarded",
    "cf-connecting-ip",
    "cf-ipcountry",
    "cf-region-code",
    "x-gclb-country",
    "x-forwarded-proto",
)
TEXTS = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
PIECES = st.sampled_from(["for=", '"', ",", ";", " ", "[", "]", ":", FORGED, ME, "::1", "unknown", "\\", "=", "10.0.0.1", "%"])
VALUES = st.one_of(TEXTS, st.lists(PIECES, max_size=12).map("".join))
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6).map(tuple)
ALL = (NOBODY, PRIVATE, BEHIND_CLOUDFLARE, visitors(behind="fastly", trusted_proxies=["private", "cloudflare"]))


@given(HEADERS, st.sampled_from([None, "", "x", "8.8.8.8", PROXY, CLOUDFLARE, "151.101.1.1", "::1"]))
@settings(max_examples=300)
def test_it_never_raises_and_gives_an_address_or_a_reason(headers: Headers, peer: str | None) -> None:
    for each in ALL:
        visitor = each.of(peer, headers)
        assert (visitor.ip is None) is (visitor.why is not None)
        each.came_plain(peer, headers)


@given(HEADERS)
@settings(max_examples=200)
def test_an_untrusted_peer_is_never_believed(headers: Headers) -> None:
    for each in ALL:
        assert each.of("8.8.8.8", headers) == Visitor("8.8.8.8")


@given(HEADERS.map(lambda headers: tuple(pair for pair in headers if pair[0] != "forwarded")), VALUES)
@settings(max_examples=200)
def test_whatever_a_visitor_sends_the_entry_that_our_proxy_appends_decides(headers: Headers, sent: str) -> None:
    assert PRIVATE.of(PROXY, (*headers, *xff(f"{sent}, {ME}"))).ip == ME


@given(VALUES, st.sampled_from([f"for={ME}", f'for="{ME}:80";proto=https', 'for="[2001:db8::7]"']))
@settings(max_examples=400)
def test_a_visitors_forwarded_before_our_proxys_never_names_another(sent: str, ours: str) -> None:
    assert PRIVATE.of(PROXY, forwarded(f"{sent}, {ours}")).ip in (ME, "2001:db8::7", None)


def test_endless_white_space_costs_no_time() -> None:
    blank = " " * 30_000
    assert PRIVATE.of(PROXY, forwarded(f"for=a{blank}b")).ip is None
    assert PRIVATE.of(PROXY, forwarded('for="' + "\\" * 30_000)).ip is None
    assert PRIVATE.of(PROXY, xff(blank + ME)).ip == ME
