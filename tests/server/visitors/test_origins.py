"""Whose pages may read replies: one exact origin is echoed, or none."""

from __future__ import annotations

import pytest

from server.visitors.origins import MOST_NAMES, Origins, embeddable

SAME_SITE = Origins([])
LISTED = Origins(["https://www.shop.example", "https://*.example.com", "https://*.example.org:8443", "http://localhost:3000"])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://www.example.com", "metrics.example.com"),
        ("https://example.com", "metrics.example.com"),
        ("https://metrics.example.com", "metrics.example.com"),
        ("https://a.b.c.example.com", "example.com"),
        ("https://www.example.com:8443", "metrics.example.com:8080"),
        ("https://www.example.co.uk", "metrics.example.co.uk"),
        ("https://WWW.EXAMPLE.COM", "metrics.example.com"),
        ("http://localhost:3000", "localhost:8080"),
        ("http://127.0.0.1:3000", "127.0.0.1:8080"),
        ("http://[::1]:3000", "[::1]:8080"),
        ("https://shop.github.io", "shop.github.io"),
        ("https://tagyard", "tagyard:8080"),
        ("http://shop.localhost", "data.shop.localhost:8080"),
        ("http://shop.localhost:3000", "shop.localhost"),
    ],
)
def test_pages_of_our_own_site_are_allowed_where_nothing_is_listed(origin: str, host: str) -> None:
    assert SAME_SITE.allows(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evilexample.com", "metrics.example.com"),
        ("https://example.com.evil", "metrics.example.com"),
        ("https://metrics.example.com.evil.net", "metrics.example.com"),
        ("https://evil.net", "metrics.example.com"),
        ("https://example.net", "metrics.example.com"),
        ("null", "metrics.example.com"),
        ("null", "null"),
        ("", "metrics.example.com"),
        ("", ""),
        ("https://", ""),
        ("https://other.co.uk", "example.co.uk"),
        ("https://co.uk", "example.co.uk"),
        ("https://com", "example.com"),
        ("https://mine.github.io", "yours.github.io"),
        ("https://github.io", "yours.github.io"),
        ("http://10.0.0.1", "10.1.0.1"),
        ("http://11.0.0.1", "10.0.0.1"),
        ("http://127.0.0.1", "127.0.0.2"),
        ("http://[::1]", "[::2]"),
        ("http://[fe80::1]", "[fe80::2]"),
        ("http://localhost", "127.0.0.1"),
        ("http://evil.localhost.net", "localhost"),
        ("https://www.example.com:port", "metrics.example.com"),
        ("https://www.example.com", "metrics.example.com:port"),
        ("https://[::1", "[::1]"),
        ("https://evil.net#.example.com", "metrics.example.com"),
        ("https://evil.net/.example.com", "metrics.example.com"),
        ("https://evil.net?.example.com", "metrics.example.com"),
        ("https://www.example.com@evil.net", "metrics.example.com"),
        ("http://www.example.com", "metrics.example.com"),
        ("http://metrics.example.com", "metrics.example.com"),
        ("HTTP://www.example.com", "metrics.example.com"),
        ("http://10.0.0.1", "10.0.0.1"),
        ("http://localhost.example.com", "metrics.example.com"),
        ("ws://www.example.com", "metrics.example.com"),
    ],
)
def test_any_other_page_is_not(origin: str, host: str) -> None:
    assert not SAME_SITE.allows(origin, host)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://www.example.com", "metrics.example.com", True),
        ("https://www.example.com", "metrics.example.com", True),
        ("http://10.0.0.1", "10.0.0.1:8080", True),
        ("http://tagyard", "tagyard:8080", True),
        ("http://evilexample.com", "metrics.example.com", False),
        ("http://example.com.evil", "metrics.example.com", False),
        ("null", "metrics.example.com", False),
    ],
)
def test_where_our_own_request_came_by_http_pages_of_http_are_allowed_too(origin: str, host: str, allowed: bool) -> None:
    assert SAME_SITE.allows(origin, host, plain=True) is allowed


def test_what_is_remembered_of_one_scheme_is_not_said_of_the_other() -> None:
    page, host = "http://www.example.com", "metrics.example.com"
    assert len(SAME_SITE.headers(page, host, plain=True)) == 3
    assert SAME_SITE.headers(page, host) == [(b"vary", b"Origin")]
    assert SAME_SITE.headers(page, host, preflight="") == [(b"vary", b"Origin")]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.shop.example", True),
        ("http://www.shop.example", False),
        ("https://www.shop.example:8443", False),
        ("https://shop.example", False),
        ("https://x.www.shop.example", False),
        ("https://www.example.com", True),
        ("https://a.b.example.com", True),
        ("https://example.com", False),
        ("http://www.example.com", False),
        ("https://www.example.com:8443", False),
        ("https://evilexample.com", False),
        ("https://example.com.evil", False),
        ("https://www.example.com.evil", False),
        ("https://evil.net/.example.com", False),
        ("https://a.example.org:8443", True),
        ("https://a.example.org", False),
        ("http://localhost:3000", True),
        ("http://localhost:3001", False),
        ("null", False),
        ("", False),
        ("*", False),
        ("https://*.example.com", False),
        ("https://evil.net\\.example.com", False),
    ],
)
def test_a_list_is_taken_by_the_letter_and_by_the_label(origin: str, allowed: bool) -> None:
    assert LISTED.allows(origin, "metrics.example.com") is allowed


