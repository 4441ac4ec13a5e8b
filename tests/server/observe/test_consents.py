"""What events say of consent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.observe.consents import MOST_TEXTS, Consents
from wire.consent import TYPES, consent_of

GRANTED, DENIED = "13r3r3r3r5l1", "13p3p3p3p5l1"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"


def split(*events: dict[str, Any]) -> dict[tuple[str, str], int]:
    consents = Consents()
    for event in events:
        consents.note(event)
    return dict(consents.split())


def every(state: str, number: int = 1) -> dict[tuple[str, str], int]:
    return {(kind, state): number for kind in TYPES}


def test_each_type_is_counted_as_the_event_says_it() -> None:
    assert split({"x-ga-gcd": GRANTED}, {"x-ga-gcd": GRANTED}) == every("granted", 2)
    assert split({"x-ga-gcd": DENIED}) == every("denied")
    assert split({"x-ga-gcs": "G101"}) == {
        ("ad_storage", "denied"): 1,
        ("analytics_storage", "granted"): 1,
        ("ad_user_data", "unset"): 1,
        ("ad_personalization", "unset"): 1,
    }


@pytest.mark.parametrize(
    "event",
    [{}, {"x-ga-gcd": "nonsense"}, {"x-ga-gcd": ["a"]}, {"x-ga-gcd": 7, "x-ga-gcs": {}}, {"x-ga-gcd": GRANTED[:-1] + "é"}],
)
def test_what_says_nothing_that_can_be_read_is_unset(event: dict[str, Any]) -> None:
    assert split(event) == every("unset")


def test_measurement_protocol_has_its_own_word_also_beside_another() -> None:
    said = {"x-mp-consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}, "x-ga-gcd": GRANTED}
    assert split({"x-ga-gcd": GRANTED}, said) == {
        ("ad_storage", "granted"): 1,
        ("ad_storage", "unset"): 1,
        ("analytics_storage", "granted"): 1,
        ("analytics_storage", "unset"): 1,
        ("ad_user_data", "granted"): 2,
        ("ad_personalization", "granted"): 1,
        ("ad_personalization", "denied"): 1,
    }


def test_texts_that_visitors_make_up_take_no_room_and_are_counted_all_the_same() -> None:
    consents = Consents()
    texts = [f"1{one}{two}3r3r3r5l1" for one in "13579" for two in _ALPHABET]
    for text in texts:
        consents.note({"x-ga-gcd": text})
    assert len(consents._texts) == MOST_TEXTS
    assert consents.split().total() == len(TYPES) * len(texts)


EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "x-ga-gcd": st.sampled_from((GRANTED, DENIED, "x", "1" * 10)),
        "x-ga-gcs": st.sampled_from(("G100", "G11-", 5)),
    },
)


@given(st.lists(EVENTS))
def test_the_split_is_what_each_event_says_by_itself(events: list[dict[str, Any]]) -> None:
    expected: dict[tuple[str, str], int] = {}
    for event in events:
        for kind, state in consent_of(event).items():
            expected[kind, state] = expected.get((kind, state), 0) + 1
    assert split(*events) == expected
