"""Addresses in whatever clothes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.addresses import address_in


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_one_in_ipv6_clothes_too(address: IPv4Address) -> None:
    assert address_in(str(address)) == address_in(f"::ffff:{address}") == address


@given(st.ip_addresses(v=6))
def test_another_ipv6_address_is_itself(address: IPv6Address) -> None:
    assert address_in(str(address)) == (address.ipv4_mapped or address)


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "1.2.3.4:80", "[::1]", " ::1", "1.2.3.4/8", "::ffff:1.2.3"])
def test_nothing_else_is_one(text: str) -> None:
    assert address_in(text) is None


def test_a_zone_stays_with_the_address() -> None:
    assert address_in("fe80::1%eth0") == ip_address("fe80::1%eth0")
