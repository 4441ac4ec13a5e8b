"""Which site a host is of."""

from __future__ import annotations

import pytest

from server.visitors.suffixes import site_of


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("example.com", "example.com"),
        ("data.shop.example.com", "example.com"),
        ("www.shop.example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("shop.github.io", "shop.github.io"),
        ("github.io", None),
        ("xn--mller-kva.de", "xn--mller-kva.de"),
    ],
)
def test_a_host_is_of_what_somebody_could_register(host: str, site: str | None) -> None:
    assert site_of(host) == site
