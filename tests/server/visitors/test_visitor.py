"""Whose address is taken for the visitor's, and whose word for it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ServerSettings
from core.types import NOWHERE, Geo, Headers
from server.visitors.visitor import GARBLED, SILENT, UNCONFIGURED, Visitor, Visitors

PROXY = "10.0.0.5"
INNER = "10.0.0.6"
ME = "198.51.100.7"
FORGED = "203.0.113.66"
CLOUDFLARE = "172.71.1.1"
FORWARDED: Headers = (("host", "m.example.com"), ("x-forwarded-for", ME))


def visitors(**server: Any) -> Visitors:
    return Visitors(ServerSettings.model_validate(server))


NOBODY = visitors()
PRIVATE = visitors(trusted_proxies="private")
BEHIND_CLOUDFLARE = visitors(behind="cloudflare")


def xff(*lines: str) -> Headers:
    return tuple(("x-forwarded-for", line) for line in lines)


def forwarded(*lines: str) -> Headers:
    return tuple(("forwarded", line) for line in lines)


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


CF: Headers = (("cf-connecting-ip", ME), ("cf-ipcountry", "DE"), ("cf-region-code", "BY"), ("cf-ipcity", "MÃ¼nchen"))
MUNICH = Geo("DE", "BY", "München")


@pytest.mark.parametrize(
    ("peer", "headers", "visitor"),
    [
        (CLOUDFLARE, (*CF, *xff(f"{FORGED}, {ME}")), Visitor(ME, MUNICH)),
        ("2606:4700::5", (*CF, *forwarded(f"for={FORGED}")), Visitor(ME, MUNICH)),
        (CLOUDFLARE, (("cf-connecting-ip", "2001:db8::7"),), Visitor("2001:db8::7")),
        (CLOUDFLARE, (("cf-connecting-ip", "nonsense"), *xff(ME)), Visitor(None, why=GARBLED)),
        (CLOUDFLARE, (("cf-connecting-ip", FORGED), *CF), Visitor(None, MUNICH, GARBLED)),
        (CLOUDFLARE, xff(ME), Visitor(None, why=SILENT)),
        (CLOUDFLARE, (("cf-connecting-ip", ME), ("cf-ipcountry", "XX"), ("x-gclb-country", "FR")), Visitor(ME)),
        (PROXY, (*CF, *xff(ME)), Visitor(None, why=UNCONFIGURED)),
        ("8.8.8.8", (*CF, *xff(ME)), Visitor("8.8.8.8")),
    ],
)
def test_behind_cloudflare_only_its_own_networks_speak_for_visitors(peer: str, headers: Headers, visitor: Visitor) -> None:
    assert BEHIND_CLOUDFLARE.of(peer, headers) == visitor


@pytest.mark.parametrize(
    ("chain", "visitor"),
    [
        (f"{FORGED}, {ME}, {CLOUDFLARE}", Visitor(ME, MUNICH)),
        (f"{CLOUDFLARE}, 8.8.8.8", Visitor("8.8.8.8")),
        (f"{CLOUDFLARE}, 8.8.8.8, {INNER}", Visitor("8.8.8.8")),
    ],
)
def test_with_a_proxy_of_our_own_in_between_who_goes_round_cloudflare_is_not_believed(chain: str, visitor: Visitor) -> None:
    both = visitors(behind="cloudflare", trusted_proxies="private")
    assert both.of(PROXY, (*CF, *xff(chain))) == visitor


def test_fastlys_own_header_is_not_believed_since_it_takes_it_over_from_visitors() -> None:
    fastly = visitors(behind="fastly")
    headers = (("fastly-client-ip", FORGED), ("x-gclb-country", "FR"), *forwarded(f"for={FORGED}"))
    assert fastly.of("151.101.1.1", (*headers, *xff(f"{FORGED}, {ME}"))) == Visitor(ME)
    assert fastly.of("151.101.1.1", (*headers, *xff(f"{FORGED}, {ME}, 157.52.91.44"))) == Visitor(ME)


def test_behind_cloud_run_and_its_load_balancer() -> None:
    headers = (("x-gclb-country", "US"), ("x-gclb-region", "USCA"))
    direct = visitors(behind="cloud_run")
    assert direct.of("169.254.169.126", (*headers, *xff(f"{FORGED}, {ME}"))) == Visitor(ME, Geo("US", "CA"))
    balanced = visitors(behind="cloud_run", trusted_proxies="203.0.113.80")
    assert balanced.of("169.254.169.126", xff(f"{FORGED}, {ME}, 203.0.113.80")) == Visitor(ME)
    assert direct.of("35.191.0.9", xff(f"{FORGED}, {ME}, 35.191.3.3")) == Visitor(ME)


def test_behind_cloudfront() -> None:
    headers = (("cloudfront-viewer-country", "DE"), ("cloudfront-viewer-country-region", "BY"), *xff(f"{FORGED}, {ME}"))
    assert visitors(behind="cloudfront").of("130.176.88.10", headers) == Visitor(ME, Geo("DE", "BY"))
    assert visitors(behind="cloudfront").of("8.8.8.8", headers) == Visitor("8.8.8.8")


def test_a_trusted_proxys_geo_headers_are_believed() -> None:
    assert PRIVATE.of(PROXY, (("x-gclb-country", "DE"), *xff(ME))) == Visitor(ME, Geo("DE"))
    named = visitors(trusted_proxies="private", geo={"country": "X-Country", "region": "X-Region", "city": "X-City"})
    headers = (("x-country", "de"), ("x-region", "DE-BY"), ("x-city", "Ulm"), ("x-gclb-country", "FR"), *xff(ME))
    assert named.of(PROXY, headers) == Visitor(ME, Geo("DE", "BY", "Ulm"))
    assert named.of(PROXY, headers[3:]) == Visitor(ME)
    assert visitors(behind="cloudflare", geo={"region": "X-Region"}).of(CLOUDFLARE, (*CF[:2], *headers)).geo == Geo("DE", "BY")


def test_of_a_repeated_header_the_last_counts_which_is_the_proxys() -> None:
    assert PRIVATE.of(PROXY, (("x-gclb-country", "FR"), ("x-gclb-country", "DE"), *xff(ME))).geo == Geo("DE")


def test_a_database_is_asked_where_no_header_tells() -> None:
    asked = []

    def look_up(address: str) -> Geo:
        asked.append(address)
        return Geo("SE")

    found = Visitors(ServerSettings.model_validate({"trusted_proxies": "private"}), look_up)
    assert found.of("8.8.8.8", FORWARDED) == Visitor("8.8.8.8", Geo("SE"))
    assert found.of(PROXY, xff(ME)) == Visitor(ME, Geo("SE"))
    assert found.of(PROXY, (("x-gclb-country", "DE"), *xff(ME))) == Visitor(ME, Geo("DE"))
    assert found.of(PROXY, ()).geo == NOWHERE
    assert found.geo((), ME) == Geo("SE")
    assert found.geo((("x-gclb-country", "DE"),), ME) == Geo("DE")
    assert found.geo((), None) == NOWHERE
    assert asked == ["8.8.8.8", ME, ME]


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
