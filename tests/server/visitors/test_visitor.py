"""Whose address is taken for the visitor's, whose word for it, and whether the request came encrypted."""

from __future__ import annotations

import pytest

from core.types import Headers
from server.visitors.visitor import GARBLED, SILENT, UNCONFIGURED, Visitor, Visitors
from tests.server.visitors.proxied import (
    BEHIND_CLOUDFLARE,
    FORGED,
    FORWARDED,
    INNER,
    ME,
    NOBODY,
    PRIVATE,
    PROXY,
    forwarded,
    visitors,
    xff,
)


@pytest.mark.parametrize(
    ("peer", "headers", "ip"),
    [
        ("8.8.8.8", (), "8.8.8.8"),
        ("8.8.8.8", FORWARDED, "8.8.8.8"),
        (ME, FORWARDED, ME),
        ("2001:4860:4860::8888", FORWARDED, "2001:4860:4860::8888"),
        ("::ffff:8.8.8.8", FORWARDED, "8.8.8.8"),
        (PROXY, (), PROXY),
        ("127.0.0.1", (("host", "x"),), "127.0.0.1"),
        ("fe80::1%eth0", (), "fe80::1"),
        (PROXY, FORWARDED, None),
        ("::1", FORWARDED, None),
        ("::ffff:10.0.0.5", FORWARDED, None),
        ("169.254.1.1", FORWARDED, None),
        ("100.64.0.1", FORWARDED, None),
        ("fe80::1%eth0", FORWARDED, None),
        ("fd00::1", FORWARDED, None),
        ("172.17.0.1", forwarded(f"for={ME}"), None),
        (PROXY, xff(""), None),
        (None, (), None),
        (None, FORWARDED, None),
        ("", FORWARDED, None),
        ("unix:", (), None),
    ],
)
def test_where_nobody_is_trusted_a_neighbour_that_forwards_is_a_proxy_and_not_the_visitor(
    peer: str | None, headers: Headers, ip: str | None
) -> None:
    assert NOBODY.of(peer, headers) == Visitor(ip, why=None if ip else UNCONFIGURED)


@pytest.mark.parametrize("claimed", ["1.1.1.1", "127.0.0.1", "1.1.1.1, 2.2.2.2", "garbage", ""])
@pytest.mark.parametrize("which", [NOBODY, PRIVATE, BEHIND_CLOUDFLARE])
def test_nobody_can_talk_us_into_another_address(claimed: str, which: Visitors) -> None:
    headers = (
        ("x-forwarded-for", claimed),
        ("forwarded", f"for={claimed}"),
        ("cf-connecting-ip", claimed),
        ("cf-ipcountry", "DE"),
        ("x-gclb-country", "DE"),
    )
    assert which.of("8.8.8.8", headers) == Visitor("8.8.8.8")


@pytest.mark.parametrize(
    ("headers", "ip"),
    [
        (xff(ME), ME),
        (xff(f"{FORGED}, {ME}"), ME),
        (xff(f"127.0.0.1, {ME}"), ME),
        (xff(f"garbage, unknown, {ME}"), ME),
        (xff(f"{FORGED}, {ME}, {INNER}"), ME),
        (xff(f"{FORGED}, {ME}, {INNER}, 127.0.0.1, ::1"), ME),
        (xff(FORGED, ME), ME),
        (xff(f"{FORGED},{ME}", INNER), ME),
        (xff(f"{ME}:4711"), ME),
        (xff("2001:db8::7"), "2001:db8::7"),
        (xff("2001:DB8:0:0:0:0:0:7"), "2001:db8::7"),
        (xff("[2001:db8::7]"), "2001:db8::7"),
        (xff("[2001:db8::7]:4711"), "2001:db8::7"),
        (xff(f"::ffff:{ME}"), ME),
        (xff(f"{ME}, [::ffff:10.0.0.6]:80"), ME),
        (xff(f"{ME}, fe80::1%eth0, {INNER}"), None),
        (xff(f", {ME},, \t, {INNER} ,"), ME),
    ],
)
def test_the_list_is_walked_from_our_end_to_the_first_who_is_not_trusted(headers: Headers, ip: str | None) -> None:
    assert PRIVATE.of(PROXY, headers).ip == ip


