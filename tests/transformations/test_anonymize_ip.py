"""What anonymize_ip promises: no address keeps the visitor's own part."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.component import Setup
from core.context import Context
from core.secret import SealedText, SecretValue
from core.types import Event, Request
from transformations.anonymize_ip import AnonymizeIp, AnonymizeIpSettings


def anonymized(event: Event, *parameters: str) -> Event:
    settings = AnonymizeIpSettings.model_validate({"parameters": list(parameters)} if parameters else {})
    return AnonymizeIp(settings, Setup()).apply(event, Context(Request("r", 0, "GET", "/"), "web", event))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.7", "203.0.113.0"),
        ("255.255.255.255", "255.255.255.0"),
        ("2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"),
        ("2001:DB8::1", "2001:db8::"),
        ("::ffff:203.0.113.7", "203.0.113.0"),
        ("::ffff:cb00:7107", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
    ],
)
def test_the_visitors_own_part_is_zero(address: str, expected: str) -> None:
    assert anonymized({"a": 1, "ip_override": address, "b": 2}) == {"a": 1, "ip_override": expected, "b": 2}


@pytest.mark.parametrize(
    "value",
    [
        "",
        "unknown",
        "203.0.113",
        "203.0.113.7:80",
        "[::1]",
        " 203.0.113.7",
        "1::2::3",
        "203.0.113.0/24",
        5,
        None,
        ["203.0.113.7"],
        {"ip": "203.0.113.7"},
        "\ud800",
        SealedText((SecretValue("A", "203.0.113.7"),)),
    ],
)
def test_what_is_no_address_is_removed(value: Any) -> None:
    assert anonymized({"a": 1, "ip_override": value}) == {"a": 1}


@pytest.mark.parametrize("event", [{}, {"a": "203.0.113.7"}, {"ip_override": "203.0.113.0"}, {"ip_override": "::"}])
def test_an_event_with_nothing_to_mask_is_the_same_object(event: Event) -> None:
    assert anonymized(event) is event
    assert anonymized(event, "ip_override", "visitor.ip") is event


EVENT: Event = {
    "ip_override": "203.0.113.7",
    "visitor": {"ip": "203.0.113.7", "name": "jo"},
    "proxies": ["198.51.100.7", "unknown", "192.0.2.7"],
    "logins": [{"ip": "198.51.100.7"}, {"at": 5}, {"ip": ""}],
    "flat": {"0": {"ip": "198.51.100.7"}},
    "visitor.ip": "192.0.2.7",
    "empty": [],
}


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("visitor.ip", {"visitor.ip": "192.0.2.0"}),
        ("proxies.*", {"proxies": ["198.51.100.0", "192.0.2.0"]}),
        ("proxies.2", {"proxies": ["198.51.100.7", "unknown", "192.0.2.0"]}),
        ("logins.ip", {"logins": [{"ip": "198.51.100.0"}, {"at": 5}, {}]}),
        ("logins.0.ip", {"logins": [{"ip": "198.51.100.0"}, {"at": 5}, {"ip": ""}]}),
        ("flat.ip", {"flat": {"0": {"ip": "198.51.100.0"}}}),
        ("visitor.ip.x", {}),
        ("empty.*", {}),
        ("ip_*", {"ip_override": "203.0.113.0"}),
    ],
)
def test_a_name_is_a_key_path(path: str, changes: Event) -> None:
    found = anonymized(EVENT, path)
    expected = {**EVENT, **changes}
    if path == "visitor.ip":
        expected["visitor"] = found["visitor"]
    assert found == expected
    assert list(found) == list(EVENT)


def test_a_dotted_name_reaches_into_an_object() -> None:
    event = {"visitor": {"ip": "203.0.113.7", "name": "jo"}, "other": "203.0.113.7"}
    assert anonymized(event, "visitor.ip") == {"visitor": {"ip": "203.0.113.0", "name": "jo"}, "other": "203.0.113.7"}
    assert event["visitor"] == {"ip": "203.0.113.7", "name": "jo"}


@given(address=st.ip_addresses())
def test_masking_twice_is_masking_once_and_hides_the_last_part(address: Any) -> None:
    once = anonymized({"ip_override": str(address)})
    assert anonymized(once) is once
    hidden = ip_address(once["ip_override"])
    assert int(hidden) % (2**8 if hidden.version == 4 else 2**80) == 0


def test_it_needs_a_name() -> None:
    with pytest.raises(ValidationError, match="parameters"):
        AnonymizeIpSettings.model_validate({"parameters": []})
