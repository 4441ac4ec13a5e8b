"""The page about the own domain: it speaks of every proxy, network and header that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import ServerSettings
from config.networks import NAMED
from config.proxies import PROXIES

PAGE = Path(__file__).parent.parent / "docs" / "first-party.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_it_speaks_of_every_proxy_and_every_named_network() -> None:
    for name in (*PROXIES, *NAMED):
        assert f"`{name}`" in TEXT


@pytest.mark.parametrize("key", ["path_prefix", "behind", "trusted_proxies", "geo", "allowed_origins"])
def test_the_keys_it_speaks_of_exist(key: str) -> None:
    assert key in ServerSettings.model_fields
    assert re.search(rf"`{key}[:`]", TEXT)


def test_headers_of_proxies_known_by_name_are_the_ones_it_tells() -> None:
    for proxy in PROXIES.values():
        for header in (*filter(None, [proxy.address]), *proxy.geo.get("country", ())[:1]):
            assert header in TEXT.lower()
