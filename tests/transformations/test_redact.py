"""What redact promises: which texts go, that all others keep their bytes, and that a URL stays a URL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.component import Setup
from core.context import Context
from core.finders import MOST_MATCHES, PATTERNS
from core.redaction import DEEPEST_OBJECT, MOST_REMEMBERED, Remembered
from core.secret import SealedText, SecretValue
from core.types import Event, Request
from tests.budget.machine import takes_less
from transformations.redact import Redact, RedactSettings
from wire.cookies.ids import id_in

ALL = {"patterns": ["email", "phone"], "query_parameters": ["token", "utm_*"]}
LONGEST = 0.05  # seconds
CONTEXT = Context(Request("r", 0, "GET", "/"), "web", {})


def redact(**given: Any) -> Redact:
    return Redact(RedactSettings.model_validate(given), Setup())


def text_after(text: str, **given: Any) -> Any:
    return redact(**given).apply({"text": text}, CONTEXT)["text"]


def quoted(text: str, times: int) -> str:
    for _ in range(times):
        text = quote(text, safe="")
    return text


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


EMAILS = [
    "jo@example.com",
    "jo.d-e+tag@mail.shop.example.co.uk",
    "O'Brien@example.com",
    "jörg@müller.de",
    "_@a.b",
    "x@y.xn--p1ai",
]


@pytest.mark.parametrize("email", EMAILS)
@pytest.mark.parametrize("times", [0, 1, 2, 3, 4, 5])
def test_an_email_goes_however_often_it_is_encoded(email: str, times: int) -> None:
    url = f"https://shop.example/a%20b?q=x%2Fy&mail={quoted(email, times)}&z=%C3%A4#top"
    expected = f"https://shop.example/a%20b?q=x%2Fy&mail={quoted('[redacted]', max(times, 1))}&z=%C3%A4#top"
    assert text_after(url, patterns="email") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jo@example.com", "[redacted]"),
        ("write to jo@example.com, or al@example.com.", "write to [redacted], or [redacted]."),
        ("<jo@example.com> and 'al@example.com'", "<[redacted]> and '[redacted]'"),
        ('{"mail":"jo@example.com"}', '{"mail":"[redacted]"}'),
        ("mailto:jo@example.com", "mailto:[redacted]"),
        ("a%40b.c", "%5Bredacted%5D"),
        ("a%2540b.c", "%255Bredacted%255D"),
        (
            "a%25%34%30b.c x",
            f"{quoted('[redacted]', 4)} x",
        ),
        ("/login?mail=jo@example.com", "/login?mail=%5Bredacted%5D"),
        ("https://x.example/?q=to%20jo@example.com", "https://x.example/?q=to%20%5Bredacted%5D"),
        ("https://x.example/?a=jo@example.com,al@example.com", "https://x.example/?a=%5Bredacted%5D,%5Bredacted%5D"),
        ("https://jo@example.com/path", "https://example.com/path"),
        ("https://jo:pw@example.com/path", "https://example.com/path"),
        ("https://x.example/?to=https%3A%2F%2Fjo%40example.com", "https://x.example/?to=https%3A%2F%2Fexample.com"),
        (
            "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fm%3Djo%40example.com&a=1",
            "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fm%3D%255Bredacted%255D&a=1",
        ),
        ("?to%3Djo@example.com", "?to%3D%255Bredacted%255D"),
        ("\ud800 jo@example.com", "\ud800 [redacted]"),
    ],
)
def test_what_comes_in_place_of_an_email(text: str, expected: str) -> None:
    assert text_after(text, patterns="email") == expected


PHONES = [
    "+491701234567", "+49 170 1234567", "+49 (0) 170 123-4567", "+1 (212) 555-0123", "+49.170.1234567",
    "+49\u00a0170\u00a01234567",
    "0170 1234567", "0170-1234567", "(030) 123456-7", "030/1234567", "030 / 1234567", "0049 170 1234567", "06 12 34 56 78",
    "06.12.34.56.78", "(212) 555-0123", "(212)555-0123", "020 7946 0958", "0170 1234567 0171 7654321",
    "+49 170 1234567 +49 171 7654321",
]  # fmt: skip


FROM_MANY_COUNTRIES = (
    # international, as people of many countries write them
    "+43 1 5123456", "+41 44 668 18 00", "+33 1 42 68 53 00", "+44 20 7946 0958", "+353 1 234 5678", "+31 20 123 4567",
    "+32 2 555 12 12", "+39 06 1234 5678", "+34 912 345 678", "+351 21 123 4567", "+48 22 123 45 67", "+46 8 123 456 78",
    "+47 22 12 34 56", "+45 12 34 56 78", "+358 9 1234567", "+1 212 555 0123", "+1-212-555-0123", "+55 11 91234-5678",
    "+52 55 1234 5678", "+81 3-1234-5678", "+86 138 0013 8000", "+91 98765 43210", "+61 2 9999 9999", "+64 9 123 4567",
    "+27 11 123 4567", "+90 532 123 45 67", "+7 495 123-45-67", "+380 44 123 4567", "+420 123 456 789", "+36 1 123 4567",
    "+972 3-123-4567", "+971 4 123 4567", "+65 6123 4567", "+49 151 / 234 567-89", "+49–151–23456789", "+1.2125550123",
    # national
    "0151/23456789", "030 / 123 45 67", "(030) 1234567", "0621 12345", "0151 - 234 567 89", "0151–2345678", "0664 1234567",
    "044 668 18 00", "079 123 45 67", "01 42 68 53 00", "01.42.68.53.00", "01-42-68-53-00", "07700 900123", "(020) 7946 0958",
    "020-1234567", "070-123 45 67", "090-1234-5678", "098765 43210", "080 2345 6789", "0412 345 678", "011 123 4567",
    "0532 123 45 67", "06 12 34 56 78 07 12 34 56 78",
)  # fmt: skip

NO_PHONES = (
    "2026-11-29", "29.11.2026", "01/02/2026", "01.02.24 10.30", "2026-11-29 08:15:30", "2026-11-29T10:15:30+0100",
    "Sun Nov 29 2026 10:15:30 GMT+0100 (CET)", "0800-1800", "09.00-17.00", "1 234 567,89", "010.001.002.003", "192.168.0.1:8080",
    "4006381333931", "04006381333931", "0-306-40615-2", "978-3-16-148410-0", "0 12345 67890 5", "1764340309313000",
    "35009a79-1a05-49d7-b876-2b884d0f825b", "01234567-0123-4567-8901-012345678901", "1.2.3-0123 45678", "v0.12.345",
    "0800x0600", "GS1.1.1764340309.5.1.1764340315.54.0.0", "+52.520008,+13.404954", "52.520008,13.404954", "-33.86 151.20",
    "01 02 03 04 05 06", "01-02-03-04-05-06", "1 2 3 4 5 6 7 8 9 10", "T-2024-00012345", "00-11-22-33-44-55", "10-12-345",
    "DE02 1203 0000 0000 2020 51", "4111 1111 1111 1111", "Order #0123-456789", "#0170 123456", "0815-47110-bolt",
    "0815-47110.html",
    "https://shop.example/p/0815-47110", "https://shop.example/p/0815-47110?x=1", "https://shop.example/p/0815-47110/",
    "https://shop.example/p/0815-47110-bolt", "https://shop.example/p/bolt-0815-47110", "https://shop.example/p/bolt_0815-47110.html",
    "https://shop.example/2026/11/29/0123-45678", "/p/0123-456789", "https://0815-47110.example/",
)  # fmt: skip


@pytest.mark.parametrize("phone", FROM_MANY_COUNTRIES)
def test_a_phone_number_of_many_countries_goes(phone: str) -> None:
    assert text_after(f"call {phone}!", patterns="phone") == "call [redacted]!"
    assert text_after(f"https://x.example/?tel={quoted(phone, 1)}", patterns="phone").startswith("https://x.example/?tel=%5B")


@pytest.mark.parametrize("text", NO_PHONES)
def test_what_only_looks_a_little_like_a_phone_number_stays(text: str) -> None:
    assert text_after(text, patterns="phone") == text
    assert text_after(f"see {text} here", patterns="phone") == f"see {text} here"


def test_an_article_number_in_the_path_stays_and_a_phone_number_in_the_query_goes() -> None:
    url = "https://shop.example/p/0815-47110-bolt?tel=0170-1234567#/p/0815-47110"
    assert text_after(url, patterns="phone") == "https://shop.example/p/0815-47110-bolt?tel=%5Bredacted%5D#/p/0815-47110"
    assert text_after("https://shop.example/call/0170%201234567", patterns="phone") == "https://shop.example/call/%5Bredacted%5D"
    assert text_after("tel://0170-1234567", patterns="phone") == "tel://%5Bredacted%5D"


IDS: Event = {
    "transaction_id": "Bestellung 0123-456789",
    "order_id": "0123 456789",
    "orderId": "0123 456789",
    "content_ids": ["0123 456789", "0123-456789"],
    "sku": "0815-47110",
    "item_gtin": "0400 638133393",
    "order_number": "0123/456789",
    "coupon": "0123-456789",
    "affiliation": "Filiale 0123-456789",
    "ga_session_id": "0123-456789",
    "x-ga-gdid": "0123-456789",
    "x-ga-mp2-user_properties": {"customer_id": "0123-456789"},
    "items": [
        {"item_id": "0815-47110", "item_name": "Bolt 0815-47110", "item_variant": "(030) 123456", "promotion_id": "0123 45678"}
    ],
}


def test_phone_leaves_ids_and_items_alone() -> None:
    assert redact(patterns="phone").apply(IDS, CONTEXT) is IDS


def test_phone_looks_everywhere_else() -> None:
    number = "0170 1234567"
    event = {
        "phone_id": number, "caller_id": number, "contact_ids": [number], "page_title": number, "number": number, "valid": number,
        "x-ga-mp2-tt": number, "x-ga-mp2-user_properties": {"tel": number}, "items": [{"engraving": number}],
    }  # fmt: skip
    assert "1234567" not in str(redact(patterns="phone").apply(event, CONTEXT))


def test_ids_can_be_looked_at_too() -> None:
    found = redact(patterns="phone", phone_in_ids=True).apply(IDS, CONTEXT)
    assert found["transaction_id"] == "Bestellung [redacted]"
    assert found["items"][0]["item_id"] == "[redacted]"
    assert found["x-ga-mp2-user_properties"] == {"customer_id": "[redacted]"}


def test_addresses_and_patterns_of_ones_own_look_at_ids_too() -> None:
    event = {"transaction_id": "7 jo@example.com", "items": [{"item_id": "C-123456"}]}
    assert redact(patterns=["phone", "email", {"match": r"C-\d{6}"}]).apply(event, CONTEXT) == {
        "transaction_id": "7 [redacted]",
        "items": [{"item_id": "[redacted]"}],
    }


@pytest.mark.parametrize(
    ("spellings", "other"),
    [
        (["jo@example.com", " Jo@Example.com", "jo%40example.com", "mailto:jo@example.com"], "jo@example.net"),
        (["+49 170 1234567", "+491701234567", "%2B49%20170%201234567"], "+49 170 1234568"),
    ],
)
@pytest.mark.parametrize("key", ["client_id", "user_id"])
def test_an_id_that_tells_who_somebody_is_becomes_a_hash_that_is_one_person(key: str, spellings: list[str], other: str) -> None:
    both = redact(patterns=["email", "phone"])
    (hash,) = {both.apply({key: text}, CONTEXT)[key] for text in spellings}
    assert len(hash) == 64
    assert both.apply({key: other}, CONTEXT)[key] != hash


def test_an_address_in_an_id_has_the_hash_that_it_has_where_the_client_finds_it() -> None:
    after = redact(patterns="email").apply({"client_id": "mailto:Jo@Example.com"}, CONTEXT)
    assert after["client_id"] == id_in("jo%40example.com").text


def test_what_looks_like_a_number_of_ones_own_country_in_an_id_stays_unless_ids_are_looked_at() -> None:
    event = {"client_id": "1307714608.1760043792", "user_id": "0170 1234567"}
    assert redact(patterns="phone").apply(event, CONTEXT) is event
    assert len(redact(patterns="phone", phone_in_ids=True).apply(event, CONTEXT)["user_id"]) == 64


def test_an_excepted_id_stays_whoever_it_tells_of() -> None:
    event = {"user_id": "jo@example.com", "user_data": {"email": "jo@example.com"}}
    assert redact(patterns="email", except_parameters=["user_id", "user_data"]).apply(event, CONTEXT) is event


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("around", ["{}", "call {}!", "tel:{}", "{}, {}", "<b>{}</b>"])
def test_a_phone_number_as_one_writes_it_goes(phone: str, around: str) -> None:
    assert text_after(around.replace("{}", phone), patterns="phone") == around.replace("{}", "[redacted]")


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_phone_number_in_a_url_goes(phone: str, times: int) -> None:
    expected = f"https://x.example/?tel={quoted('[redacted]', times if quoted(phone, 1) != phone else 1)}&a=%2B1"
    assert text_after(f"https://x.example/?tel={quoted(phone, times)}&a=%2B1", patterns="phone") == expected


def test_a_form_writes_spaces_as_plus() -> None:
    assert (
        text_after("https://x.example/?tel=%2B49+170+1234567&a=1", patterns="phone")
        == "https://x.example/?tel=%5Bredacted%5D&a=1"
    )


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


PARAMETERS = [
    ("https://x.example/?token=1", "https://x.example/"),
    ("https://x.example/?token=1&a=2", "https://x.example/?a=2"),
    ("https://x.example/?a=2&token=1", "https://x.example/?a=2"),
    ("https://x.example/?a=2&token=1&b=3#token=4", "https://x.example/?a=2&b=3"),
    ("https://x.example/?token=1&token=2&utm_source=3", "https://x.example/"),
    ("https://x.example/?token=1&utm_source=2&a=&b", "https://x.example/?a=&b"),
    ("https://x.example/?token&a=1", "https://x.example/?a=1"),
    ("https://x.example/?tok%65n=a%26b&c=1", "https://x.example/?c=1"),
    ("https://x.example/?token=a?b=c&d=1", "https://x.example/?d=1"),
    ("https://x.example/?token=a b&d=1", "https://x.example/?d=1"),
    ("https://x.example/#token=a#b&d=1", "https://x.example/#d=1"),
    ("https://x.example/#/route?token=1&d=1", "https://x.example/#/route?d=1"),
    ("https://x.example/#token", "https://x.example/#token"),
    ("https://x.example/token=1?Token=1&tokens=1&my_token=1", "https://x.example/token=1?Token=1&tokens=1&my_token=1"),
    ("https://x.example/#a?token=1&b=2", "https://x.example/#a?b=2"),
    ("https://x.example/?a=1#/r?token=1&b=2", "https://x.example/?a=1#/r?b=2"),
    ("https://x.example/?%E0%80%80=1&token=1", "https://x.example/?%E0%80%80=1"),
    ("/path?token=1", "/path"),
    ("token=1&a=2", "a=2"),
    ("token=1", ""),
    ("see https://x.example/?token=1 or <https://y.example/?a=1&token=2>", "see https://x.example/ or <https://y.example/?a=1>"),
    ("https://x.example/?to=https://y.example/?token=1&a=1", "https://x.example/?to=https://y.example/&a=1"),
    ("https://x.example/?to=https%3A%2F%2Fy.example%2F%3Ftoken%3D1&a=1", "https://x.example/?to=https%3A%2F%2Fy.example%2F&a=1"),
    (
        "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Ftoken%3Da%2526b%26c%3D1&a=1",
        "https://x.example/?to=https%3A%2F%2Fy.example%2F%3Fc%3D1&a=1",
    ),
]


@pytest.mark.parametrize(("text", "expected"), PARAMETERS)
def test_query_parameters_go_with_what_separates_them(text: str, expected: str) -> None:
    assert text_after(text, query_parameters=["token", "utm_*"]) == expected


@pytest.mark.parametrize("times", [1, 2, 3, 4])
@pytest.mark.parametrize(("text", "expected"), [row for row in PARAMETERS if row[0].startswith("https:")])
def test_query_parameters_go_from_urls_inside_urls(text: str, expected: str, times: int) -> None:
    outer = "https://out.example/go?x=%26&to={}&y=1#f"
    assert text_after(outer.format(quoted(text, times)), query_parameters=["token", "utm_*"]) == outer.format(
        quoted(expected, times)
    )


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


@pytest.mark.parametrize("key", ["x-ga-custom_parameters"])
def test_names_of_parameters_are_keys_where_they_are_listed(key: str) -> None:
    event: Event = {key: ["ep.user_id", "epn.0170 1234567"], "user_id": "user 7"}
    changed = redact(patterns=[{"match": "user"}, "phone"]).apply(event, CONTEXT)
    assert changed == {key: ["ep.user_id", "epn.0170 1234567"], "user_id": "[redacted] 7"}


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


MARKS = st.sampled_from([
    "@", "%", "%40", "%2540", "%25", "40", "a@b.cd", "jo", ".de", "+", "49170", "1234567", " ", "//", "/", "?", "#", "&", "=",
    "token", "token=1", "%3D", "%26", "%3F", "%23", "é", "%C3%A9", "\ud800", "[", "0", "(", '"', "https://x.example", "%5B", "B",
])  # fmt: skip
TEXTS = st.one_of(st.text(max_size=30), st.lists(MARKS, max_size=14).map("".join))
EVENTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


@settings(max_examples=300)
@given(event=EVENTS)
def test_no_event_makes_it_raise_and_twice_is_once(event: Event) -> None:
    once = redact(**ALL).apply(event, CONTEXT)
    assert redact(**ALL).apply(once, CONTEXT) is once


@settings(max_examples=300)
@given(
    local=st.text("abcXYZ019._+-", min_size=1, max_size=10).map(lambda text: f"jo{text}"),
    domain=st.lists(st.text("abz-09", min_size=1, max_size=6).map(lambda text: f"d{text}"), min_size=2, max_size=4).map(".".join),
    times=st.integers(0, 3),
    before=st.lists(MARKS, max_size=8).map("".join),
    after=st.lists(MARKS, max_size=8).map("".join),
)
def test_no_email_is_left_at_any_depth(local: str, domain: str, times: int, before: str, after: str) -> None:
    email = f"{local}@{domain}"
    found = text_after(f"{before}={quoted(email, times)}&{after}", patterns="email")
    for _ in range(5):
        assert email not in found
        found = unquote(found)


@settings(max_examples=200)
@given(values=st.lists(TEXTS.filter(lambda text: "\ud800" not in text), min_size=1, max_size=4), times=st.integers(0, 2))
def test_a_url_stays_a_url_with_the_same_parameters(values: list[str], times: int) -> None:
    query = "&".join(f"p{index}={quoted(value, 1 + times)}" for index, value in enumerate(values))
    found = urlsplit(text_after(f"https://x.example/path?{query}&end=1#f", **ALL | {"query_parameters": []}))
    assert (found.scheme, found.netloc, found.path, found.fragment) == ("https", "x.example", "/path", "f")
    assert list(parse_qs(found.query, keep_blank_values=True)) == [*(f"p{index}" for index in range(len(values))), "end"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 65_000, "a@" * 32_500, "a@b." * 16_000, "a@b.c," * 10_000, "a." * 32_500, "%25" * 21_000, "%2525252540" * 5_900,
        "%40" * 21_000, "+1 " * 21_000, "+49170123456 " * 5_000, "0" * 65_000, "0123 45678 " * 5_900, "+" * 65_000, "(" * 65_000,
        "?" * 65_000, "&token=1" * 8_000, "?token" * 10_000, "#token=" * 9_000, "&" * 65_000, "//" * 32_500, "//a@b.c" * 9_000,
        " " * 65_000, "%3Ftoken%3D" * 5_900, "é" * 65_000, "%C3%A9" * 10_000, "token=" * 10_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_the_time_is_linear_in_the_text(text: str) -> None:
    assert takes_less(lambda: redact(**ALL, except_parameters=[]).apply({"text": text}, CONTEXT), LONGEST)
    evil = [{"match": "^(a+)+$"}, {"match": "a.*é|a"}, {"match": "(?:x|&.*y|&)"}]
    assert takes_less(lambda: redact(patterns=evil).apply({"text": text}, CONTEXT), LONGEST)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="aZ0._-+'@ /:,\n", max_size=64))
def test_a_short_text_is_searched_by_a_quicker_pattern_that_finds_the_same(text: str) -> None:
    for finder in (finder for finders in PATTERNS.values() for finder in finders if finder.short is not None):
        assert finder.found(text) == replace(finder, short=None).found(text)


def test_what_became_of_a_text_is_told_again_and_an_unchanged_one_is_the_same_object() -> None:
    once = redact(**ALL)
    for _ in range(2):
        for written, expected in (("jo@example.com", "[redacted]"), ("/?a=1", "/?a=1"), ("/?token=1", "/")):
            text = written[:1] + written[1:]  # equal, and another object each time
            event = {"text": text}
            found = once.apply(event, CONTEXT)
            assert found == {"text": expected}
            assert (found is event) == (written == expected)


def test_what_is_remembered_of_texts_is_bounded() -> None:
    remembered = Remembered()
    for at in range(40):
        text = str(at) * 20_000
        assert remembered.put((text, False, False), "x") == "x"
        assert remembered.get((text, False, False)) == "x"
    assert sum(len(text) for text, _, _ in remembered.kept) <= MOST_REMEMBERED