@pytest.mark.parametrize(
    ("headers", "ip"),
    [
        (forwarded(f"for={ME}"), ME),
        (forwarded(f"For={ME};proto=https;by=10.0.0.5"), ME),
        (forwarded(f'proto=https; for="{ME}:4711" ; host=x'), ME),
        (forwarded('for="[2001:db8::7]:4711"'), "2001:db8::7"),
        (forwarded(r'for="[2001:\db8::7]"'), "2001:db8::7"),
        (forwarded(f'for={FORGED}, for={ME};by="a, for=1.1.1.1", for="10.0.0.6:80"'), ME),
        (forwarded(f"for={FORGED}", f"for={ME}"), ME),
        (forwarded(f", for={ME};;, ,"), ME),
        (forwarded(f"for={ME}") + xff(FORGED), ME),
        (forwarded("proto=https") + xff(ME), ME),
        (forwarded("") + xff(ME), ME),
        (forwarded("for=") + xff(ME), ME),
    ],
)
def test_forwarded_is_walked_alike_and_comes_first_where_it_names_anybody(headers: Headers, ip: str) -> None:
    assert PRIVATE.of(PROXY, headers).ip == ip


@pytest.mark.parametrize(
    "line",
    [
        f'for={FORGED};a=", for={ME}',
        f'for={FORGED};a=", for="[2001:db8::7]"',
        f'for={FORGED};a="\\, for="[2001:db8::7]"',
        f"for={FORGED};for={ME}",
        f"for={FORGED};FOR={ME}",
        f"for={FORGED} {ME}",
        "for=unknown",
        "for=_hidden",
        f"for={FORGED}, proto=https",
        f"for={FORGED}, =x",
    ],
)
def test_a_quote_that_the_visitor_opens_does_not_swallow_what_the_proxy_says(line: str) -> None:
    assert PRIVATE.of(PROXY, forwarded(line)) == Visitor(None, why=GARBLED)


@pytest.mark.parametrize(
    "last",
    [
        "unknown",
        "_hidden",
        "garbage",
        "256.1.1.1",
        "1.2.3",
        "1.2.3.4:99999999",
        "[::1",
        "::1]",
        "1.2.3.4 5.6.7.8",
        "9" * 99,
        "[]",
    ],
)
def test_what_a_proxy_writes_that_is_no_address_ends_the_walk_with_none(last: str) -> None:
    assert PRIVATE.of(PROXY, xff(f"{FORGED}, {last}")) == Visitor(None, why=GARBLED)


@pytest.mark.parametrize("headers", [(), xff(""), xff(" , "), xff(INNER), xff(f"{INNER}, 127.0.0.1"), forwarded("proto=https")])
def test_trusted_proxies_are_never_the_visitor_themselves(headers: Headers) -> None:
    assert PRIVATE.of(PROXY, headers) == Visitor(None, why=SILENT)


def test_a_stranger_in_our_own_network_that_forwards_is_a_proxy_too() -> None:
    loopback = visitors(trusted_proxies=["loopback"])
    assert loopback.of("127.0.0.1", xff(f"{ME}, 10.0.0.9")) == Visitor(None, why=UNCONFIGURED)
    assert loopback.of("127.0.0.1", xff("10.0.0.9")) == Visitor("10.0.0.9")
    assert loopback.of("127.0.0.1", xff(f"{FORGED}, {ME}")) == Visitor(ME)


def test_networks_and_single_addresses_are_trusted_as_written() -> None:
    listed = visitors(trusted_proxies=["203.0.113.0/24", "2001:db8::1"])
    assert listed.of("203.0.113.9", xff(ME)).ip == ME
    assert listed.of("2001:db8::1", xff(ME)).ip == ME
    assert listed.of("2001:db8::2", xff(ME)).ip == "2001:db8::2"


@pytest.mark.parametrize(
    ("peer", "protos", "plain"),
    [
        (PROXY, ["http"], True),
        (PROXY, ["HTTP , http"], True),
        (PROXY, ["https"], False),
        (PROXY, ["https, http"], False),
        (PROXY, ["http", "https"], False),
        (PROXY, ["nonsense"], False),
        (PROXY, [], False),
        ("8.8.8.8", ["http"], False),
        (None, ["http"], False),
    ],
)
def test_a_request_came_plain_only_where_a_trusted_proxy_says_so(peer: str | None, protos: list[str], plain: bool) -> None:
    assert PRIVATE.came_plain(peer, tuple(("x-forwarded-proto", proto) for proto in protos)) is plain


@pytest.mark.parametrize(
    ("peer", "protos", "encrypted"),
    [
        ("10.0.0.1", ["https"], True),
        ("10.0.0.1", ["HTTPS"], True),
        ("10.0.0.1", ["https, https"], True),
        ("10.0.0.1", ["https, http"], False),
        ("10.0.0.1", ["http"], False),
        ("10.0.0.1", [], False),
        ("203.0.113.1", ["https"], False),
        (None, ["https"], False),
    ],
)
def test_a_request_came_encrypted_only_where_a_trusted_proxy_says_so(
    peer: str | None, protos: list[str], encrypted: bool
) -> None:
    assert PRIVATE.came_encrypted(peer, tuple(("x-forwarded-proto", proto) for proto in protos)) is encrypted
