from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Request
from wire.cookies.domain import domain_by, is_cookie_domain, level, request_domain


def on(*hosts: str) -> Request:
    return Request("r", 0, "GET", "/", headers=(("accept", "*/*"), *(("host", host) for host in hosts)))


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("shop.example.co.uk", "example.co.uk"),
        ("example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("data.shop.example.com", "example.com"),
        ("Data.EXAMPLE.com", "example.com"),
        ("shop.example.com:8443", "example.com"),
        ("shop.example.com:0", "example.com"),
        ("shop.github.io", "shop.github.io"),
        ("github.io", None),
        ("data.xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("tags.shop.internal", "shop.internal"),
        ("my_host.example.com", "example.com"),
        ("localhost", None),
        ("localhost:8080", None),
        ("192.0.2.1", None),
        ("192.0.2.1:8080", None),
        ("127.1", None),
        ("0x7f.0x1", None),
        ("2130706433", None),
        ("[2001:db8::1]", None),
        ("[::1]:8080", None),
        ("2001:db8::1", None),
        ("", None),
        (".", None),
        ("example.com.", None),
        (".example.com", None),
        ("a..example.com", None),
        ("-a.example.com", None),
        ("example.com:", None),
        ("example.com:123456", None),
        ("example.com:8080:8080", None),
        ("user@example.com", None),
        ("example.com/x", None),
        ("example.com, other.com", None),
        ("example.com;Domain=evil.com", None),
        ("example.com\r\nset-cookie: a=b", None),
        ("example.com\n", None),
        ("bücher.de", None),
        ("١٢.example.com", None),
        ("a." * 150 + "example.com", None),
    ],
)
def test_the_domain_of_a_host(host: str, domain: str | None) -> None:
    assert domain_by("auto")(on(host)) == domain


def test_only_the_one_host_of_a_request_counts() -> None:
    assert request_domain(on()) is None
    assert request_domain(on("a.example.com", "b.example.com")) is None


def test_a_domain_that_is_set_is_always_used() -> None:
    assert domain_by("example.org")(on("shop.example.com")) == "example.org"


@pytest.mark.parametrize(("domain", "labels"), [(None, 1), ("example.com", 2), ("example.co.uk", 3)])
def test_the_level(domain: str | None, labels: int) -> None:
    assert level(domain) == labels


@pytest.mark.parametrize(
    ("domain", "fits"),
    [
        ("example.com", True),
        ("shop.example.co.uk", True),
        ("co.uk", False),
        ("localhost", False),
        ("192.0.2.1", False),
        ("example.com:80", False),
        ("example.com ", False),
        ("", False),
        ("a." * 130 + "com", False),
    ],
)
def test_what_browsers_take_cookies_for(domain: str, fits: bool) -> None:
    assert is_cookie_domain(domain) == fits


@settings(max_examples=300)
@given(st.text() | st.text("aA1.-_:;\r\n []", max_size=20).map(lambda text: f"{text}.example.com"))
def test_whatever_the_host_the_domain_is_a_plain_one(host: str) -> None:
    domain = request_domain(on(host))
    assert domain is None or is_cookie_domain(domain)
