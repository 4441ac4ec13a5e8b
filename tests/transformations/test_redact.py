"""What redact promises: what it looks at, that all else keeps its bytes, and which settings it takes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.finders import MOST_MATCHES
from core.redaction import DEEPEST_OBJECT
from core.secret import SealedText, SecretValue
from core.types import Event
from tests.transformations.redacting import ALL, CONTEXT, redact, text_after
from transformations.redact import RedactSettings

ORDINARY = (
    "1307714608.1760043792", "G-ABC123XYZ0", "G-0123456789", "AW-0123456789", "T-2024-00012345", "0123456789", "00491701234567",
    "1764340311502", "2024-01-02T03:04:05Z", "2024-01-02-03-04-05", "01.02.2024 10:30", "01/02/2024-05/03/2024", "01 02 2024",
    "203.0.113.7", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "::", "19.99", "-0.12345678", "1.234.567,89", "+5 %", "+1.5",
    "13l3l3l3l1l1", "45je5bi1v896246467za200", "103116026~103200004", "1920x1080", "103116026~103200004~104527906",
    "FPID2.2.PvEtzeWhZkOHRBiS0sfgW+0V1Yk=.1720000000", "GS2.1.s1764340309$o5$g1$t1764340310$j59$l0$h0",
    "https://shop.example/p/0123/45678?id=1307714608.1760043792&n=0123456789", "https://shop.example/@52.5,13.4,17z",
    "@home", "a@b",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "100% sure", "%", "%zz", "50%25 off", "caf%C3%A9 %FF %E0%80%80 ü", "react@18.2.0", "+12345678901234567", "1+12345678901", "",
)  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_what_is_no_address_and_no_number_is_the_same_object(text: str) -> None:
    event = {"client_id": text, "deep": {"list": [text, [text]], "n": 5, "none": None, "flag": True}}
    assert redact(**ALL).apply(event, CONTEXT) is event


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Account C-123456", "Account C-?"),
        ("Account C-123456, C-654321", "Account C-?, C-?"),
        ("https://x.example/?id=C-123456#C%2D123456", "https://x.example/?id=C-%3F#C-%3F"),
        ("C-12345", "C-12345"),
    ],
)
def test_a_pattern_of_ones_own(text: str, expected: str) -> None:
    assert text_after(text, patterns={"match": r"\bC-\d{6}\b", "with": "C-?"}) == expected


def test_the_text_in_its_place_may_be_empty_and_groups_do_not_matter() -> None:
    assert text_after("id 123 here", patterns=[{"match": r"(\d)(\d+) ", "with": ""}]) == "id here"
    assert text_after("a b", patterns={"match": r"\b"}) == "a b"


def test_every_text_however_deep_but_no_key_and_no_number() -> None:
    event: Event = {
        "jo@example.com": 1,
        "x-ga-mp2-dr": "https://x.example/?m=jo%40example.com",
        "x-ga-mp2-user_properties": {"mail": "jo@example.com", "age": 31},
        "items": [{"item_id": "A"}, {"note": ["jo@example.com", 5]}],
    }
    assert redact(patterns="email").apply(event, CONTEXT) == {
        "jo@example.com": 1,
        "x-ga-mp2-dr": "https://x.example/?m=%5Bredacted%5D",
        "x-ga-mp2-user_properties": {"mail": "[redacted]", "age": 31},
        "items": [{"item_id": "A"}, {"note": ["[redacted]", 5]}],
    }


def test_names_of_parameters_are_keys_where_they_are_listed() -> None:
    event: Event = {"x-ga-custom_parameters": ["ep.user_id", "epn.0170 1234567"], "user_id": "user 7"}
    changed = redact(patterns=[{"match": "user"}, "phone"]).apply(event, CONTEXT)
    assert changed == {"x-ga-custom_parameters": ["ep.user_id", "epn.0170 1234567"], "user_id": "[redacted] 7"}


def test_what_does_not_change_is_shared() -> None:
    event: Event = {"items": [{"item_id": "A"}, {"note": "jo@example.com"}], "other": {"a": "b"}}
    changed = redact(patterns="email").apply(event, CONTEXT)
    assert changed["items"][0] is event["items"][0]
    assert changed["other"] is event["other"]
    assert event["items"][1] == {"note": "jo@example.com"}


def test_a_secret_of_the_file_is_left_alone() -> None:
    sealed = SealedText(("jo@example.com", SecretValue("A", "b")))
    assert redact(patterns="email").apply({"a": [sealed]}, CONTEXT)["a"][0] is sealed


def test_excepted_parameters_stay() -> None:
    event = {
        "user_data": {"email": "a@b.c"},
        "contact": {"mail": "a@b.c", "note": "a@b.c"},
        "items": [{"by": "a@b.c", "x": "a@b.c"}],
    }
    assert redact(patterns="email").apply(event, CONTEXT)["user_data"] == {"email": "a@b.c"}
    assert redact(patterns="email", except_parameters=["contact.mail", "items.by"]).apply(event, CONTEXT) == {
        "user_data": {"email": "[redacted]"},
        "contact": {"mail": "a@b.c", "note": "[redacted]"},
        "items": [{"by": "a@b.c", "x": "[redacted]"}],
    }
    assert redact(patterns="email", except_parameters="*").apply(event, CONTEXT) is event


def test_what_cannot_be_looked_at_is_replaced_as_a_whole() -> None:
    deep: Any = "a@b.c"
    for _ in range(DEEPEST_OBJECT + 800):
        deep = [deep]
    found = redact(patterns="email").apply({"deep": deep}, CONTEXT)["deep"]
    depth = 0
    while isinstance(found, list):
        found, depth = found[0], depth + 1
    assert (found, depth) == ("[redacted]", DEEPEST_OBJECT + 1)
    assert text_after("a@b.c" + "x" * 65_536, patterns="email") == "[redacted]"
    assert text_after("x" * 70_000, patterns="email") == "x" * 70_000
    assert text_after("a@b.c " * MOST_MATCHES, patterns="email") == "[redacted] " * MOST_MATCHES
    assert text_after("a@b.c " * (MOST_MATCHES + 1), patterns="email") == "[redacted]"
    assert text_after("//u@b.c/ " * (MOST_MATCHES + 1), patterns="email") == "[redacted]"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "would take nothing out: give it `patterns`, `query_parameters`, or both"),
        ({"patterns": "emial"}, "must be `email`, `phone`, or a pattern of your own as {match: 'emial'}"),
        ({"patterns": {"match": "(a"}}, "is not one that RE2 knows"),
        ({"patterns": {"match": "(?=a)"}}, "is not one that RE2 knows"),
        ({"patterns": {"match": "a*"}}, "fits the empty text too"),
        ({"patterns": {"match": "a" * 1025}}, "longer than 1024 bytes"),
        ({"patterns": {"match": "a", "without": "b"}}, "without"),
        ({"query_parameters": ""}, "query_parameters"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        RedactSettings.model_validate(given)
    assert message in str(refused.value)
