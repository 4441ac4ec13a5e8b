"""The page about the own domain: every configuration in it loads without a word, and every key in it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import ServerSettings, Source, load
from config.networks import NAMED
from config.proxies import PROXIES
from core.registry import installed
from server.cli.main import main

PAGE = Path(__file__).parent.parent / "docs" / "first-party.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
def test_its_configurations_load_without_a_word(text: str) -> None:
    loaded = load([Source("page", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert [str(problem) for problem in loaded.problems] == []


def test_it_speaks_of_every_proxy_and_every_named_network() -> None:
    for name in (*PROXIES, *NAMED):
        assert f"`{name}`" in TEXT


@pytest.mark.parametrize("key", ["path_prefix", "behind", "trusted_proxies", "geo", "allowed_origins"])
def test_the_keys_it_speaks_of_exist(key: str) -> None:
    assert key in ServerSettings.model_fields
    assert re.search(rf"`{key}[:`]", TEXT)


def test_its_links_and_commands_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT):
        assert (PAGE.parent / target).exists(), target
    assert set(re.findall(r"`tagyard (\w+)", TEXT)) <= main.commands.keys()


def test_headers_of_proxies_known_by_name_are_the_ones_it_tells() -> None:
    for proxy in PROXIES.values():
        for header in (*filter(None, [proxy.address]), *proxy.geo.get("country", ())[:1]):
            assert header in TEXT.lower()
