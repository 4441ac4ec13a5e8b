from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Event
from wire.consent import TYPES, SaidOfType, consent_of, granted_later, read_gcd, read_gcs, tell_gcd

WORDS = {"g": "granted", "d": "denied", "-": "unset"}

GCD: list[tuple[str, str, bool, bool | None, bool]] = [
    ("13l3l3l3l1l1", "gggg", False, None, False),
    ("13l3l3l3l1", "gggg", False, None, False),
    ("13l3l3l2l1l1", "gggd", False, None, False),
    ("13l3l3l3l3l1", "gggg", False, False, False),
    ("13l3l3l3l2l1", "gggg", False, True, False),
    ("13p3p3p2p5l1", "dddd", True, None, False),
    ("13p3p3p3p5l1", "dddd", True, None, False),
    ("13q3q3q3q5l1", "dddd", True, None, False),
    ("13r3r3r2r5l1", "gggg", True, None, False),
    ("13r3r3r3q7", "gggd", True, False, False),
    ("13t3t3t3t5l1", "gggg", True, None, False),
    ("13t3t3t3t6l1", "gggg", True, True, False),
    ("13t3tPt2t5l1", "gggg", True, None, False),
    ("13p3r3p3p5l1", "dgdd", True, None, False),
    ("13p3t3l3l5l1", "dggg", True, None, False),
    ("13p3t3l2l5l1", "dggd", True, None, False),
    ("13p3p3l3l5l1", "ddgg", True, None, False),
    ("13l3l3R3l5l1", "gggg", True, None, False),
    ("13v3v3v3v5l1", "gggg", True, None, False),
    ("13u3u3u3u5l1", "dddd", True, None, False),
    ("13m3n3l3l5l1", "dggg", True, None, False),
    ("13t3t3t3tdl1", "gggg", True, None, True),
]


def states(letters: str) -> dict[str, str]:
    return {name: WORDS[letter] for name, letter in zip(TYPES, letters, strict=True)}


@pytest.mark.parametrize(("text", "effective", "active", "personalization", "gpc"), GCD)
def test_gcd(text: str, effective: str, active: bool, personalization: bool | None, gpc: bool) -> None:
    gcd = read_gcd(text)
    assert gcd is not None
    assert gcd.effective == states(effective)
    assert (gcd.active, gcd.personalization, gcd.gpc) == (active, personalization, gpc)


@pytest.mark.parametrize(
    "text", ["", "1", "13l3l3l3l", "13l3l3l3l1l", "13l3l3l3l1l1l", "03l3l3l3l1l1", "13l3l3l3l1l!", "13l3l3l3lä", "1" * 5000]
)
def test_what_is_no_gcd(text: str) -> None:
    assert read_gcd(text) is None
    assert consent_of({"x-ga-gcd": text}) == states("----")


@pytest.mark.parametrize(
    ("text", "letters"), [("G111", "gg"), ("G110", "gd"), ("G101", "dg"), ("G100", "dd"), ("G1--", "--"), ("G1-1", "-g")]
)
def test_gcs(text: str, letters: str) -> None:
    assert read_gcs(text) == {"ad_storage": WORDS[letters[0]], "analytics_storage": WORDS[letters[1]]}
    assert consent_of({"x-ga-gcs": text}) == states(letters + "--")


@pytest.mark.parametrize("text", ["", "G1", "G011", "G112", "G1111", "111", "G1x1"])
def test_what_is_no_gcs(text: str) -> None:
    assert read_gcs(text) is None
    assert consent_of({"x-ga-gcs": text}) == states("----")


@pytest.mark.parametrize(
    ("event", "letters"),
    [
        ({}, "----"),
        ({"x-ga-gcd": "13p3t3l2l5l1", "x-ga-gcs": "G111"}, "dggd"),
        ({"x-ga-gcd": "bad", "x-ga-gcs": "G110"}, "gd--"),
        ({"x-ga-gcd": 1, "x-ga-gcs": ["G111"]}, "----"),
    ],
)
def test_gcd_comes_before_gcs_and_absence_is_no_denial(event: Event, letters: str) -> None:
    assert consent_of(event) == states(letters)


@given(st.text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_", min_size=9, max_size=11))
def test_every_text_of_the_right_length_has_an_answer(text: str) -> None:
    gcd = read_gcd("1" + text)
    assert (gcd is None) == (len(text) == 10)
    assert gcd is None or set(gcd.effective.values()) <= {"granted", "denied"}


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        ({"ad_user_data": "DENIED"}, "--d-"),
        ({"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}, "--gd"),
        ({"ad_user_data": "granted", "ad_storage": ["GRANTED"]}, "----"),
        ({}, "----"),
    ],
)
def test_what_a_backend_says_of_two_types_is_no_word_on_the_others(said: dict[str, object], letters: str) -> None:
    assert consent_of({"x-ga-gcd": "13l3l3m3l5l1", "x-mp-consent": said}) == states(letters)


@pytest.mark.parametrize(
    ("gcd", "types"),
    [
        ("13p3p3p3p5l1", ""),
        ("13q3q3q3q5l1", ""),
        ("13r3r3r3r5l1", "0123"),
        ("13p3r3p3p5", "1"),
        ("13l3n3m3l5l1", "1"),
        ("13v3u3t3v5l1", ""),
        ("13R3H3x3b5l1", "13"),
        ("bad", ""),
        ("", ""),
    ],
)
def test_what_an_update_has_granted_that_was_not_granted_by_default(gcd: str, types: str) -> None:
    found = {kind for kind in TYPES if granted_later({"x-ga-gcd": gcd}, kind)}
    assert found == {TYPES[int(at)] for at in types}
    assert not granted_later({}, "ad_storage")


def test_nobody_can_change_what_other_hits_with_the_same_gcd_say() -> None:
    said: Any = consent_of({"x-ga-gcd": "13p3p3p3p5l1"})
    with pytest.raises(TypeError):
        said["ad_storage"] = "granted"
    assert consent_of({"x-ga-gcd": "13p3p3p3p5l1"})["ad_storage"] == "denied"


@pytest.mark.parametrize(
    ("gcd", "said"),
    [
        ("13r3r3r3r5l1", SaidOfType(update="granted", default="denied", declared=None, implied="granted")),
        ("13p3p3p3p5l1", SaidOfType(update=None, default="denied", declared=None, implied="granted")),
        ("13l3l3l3l1l1", SaidOfType(update=None, default=None, declared=None, implied="granted")),
        ("13t3t3t3t5l1", SaidOfType(update=None, default="granted", declared=None, implied="granted")),
    ],
)
def test_everything_that_a_gcd_says_of_a_type_can_be_told(gcd: str, said: SaidOfType) -> None:
    assert tell_gcd(gcd) == dict.fromkeys(TYPES, said)


@given(st.text("123lpqrtuvwnm-_", min_size=8, max_size=13))
def test_what_is_told_of_a_type_decides_over_it_in_its_order(text: str) -> None:
    read, told = read_gcd(text), tell_gcd(text)
    if read is None:
        assert told == {}
        return
    for kind, said in told.items():
        assert read.effective[kind] == (said.update or said.default or said.declared or said.implied or "granted")
