"""Every parameter, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from core.types import Event
from tests.wire.ga4.parameters import all_texts, texts
from wire.ga4.decode import decode_event
from wire.ga4.encode import encode
from wire.ga4.table import BY_NAME, PARAMETERS

A, B, C, S = range(4)
"""Shared, hoistable, own, per request."""

HINTS, SYSTEM, USER = "client_hints", "x-ga-system_properties", "x-ga-mp2-user_properties"

ROWS: list[tuple[str, str, Event, int]] = [
    ("tid", "G-ABC", {"x-ga-measurement_id": "G-ABC"}, A),
    ("gtm", "45je5", {"x-ga-gtm_version": "45je5"}, A),
    ("_p", "1764340309313", {"x-ga-page_id": 1764340309313}, A),
    ("_s", "3", {"x-ga-request_count": 3}, S),
    ("cid", "a/+=.1", {"client_id": "a/+=.1"}, A),
    ("ecid", "21", {"x-ga-ecid": "21"}, A),
    ("uid", "U-42", {"user_id": "U-42"}, B),
    ("sid", "1764340309", {"ga_session_id": "1764340309"}, B),
    ("sct", "5", {"ga_session_number": 5}, B),
    ("seg", "0", {"x-ga-mp2-seg": "0"}, B),
    ("_et", "0", {"engagement_time_msec": 0}, C),
    ("en", "page_view", {"event_name": "page_view"}, C),
    ("dl", "https://a.b/?c=d", {"page_location": "https://a.b/?c=d"}, B),
    ("dp", "/x", {"page_path": "/x"}, B),
    ("dr", "", {"page_referrer": ""}, B),
    ("dt", "", {"page_title": ""}, B),
    ("ul", "nl-nl", {"language": "nl-nl"}, A),
    ("sr", "800x600", {"screen_resolution": "800x600"}, A),
    ("cu", "EUR", {"currency": "EUR"}, B),
    ("epn.value", "12.5", {"value": 12.5}, C),
    ("ep.value", "12.50", {"value": "12.50"}, C),
    ("uaa", "arm", {HINTS: {"architecture": "arm"}}, A),
    ("uab", "64", {HINTS: {"bitness": "64"}}, A),
    ("uafvl", "Not%20A;8|B", {HINTS: {"full_version_list": [{"brand": "Not A", "version": "8"}, {"brand": "B"}]}}, A),
    ("uamb", "0", {HINTS: {"mobile": False}}, A),
    ("uam", "", {HINTS: {"model": ""}}, A),
    ("uap", "macOS", {HINTS: {"platform": "macOS"}}, A),
    ("uapv", "15", {HINTS: {"platform_version": "15"}}, A),
    ("uaw", "1", {HINTS: {"wow64": True}}, A),
    *[(name, "x", {f"x-ga-{name}": "x"}, A) for name in ("gcs", "gcd", "npa", "dma", "dma_cps", "tcfd", "pscdl", "are", "gdid")],
    ("edid", "x", {"x-ga-edid": "x"}, C),
    ("ur", "BR-SP", {"event_location": {"country": "BR", "region": "SP"}}, A),
    ("ur", "DE", {"event_location": {"country": "DE"}}, A),
    ("ur", "US-CA-X", {"event_location": {"country": "US", "region": "CA-X"}}, A),
    ("ur", "", {"event_location": {}}, A),
    ("tfd", "2135", {"x-ga-tfd": 2135}, S),
    ("_uip", "203.0.113.0", {"ip_override": "203.0.113.0"}, A),
    ("ht", "1764340309313", {"x-ga-mp2-ht": "1764340309313"}, B),
    ("qt", "7200000", {"x-ga-mp2-qt": "7200000"}, B),
    *[(f"_{key}", "1", {SYSTEM: {key: "1"}}, A) for key in ("glv", "dbg", "z")],
    *[(f"_{key}", "2", {SYSTEM: {key: "2"}}, C) for key in ("fv", "ss", "nsi", "c")],
    ("_tu", "DAg", {SYSTEM: {"tu": "DAg"}}, B),
    ("_ee", "1", {SYSTEM: {"ee": True}}, C),
    ("_eu", "EAAAAAQ", {SYSTEM: {"eu": [4, 34]}}, A),
    ("ccf", "x", {"creative_format": "x"}, B),
    ("cmt", "x", {"marketing_tactic": "x"}, B),
    ("ep.debug_mode", "true", {"debug_mode": "true"}, C),
    ("ep.a.b", "", {"a.b": ""}, C),
    ("epn.i", "0", {"i": 0}, C),
    ("up.tier", "gold", {USER: {"tier": "gold"}}, C),
    ("upn.age", "31", {USER: {"age": 31}}, C),
    ("pr1", "ida", {"items": [{"item_id": "a"}]}, C),
    ("user_properties", "x", {"x-ga-user_properties": "x"}, A),
    *[(name, "1", {f"x-ga-mp2-{name}": "1"}, B) for name in ("tag_exp", "cs", "cm", "cn", "cc", "ck", "ci")],
    *[(name, "1", {f"x-ga-mp2-{name}": "1"}, C) for name in ("evnid", "gap.x")],
    *[
        (name, "1", {f"x-ga-mp2-{name}": "1"}, A)
        for name in (
            *(
                "gcu",
                "gcut",
                "_ng",
                "frm",
                "pae",
                "ir",
                "tt",
                "ni",
                "lps",
                "gtm_up",
                "_rdi",
                "_geo",
                "_fid",
                "_prs",
                "testonly",
                "excid",
            ),
            *(
                "gclgs",
                "gclst",
                "gcllp",
                "em",
                "ec_mode",
                "_gsid",
                "njid",
                "gaf",
                "ngs",
                "fp",
                "_gaz",
                "vp",
                "de",
                "dh",
                "aip",
                "_r",
                "jid",
            ),
            *("1p.x", "ext.x", "ptag_exp", "rcb", "_is_sw", "pr0", "pr201", "pr01", "pr", "pr.1", "ep", "value"),
        )
    ],
]


@pytest.mark.parametrize(("name", "text", "event", "place"), ROWS, ids=[f"{name}={text}" for name, text, _, _ in ROWS])
class TestEveryParameter:
    def test_is_read(self, name: str, text: str, event: Event, place: int) -> None:  # noqa: ARG002
        assert decode_event({name: text}) == event

    def test_is_written_in_its_place(self, name: str, text: str, event: Event, place: int) -> None:
        places: list[dict[str, Any]] = [{"v": "2"}, {}, {}, {}]
        places[place][name] = text
        assert [texts(pieces) for pieces in encode(event)] == places


def test_no_row_is_untested() -> None:
    assert {row.name for row in PARAMETERS} - {name for name, *_ in ROWS} == {"v", "richsstsse"}


def test_no_name_and_no_key_has_two_rows() -> None:
    assert len(BY_NAME) == len(PARAMETERS) == len({row.key for row in PARAMETERS})


def test_the_version_is_always_2() -> None:
    assert decode_event({"v": "2"}) == {"x-ga-protocol_version": "2"}
    assert encode({"x-ga-protocol_version": "9"}).shared == encode({}).shared == {"v": "v=2"}


BITS = [
    ("AAAAAAQ", [34]),
    ("EAAAAAQ", [4, 34]),
    ("AEA", [14]),
    ("AEAAAAQ", [14, 34]),
    ("AAAAAGQ", [34, 37, 38]),
    ("IA", [5]),
    ("", []),
]


@pytest.mark.parametrize(("text", "bits"), BITS)
def test_event_usage_is_a_bit_set(text: str, bits: list[int]) -> None:
    assert decode_event({"_eu": text}) == {SYSTEM: {"eu": bits}}
    assert all_texts(encode({SYSTEM: {"eu": bits}}))["_eu"] == text


@pytest.mark.parametrize("text", ["A", "IB", "IA==", "IAAA", "I A", "I+8", "Ä", "A" * 65])
def test_event_usage_that_is_no_canonical_bit_set_stays_text(text: str) -> None:
    assert decode_event({"_eu": text}) == {SYSTEM: {"eu": text}}
    assert all_texts(encode({SYSTEM: {"eu": text}}))["_eu"] == text


@pytest.mark.parametrize(
    ("event", "name", "text"),
    [
        ({"x-ga-mp2-seg": 1}, "seg", "1"),
        ({"user_id": True}, "uid", "1"),
        ({"ga_session_id": 17}, "sid", "17"),
        ({"x-ga-ur": "DE-BY"}, "ur", "DE-BY"),
        ({"x-ga-ur": {"country": "DE"}}, "ur", "DE"),
        ({"event_location": "DE-BY"}, "ur", "DE-BY"),
        ({"event_location": {"region": "BY"}}, "ur", "-BY"),
        ({SYSTEM: {"eu": ["x"]}}, "_eu", '["x"]'),
        ({SYSTEM: {"new": "1"}}, "_new", "1"),
        ({SYSTEM: {"ee": False}}, "_ee", "0"),
        ({HINTS: {"full_version_list": "raw"}}, "uafvl", "raw"),
        ({HINTS: {"full_version_list": 7}}, "uafvl", "7"),
        ({HINTS: {"full_version_list": [{"brand": "a;|b", "version": 9}, "x", {}]}}, "uafvl", "a%3B%7Cb;9|"),
        ({"campaign": {"source": "s"}}, "cs", "s"),
        ({"campaign": {"source": "s"}, "x-ga-mp2-cs": "own"}, "cs", "own"),
        ({"x-ga-mp2-cid": "x", "client_id": "y"}, "cid", "y"),
        ({"client_id": "y", "x-ga-mp2-cid": "x"}, "cid", "y"),
    ],
)
def test_other_forms_are_accepted_on_the_way_out(event: Event, name: str, text: str) -> None:
    assert all_texts(encode(event))[name] == text
