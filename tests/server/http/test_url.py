from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.http.errors import InvalidRequest
from server.http.url import split


@pytest.mark.parametrize(
    ("url", "where", "target"),
    [
        ("https://example.com/a", ("https", "example.com", 443, "example.com"), "/a"),
        ("http://example.com/", ("http", "example.com", 80, "example.com"), "/"),
        ("HTTPS://Example.COM/A", ("https", "example.com", 443, "example.com"), "/A"),
        ("https://example.com:443/", ("https", "example.com", 443, "example.com"), "/"),
        ("http://example.com:443/", ("http", "example.com", 443, "example.com:443"), "/"),
        ("https://example.com:8443/x?y=z", ("https", "example.com", 8443, "example.com:8443"), "/x?y=z"),
        ("http://a/", ("http", "a", 80, "a"), "/"),
        ("http://127.0.0.1:8080/", ("http", "127.0.0.1", 8080, "127.0.0.1:8080"), "/"),
        ("http://[::1]/", ("http", "::1", 80, "[::1]"), "/"),
        ("http://[FD00::A]:81/", ("http", "fd00::a", 81, "[fd00::a]:81"), "/"),
        ("https://bücher.example/", ("https", "xn--bcher-kva.example", 443, "xn--bcher-kva.example"), "/"),
        ("https://a_b.example/", ("https", "a_b.example", 443, "a_b.example"), "/"),
        ("https://example.com", ("https", "example.com", 443, "example.com"), "/"),
        ("https://example.com?a=/b", ("https", "example.com", 443, "example.com"), "/?a=/b"),
        ("https://example.com#a", ("https", "example.com", 443, "example.com"), "/"),
        ("https://example.com/a?b=c#d/e?f", ("https", "example.com", 443, "example.com"), "/a?b=c"),
        ("https://example.com/a?url=http://b/c?d", ("https", "example.com", 443, "example.com"), "/a?url=http://b/c?d"),
        ("https://example.com/a b?c=ü", ("https", "example.com", 443, "example.com"), "/a%20b?c=%C3%BC"),
        ("https://example.com/%41 '{}|^`\"<>\\", ("https", "example.com", 443, "example.com"), "/%41%20'{}|^`\"<>\\"),
    ],
)
def test_splits(url: str, where: tuple[str, str, int, str], target: str) -> None:
    destination, asked = split(url, True)
    scheme, host, port, authority = where
    assert destination == (scheme, host, port, True, authority)
    assert asked == target


def test_a_literal_host_is_another_destination() -> None:
    assert split("http://a/", True)[0] != split("http://a/", False)[0]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/collect",
        "example.com/",
        "ftp://example.com/",
        "//example.com/",
        "https:///path",
        "https://?a",
        "https://user:secret@example.com/",
        "https://example.com:/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://exa mple.com/",
        "https://example.com\\@evil.example/",
        "https://a..b/",
        "https://.a/",
        "https://" + "a" * 64 + ".example/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[example.com]/",
        "https://exa\r\nmple.com/",
        "https://example.com\n/",
        "https://example.com/ \r\nX: y",
        "https://example.com/ü\0",
    ],
)
def test_refuses(url: str) -> None:
    with pytest.raises(InvalidRequest):
        split(url, True)


def test_a_refusal_shows_nothing_of_the_url() -> None:
    with pytest.raises(InvalidRequest) as refused:
        split("https://user:secret@example.com/secret?secret", True)
    assert "secret" not in refused.value.why


@settings(max_examples=300)
@given(st.text())
def test_a_target_is_ascii_without_a_space(path: str) -> None:
    try:
        _, target = split(f"https://example.com/{path}", False)
    except InvalidRequest:
        return
    assert target.startswith("/")
    assert target.isascii()
    assert " " not in target
