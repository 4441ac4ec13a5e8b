from __future__ import annotations

import pytest

from wire.address import is_address, somebodys


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