def test_a_list_replaces_the_rule_of_the_same_site() -> None:
    assert not Origins(["https://www.shop.example"]).allows("https://www.example.com", "metrics.example.com")


def test_an_allowed_origin_is_echoed_with_credentials() -> None:
    assert SAME_SITE.headers("https://www.example.com", "metrics.example.com") == [
        (b"access-control-allow-origin", b"https://www.example.com"),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


@pytest.mark.parametrize("origin", [None, "null", "https://evil.net", "\xff\xfe"])
@pytest.mark.parametrize("preflight", [None, "", "baggage"])
def test_others_get_only_the_advice_to_caches(origin: str | None, preflight: str | None) -> None:
    assert SAME_SITE.headers(origin, "metrics.example.com", preflight=preflight) == [(b"vary", b"Origin")]


def test_names_that_no_host_has_are_not_remembered() -> None:
    listed = Origins(["https://*.example.com"])
    long = "https://" + "a" * 5000 + ".example.com"
    for origin, host in ((long, "m.example.com"), ("https://a.example.com", "m" * 5000)):
        assert listed.headers(origin, host, preflight="") == [(b"vary", b"Origin")]


def test_a_preflight_says_what_may_follow() -> None:
    headers = dict(SAME_SITE.headers("https://www.example.com", "metrics.example.com", preflight=""))
    assert headers[b"access-control-allow-methods"] == b"GET, POST, OPTIONS"
    assert headers[b"access-control-allow-headers"] == b"content-type, x-gtm-server-preview"
    assert headers[b"access-control-max-age"] == b"7200"
    assert headers[b"vary"] == b"Origin, Access-Control-Request-Headers"


def test_a_preflight_leaves_nothing_behind_in_later_replies() -> None:
    before = list(SAME_SITE.headers("https://a.example.com", "m.example.com"))
    SAME_SITE.headers("https://a.example.com", "m.example.com", preflight="")
    assert SAME_SITE.headers("https://a.example.com", "m.example.com") == before


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ("", ""),
        ("baggage,sentry-trace,traceparent", ", baggage, sentry-trace, traceparent"),
        ("Content-Type, X-Requested-With", ", x-requested-with"),
        ("*", ""),
        ("*,authorization", ", authorization"),
        ("a b,c\r\nset-cookie: x,(d),é,,e", ", e"),
        ("x" * 129, ""),
        (",".join(["a"] * 1000), ", a"),
    ],
)
def test_a_preflight_is_allowed_the_names_that_it_asks_for(asked: str, allowed: str) -> None:
    headers = dict(SAME_SITE.headers("https://www.example.com", "metrics.example.com", preflight=asked))
    assert headers[b"access-control-allow-headers"].decode() == f"content-type, x-gtm-server-preview{allowed}"
    assert b"*" not in dict(SAME_SITE.headers("https://evil.net", "metrics.example.com", preflight=asked)).values()


def test_there_is_an_end_to_the_names() -> None:
    asked = ",".join(f"x-{number}" for number in range(1000))
    headers = dict(SAME_SITE.headers("https://www.example.com", "metrics.example.com", preflight=asked))
    assert headers[b"access-control-allow-headers"].endswith(f", x-{MOST_NAMES - 1}".encode())


@pytest.mark.parametrize(
    ("origin", "credentials"),
    [("null", False), ("capacitor://localhost", True), ("file://", True), ("https://www.shop.example", True)],
)
def test_apps_and_sandboxed_pages_can_be_listed_and_null_never_has_credentials(origin: str, credentials: bool) -> None:
    listed = Origins(["null", "capacitor://localhost", "file://", "https://www.shop.example"])
    headers = dict(listed.headers(origin, "data.shop.example", preflight="baggage"))
    assert headers[b"access-control-allow-origin"] == origin.encode()
    assert (b"access-control-allow-credentials" in headers) is credentials
    assert b"baggage" in headers[b"access-control-allow-headers"]
    assert not listed.allows("capacitor://localhost:1", "data.shop.example")


def test_a_reply_may_be_embedded_unless_its_client_says_otherwise() -> None:
    assert embeddable([], ()) == [(b"cross-origin-resource-policy", b"cross-origin")]
    assert embeddable([], (("cross-origin-resource-policy", "same-site"),)) == []
    assert embeddable([], (("Cross-Origin-Resource-Policy", "same-site"),)) == []
