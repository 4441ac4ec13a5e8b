"""What a hash of something about a person is made of, and when there is none."""

from __future__ import annotations

import base64
import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.expressions.names import PERSON
from tests.budget.machine import takes_less
from wire.hashing import KINDS, LONGEST, digest, hash_in

HASH = "0123456789abcdef" * 4
BASE64 = base64.b64encode(bytes.fromhex("fb" + "ef" * 31)).decode()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_expressions_call_user_is_what_can_be_hashed() -> None:
    assert KINDS == PERSON


@pytest.mark.parametrize(
    ("email", "normal"),
    [
        ("a@b.c", "a@b.c"),
        (" Jane.Doe@Example.COM ", "jane.doe@example.com"),
        ("j ane\t@b.c\u00a0", "jane@b.c"),
        ("\ufeffjane@b.c\u200b", "jane@b.c"),
        # dots and a +suffix go at Gmail alone
        ("cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
        ("Jane.D.oe+a+b.c@GoogleMail.com", "janedoe@googlemail.com"),
        ("jane+x@gmail.com.", "jane@gmail.com"),
        ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
        ("jane.doe+x@mail.gmail.com", "jane.doe+x@mail.gmail.com"),
        ("jane.doe+x@gmail.de", "jane.doe+x@gmail.de"),
        ("jane@example.com.", "jane@example.com"),
        ("MAILTO:Jane@b.c?subject=Hi", "jane@b.c"),
        ("Jane Doe <jane@b.c>;", "jane@b.c"),
        ("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "jane@example.com"),
        ("jane@example。jp", "jane@example.jp"),
        ("jörg@MÜLLER.de", "jörg@müller.de"),
        (unicodedata.normalize("NFD", "jörg@müller.de"), "jörg@müller.de"),
    ],
)
def test_an_email_address(email: str, normal: str) -> None:
    assert digest("email", email) == sha256(normal)


@pytest.mark.parametrize(
    ("phone", "normal"),
    [
        ("+49 (30) 123-45", "+493012345"),
        ("493012345678", "+493012345678"),
        ("tel:+1-212-555-0123", "+12125550123"),
        ("Tel. (mobile): (+49) 151 2345678", "+491512345678"),
        # what is not E.164 and can be made so without a guess
        ("0049 151 2345678", "+491512345678"),
        ("(0049) 151 2345678", "+491512345678"),
        ("+49 (0) 151 2345678", "+491512345678"),
        ("+49(0)151/2345678", "+491512345678"),
        ("0049 ( 0 ) 151 2345678", "+491512345678"),
        ("+39 (0)6 1234 5678", "+390612345678"),
        ("+1 212 555 0123 ext. 45", "+12125550123"),
        ("+1 212 555 0123x45", "+12125550123"),
        ("+1 212 555 0123 #45", "+12125550123"),
        ("+1-212-555-0123;ext=45", "+12125550123"),
        ("＋８１ ９０ １２３４ ５６７８", "+819012345678"),
        ("+٤٩ ١٥١ ٢٣٤٥٦٧٨", "+491512345678"),
        # without a country code nobody knows the country: the digits, as Google does it
        ("0151 2345678", "+01512345678"),
        ("(0) 151 2345678", "+01512345678"),
    ],
)
def test_a_phone_number(phone: str, normal: str) -> None:
    assert digest("phone", phone) == sha256(normal)


@pytest.mark.parametrize(
    ("kind", "text", "normal"),
    [
        ("first_name", " Jane ", "jane"),
        ("first_name", "Anne-Marie 2nd", "annemarie nd"),
        ("first_name", "Łukasz!", "łukasz"),
        ("first_name", "ஃபா", "ஃபா"),
        ("first_name", "Anne\u00a0Marie", "anne marie"),
        ("last_name", "O’Brien", "obrien"),
        ("last_name", "Großmann", "großmann"),
        ("last_name", unicodedata.normalize("NFD", "Müller"), "müller"),
        ("street", " 1600 Amphitheatre Pkwy., #2 ", "1600 amphitheatre pkwy 2"),
        ("city", "Frankfurt (Main) 1", "frankfurt main"),
        ("region", "Île-de-France", "îledefrance"),
        ("postal_code", " SW1A 1AA. ", "sw1a 1aa"),
        ("country", " DE", "de"),
    ],
)
def test_a_name_and_an_address(kind: str, text: str, normal: str) -> None:
    assert digest(kind, text) == sha256(normal)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *[(kind, text) for kind in KINDS for text in ("", "  ", "\t", "..", "x" * (LONGEST + 1))],
        *[("email", text) for text in ("no address", "@b.c", "a@", "a@.", "+x@gmail.com", "...@gmail.com", "a@b.c, d@e.f")],
        ("email", "a@b@c.d"),
        *[("phone", text) for text in ("none", "+", "12", "+49 30 1", "1" * 16, "+49 151 2345678 / +49 151 8765432")],
        *[("first_name", text) for text in ("42", "!?", "\U0001f600")],
    ],
)  # fmt: skip
def test_there_is_no_hash_of_nothing(kind: str, text: str) -> None:
    assert digest(kind, text) == ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("written", [HASH, HASH.upper(), f" {HASH} "])
def test_what_is_a_hash_already_stays_one(kind: str, written: str) -> None:
    assert digest(kind, written) == hash_in(written) == HASH


@pytest.mark.parametrize("written", [BASE64, BASE64.rstrip("="), BASE64.replace("+", "-").replace("/", "_")])
def test_a_hash_in_base64_is_the_same_hash(written: str) -> None:
    assert digest("email", written) == hash_in(written) == base64.b64decode(BASE64).hex()


@pytest.mark.parametrize(
    "text", ["", HASH[:-1], HASH + "0", "g" * 64, BASE64[:-4], BASE64 + "=", "jane@b.c", "-" * 20 + "+" * 23]
)
def test_what_is_no_hash(text: str) -> None:
    assert hash_in(text) == ""


@given(kind=st.sampled_from(KINDS), text=st.text(max_size=60))
def test_a_hash_stays_what_it_is_and_nothing_raises(kind: str, text: str) -> None:
    once = digest(kind, text)
    assert once == "" or digest(kind, once) == once
    assert digest(kind, f" {text} ") == once


def test_the_time_is_linear_in_the_text() -> None:
    texts = ("(" * LONGEST, "( " * 500, "<" * LONGEST, "@" * LONGEST, "\ufdfa" * LONGEST, "a" * 1_000_000)
    assert takes_less(lambda: [digest(kind, text) for kind in KINDS for text in texts], 1)
