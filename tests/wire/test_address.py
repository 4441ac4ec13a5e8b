from __future__ import annotations

import pytest

from wire.address import is_address, public, somebodys


@pytest.mark.parametrize(
    "address", ["203.0.113.7", "203.0.113.0", "10.1.2.3", "2001:db8::1", "2001:db8:85a3::", "::1", "::ffff:203.0.113.7"]
)
def test_an_address_that_can_be_somebodys_counts(address: str) -> None:
    assert somebodys(address) == address
    assert is_address(address)


@pytest.mark.parametrize("address", ["::", "0.0.0.0", "0:0:0:0:0:0:0:0", "::0", "::ffff:0.0.0.0"])
def test_an_address_that_is_nobodys_counts_as_none(address: str) -> None:
    assert somebodys(address) is None
    assert is_address(address)


@pytest.mark.parametrize(
    "text", ["", " ", "unknown", "null", "203.0.113", "203.0.113.7:443", "203.0.113.999", "::x", "٢.0.0.1", ":" * 100_000]
)
def test_what_is_no_address(text: str) -> None:
    assert somebodys(text) is None
    assert not is_address(text)


@pytest.mark.parametrize("address", ["203.0.113.7", "8.8.8.8", "2001:db8::1", "::ffff:203.0.113.7", " 203.0.113.7 "])
def test_an_address_by_which_others_know_somebody(address: str) -> None:
    assert public(address) is not None


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "0.0.0.0", "::", "::1", "fd00::1"),
        *("fe80::1%eth0", "2001:db8::1%eth0", "::ffff:10.0.0.1", "203.0.113", "", "x"),
    ],
)
def test_an_address_of_a_home_s_own_tells_others_nothing(address: str) -> None:
    assert public(address) is None
