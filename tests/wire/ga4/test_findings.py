"""What is told of values that are not what their names promise."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Finding
from wire.ga4.decode import decode_hit
from wire.ga4.findings import MOST, Findings
from wire.ga4.query import join

START = {"v": "2", "tid": "G-1", "cid": "1.2", "en": "a"}


def told(**parameters: str) -> list[Finding]:
    return list(decode_hit(join({**START, **parameters}), b"").findings)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("epn.value", "4,245.42", "epn.value"),
        ("epn.n5", "Infinity", "epn.n5"),
        ("epn.x", "", "epn.x"),
        ("epn.page_title", "x", "epn.page_title"),
        ("upn.age", "old", "upn.age"),
        ("_et", "abc", "_et"),
        ("_et", "NaN", "_et"),
        ("sct", "x", "sct"),
        ("pr1", "ida~prcheap", "pr1.price"),
        ("pr2", "ida~qt1.000,5", "pr2.quantity"),
    ],
)
def test_a_number_that_is_none_is_told_by_name(name: str, text: str, place: str) -> None:
    [finding] = told(**{name: text})
    assert (finding.field_path, finding.code) == (place, "NOT_A_NUMBER")
    assert finding.description.startswith(f"{place} is ")
    assert "no number" in finding.description
    assert "4245.42" in finding.description


@pytest.mark.parametrize("name", ["_p", "_s", "tfd", "epn.x", "upn.x"])
def test_a_number_that_no_number_can_hold_is_told_as_that(name: str) -> None:
    [finding] = told(**{name: "1e999"})
    assert (finding.field_path, finding.code) == (name, "NOT_A_NUMBER")
    assert finding.description.startswith(f"{name} is [1e999], which no number can hold exactly.")


def test_the_value_is_shown() -> None:
    assert told(**{"epn.value": "4,245.42"})[0].description.startswith("epn.value is [4,245.42], which is no number.")
    assert told(**{"epn.value": ""})[0].description.startswith("epn.value is empty, which is no number.")


@pytest.mark.parametrize(
    "text", ["jo@shop.example", "mail to jo@shop.example " + "x" * 500, "x" * 30 + "jo@shop.example", "+49 170 1234567"]
)
def test_no_address_and_no_telephone_number_is_repeated(text: str) -> None:
    description = told(**{"epn.value": text})[0].description
    assert "jo@" not in description
    assert "170" not in description


def test_long_names_and_values_are_cut() -> None:
    [finding] = told(**{"epn." + "n" * 500: "x" * 10_000})
    assert len(finding.field_path) < 70
    assert len(finding.description) < 250


def test_braces_in_a_name_or_a_value_are_only_that() -> None:
    assert "[{place}{0}]" in told(**{"epn.{value}{0}": "{place}{0}"})[0].description


def test_an_ordinary_hit_has_no_findings() -> None:
    assert told(**{"epn.x": "1.5", "_et": "1", "sct": "3", "pr1": "ida~pr5", "ep.a": "x", "_uip": "203.0.113.0"}) == []


def test_a_parameter_of_many_events_is_told_once_and_all_in_all_a_bounded_number() -> None:
    decoded = decode_hit("v=2&tid=G-1&cid=1.2&sct=x", b"\n".join([b"en=a&_et=NaN"] * 20))
    assert [each.field_path for each in decoded.findings] == ["sct", "_et"]
    body = "en=a&" + join({f"epn.x{number}": "y" for number in range(500)})
    assert len(decode_hit("v=2&tid=G-1&cid=1.2", body.encode()).findings) == MOST


@pytest.mark.parametrize(("text", "codes"), [("::", []), ("0.0.0.0", []), ("", []), ("unknown", ["NOT_AN_ADDRESS"])])
def test_an_address_that_is_none_is_told_where_it_says_something(text: str, codes: list[str]) -> None:
    decoded = decode_hit(join({**START, "_uip": text}), b"")
    assert "ip_override" not in decoded.events[0]
    assert [each.code for each in decoded.findings] == codes


def test_nothing_is_kept_before_something_is_odd() -> None:
    findings: Any = Findings()
    assert findings.told == ()
    assert findings._kept is None


def test_a_hit_that_is_no_event_says_why_however_odd_the_rest_of_it_is() -> None:
    odd = "&".join(f"epn.a{number}=x" for number in range(MOST + 5))
    decoded = decode_hit(f"v=2&tid=G-1&cid=1.2&{odd}", b"")
    assert [finding.code for finding in decoded.findings] == ["NO_EVENT_NAME"]
