"""Which hosts are somebody's."""

from __future__ import annotations

import pytest

from config import Settings, SourceFile, load
from core.registry import installed
from server.scripts import KnownHosts, known_hosts


def settings(server: str = "{}", cookies: str = "{}", hosts: str = "[]") -> Settings:
    text = (
        f"server: {server}\nclients:\n  ga4: {{measurement_ids: [G-1], cookies: {cookies}}}\n"
        f"  scripts: {{type: google_scripts, hosts: {hosts}}}\ntags: {{ga4: {{}}}}\n"
    )
    loaded = load([SourceFile("a.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert loaded.settings, loaded.problems
    return loaded.settings


ALWAYS = ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "shop.localhost"]
NEVER = [
    "evil.example",
    "example.com.evil.example",
    "evilexample.com",
    "127.evil.example",
    "[2001:db8::1]:443",
    "com",
    "203.0.113.9",
]


@pytest.mark.parametrize("host", [*ALWAYS, *NEVER, "data.example.com"])
def test_where_nothing_is_known_any_host_is(host: str) -> None:
    assert host in known_hosts(settings())
    assert host in KnownHosts()


@pytest.mark.parametrize(
    "file",
    [
        settings("{allowed_origins: ['https://www.example.com']}"),
        settings("{allowed_origins: ['https://*.example.com', 'https://*.other.example', 'http://localhost:3000']}"),
        settings("{public_host: 'data.example.com:8443'}"),
        settings(cookies="{mode: server, domain: example.com}"),
    ],
)
def test_by_default_every_host_of_a_site_that_the_file_speaks_of(file: Settings) -> None:
    known = known_hosts(file)
    for host in ("example.com", "data.example.com", "DATA.example.com.", "a.b.example.com:8443", *ALWAYS):
        assert host in known, host
    for host in NEVER:
        assert host not in known, host


def test_a_file_that_speaks_of_this_machine_alone_says_nothing_of_hosts() -> None:
    assert "data.example.com" in known_hosts(settings("{allowed_origins: ['http://localhost:3000']}"))


def test_a_list_counts_as_it_is_with_the_public_host() -> None:
    file = settings(
        "{public_host: m.other.example, allowed_origins: ['https://www.third.example']}",
        hosts="[data.example.com, '*.shop.example']",
    )
    known = known_hosts(file)
    for host in ("data.example.com", "data.example.com:8443", "a.shop.example", "m.other.example", *ALWAYS):
        assert host in known, host
    for host in ("www.example.com", "shop.example", "a.other.example", "www.third.example", *NEVER):
        assert host not in known, host


def test_an_address_is_itself_alone() -> None:
    known = known_hosts(settings("{allowed_origins: ['http://203.0.113.5']}"))
    assert "203.0.113.5:8080" in known
    assert "203.0.113.9" not in known
