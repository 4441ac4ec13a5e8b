"""Whose address is taken for the visitor's."""

from __future__ import annotations

import pytest

from core.types import Headers
from server.visitor import is_private, visitor_address

FORWARDED: Headers = (("host", "m.example.com"), ("x-forwarded-for", "198.51.100.7"))


@pytest.mark.parametrize(
    "peer",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "",
        "unix:",
        "256.1.1.1",
    ],
)
def test_addresses_that_can_only_be_a_neighbours(peer: str) -> None:
    assert is_private(peer)


@pytest.mark.parametrize("peer", ["8.8.8.8", "2001:4860:4860::8888", "9.9.9.9"])
def test_addresses_of_the_world(peer: str) -> None:
    assert not is_private(peer)


@pytest.mark.parametrize(
    ("peer", "headers", "visitor"),
    [
        ("8.8.8.8", (), "8.8.8.8"),
        ("2001:4860:4860::8888", (), "2001:4860:4860::8888"),
        ("10.0.0.5", (), "10.0.0.5"),
        ("127.0.0.1", (("host", "x"),), "127.0.0.1"),
        ("10.0.0.5", FORWARDED, None),
        ("::1", FORWARDED, None),
        ("172.17.0.1", (("forwarded", "for=198.51.100.7"),), None),
        ("10.0.0.5", (("x-forwarded-for", ""),), None),
        (None, (), None),
        (None, FORWARDED, None),
    ],
)
def test_a_neighbour_that_forwards_is_a_proxy_and_not_the_visitor(
    peer: str | None, headers: Headers, visitor: str | None
) -> None:
    assert visitor_address(peer, headers) == visitor


@pytest.mark.parametrize("claimed", ["1.1.1.1", "127.0.0.1", "1.1.1.1, 2.2.2.2", "garbage", ""])
def test_nobody_can_talk_us_into_another_address(claimed: str) -> None:
    assert visitor_address("8.8.8.8", (("x-forwarded-for", claimed), ("forwarded", f"for={claimed}"))) == "8.8.8.8"
