from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.http.addresses import objection

METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "::ffff:0:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "2001:0:808:808::5601:5601",
    "fe80::1",
    "fe80::1%eth0",
]
NOWHERE = ["0.0.0.0", "0.0.0.1", "::", "255.255.255.255", "224.0.0.1", "239.1.1.1", "ff02::1", "::ffff:0.0.0.0"]
PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "203.0.113.1",
    "240.0.0.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "2001:db8::1",
    "3fff::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001:0:808:808::f7f7:f7f7",
    "4000::1",
]
GLOBAL = ["8.8.8.8", "142.250.185.78", "2a00:1450:4001:82b::200e", "2606:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", METADATA + NOWHERE)
@pytest.mark.parametrize("literal_host", [True, False])
def test_never_contacted(address: str, literal_host: bool) -> None:
    assert objection(address, literal_host=literal_host)


@pytest.mark.parametrize("address", PRIVATE)
def test_contacted_only_where_the_configuration_says_so_literally(address: str) -> None:
    assert objection(address, literal_host=True) is None
    assert objection(address, literal_host=False)


@pytest.mark.parametrize("address", GLOBAL)
@pytest.mark.parametrize("literal_host", [True, False])
def test_always_contacted(address: str, literal_host: bool) -> None:
    assert objection(address, literal_host=literal_host) is None


@pytest.mark.parametrize(
    ("address", "literal_host", "why"),
    [
        ("169.254.169.254", True, "169.254.169.254 is a link-local address"),
        ("fd00:ec2::254", True, "fd00:ec2::254 is a cloud's metadata service"),
        ("127.0.0.1", False, "127.0.0.1 is not a global address"),
        ("64:ff9b::a9fe:a9fe", True, "64:ff9b::a9fe:a9fe carries 169.254.169.254, which is a link-local address"),
        ("::ffff:127.0.0.1", False, "::ffff:7f00:1 carries 127.0.0.1, which is not a global address"),
        ("64:ff9b::7f00:1", False, "64:ff9b::7f00:1 carries 127.0.0.1, which is not a global address"),
    ],
)
def test_says_what_speaks_against_it(address: str, literal_host: bool, why: str) -> None:
    assert objection(address, literal_host=literal_host) == why


@settings(max_examples=300)
@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "::ffff:0:0:0", "::", "64:ff9b::", "64:ff9b:1::"]))
def test_no_wrapping_makes_an_address_more_welcome(inner: ipaddress.IPv4Address, prefix: str) -> None:
    wrapped = str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + int(inner)))
    for literal_host in (True, False):
        if objection(str(inner), literal_host=literal_host) and wrapped != "::1":
            assert objection(wrapped, literal_host=literal_host)


@settings(max_examples=300)
@given(st.ip_addresses())
def test_what_the_strict_rule_allows_the_lenient_one_does_too(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if objection(str(address), literal_host=False) is None:
        assert objection(str(address), literal_host=True) is None
        assert address.is_global
