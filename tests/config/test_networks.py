"""Networks by name and as written: what is in them, and what is refused."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from config import ServerSettings
from config.networks import NAMED, Networks, ProxyNetwork, networks_of
from config.proxies import PROXIES

NETWORK = TypeAdapter[str](ProxyNetwork)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        (
            "private",
            ["10.1.2.3", "172.31.255.255", "192.168.0.1", "fd00::1", "127.0.0.1", "::1"],
            ["172.32.0.1", "8.8.8.8", "2001:db8::1"],
        ),
        ("loopback", ["127.0.0.1", "127.9.9.9", "::1"], ["10.0.0.1", "128.0.0.1", "::2"]),
        (
            "cloudflare",
            ["173.245.48.5", "104.27.255.255", "172.71.1.1", "2606:4700::1", "2a06:98c7::1"],
            ["104.28.0.0", "2606:4701::1"],
        ),
        ("fastly", ["151.101.1.6", "199.232.0.1", "2a04:4e42::1"], ["151.102.0.1", "2a04:4e43::1"]),
        ("cloud_run", ["169.254.1.1", "35.191.0.1", "130.211.3.255"], ["130.211.4.0", "34.1.1.1"]),
        ("cloudfront", ["130.176.88.10", "18.68.1.1", "2600:9000:1000::1"], ["54.230.0.1", "2600:9000:7000::1"]),
        ("203.0.113.7", ["203.0.113.7"], ["203.0.113.6", "203.0.113.8", "::ffff:203.0.113.7"]),
        ("2001:db8::/32", ["2001:db8:ffff::1"], ["2001:db9::1", "32.1.13.184"]),
    ],
)
def test_which_addresses_are_in_it(name: str, inside: list[str], outside: list[str]) -> None:
    networks = networks_of([NETWORK.validate_python(name)])
    assert [text for text in inside if ip_address(text) not in networks] == []
    assert [text for text in outside if ip_address(text) in networks] == []


def test_nobody_is_in_no_network() -> None:
    assert ip_address("127.0.0.1") not in networks_of([])
    assert ip_address("::1") not in networks_of([])


@given(st.lists(st.ip_addresses(), max_size=4), st.integers(1, 32), st.ip_addresses())
@settings(max_examples=200)
def test_it_agrees_with_the_standard_library(addresses: list[object], length: int, asked: object) -> None:
    networks = [ip_network(f"{address}/{length}", strict=False) for address in addresses]
    one = ip_address(str(asked))
    assert (one in Networks(networks)) is any(one in network for network in networks)


@pytest.mark.parametrize("text", ["10.0.0.0/8", "2001:db8::/32", "::1", "1.2.3.4", "1.2.3.4/32", *NAMED])
def test_what_is_one(text: str) -> None:
    assert NETWORK.validate_python(text) == text


@pytest.mark.parametrize("text", ["*", "0.0.0.0/0", "::/0", "1.2.3.4/0"])
def test_everybody_is_not_trusted(text: str) -> None:
    with pytest.raises(ValidationError, match="everybody would be believed"):
        NETWORK.validate_python(text)


@pytest.mark.parametrize(
    "text", ["", "all", "localhost", "proxy.example.com", "1.2.3", "1.2.3.4/33", "10.0.0.0/8, ::1", "1.2.3.4:80", "[::1]"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValidationError, match="must be a network such as"):
        NETWORK.validate_python(text)


def test_a_slip_of_the_prefix_is_shown() -> None:
    with pytest.raises(ValidationError, match=re.escape("did you mean 10.0.0.0/8?")):
        NETWORK.validate_python("10.1.0.0/8")


@pytest.mark.parametrize("name", PROXIES)
def test_published_networks_are_whole_dated_and_few(name: str) -> None:
    proxy = PROXIES[name]
    found = [ip_network(network) for network in proxy.networks]
    assert len(set(found)) == len(found)
    assert min(network.prefixlen for network in found) >= 13
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", proxy.date)
    assert proxy.source.startswith("https://")
    assert set(proxy.geo) <= {"country", "region", "city"}
    assert ServerSettings.model_validate({"behind": name, "trusted_proxies": name}).behind == name


def test_nothing_is_trusted_unless_it_is_said() -> None:
    assert ServerSettings().trusted_proxies == []
    assert ServerSettings().behind is None


@pytest.mark.parametrize("prefix", ["", "/metrics", "/a/b-c/d.e~f_g", "/0"])
def test_a_path_prefix(prefix: str) -> None:
    assert ServerSettings(path_prefix=prefix).path_prefix == prefix


@pytest.mark.parametrize(
    "prefix", ["/", "metrics", "/metrics/", "//a", "/a//b", "/a b", "/a?b", "/ä", "/a%20b", "/..", "/a/./b", "https://a/b"]
)
def test_what_is_no_path_prefix(prefix: str) -> None:
    with pytest.raises(ValidationError, match="must be a path such as /metrics"):
        ServerSettings(path_prefix=prefix)
