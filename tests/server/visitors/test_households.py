"""By what visitors are told apart where they are counted."""

from __future__ import annotations

import pytest

from server.visitors.households import household


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nobody", "nobody"),
    ],
)
def test_an_address_counts_as_it_is_and_of_ipv6_its_house(address: str, name: str) -> None:
    assert household(address) == name
