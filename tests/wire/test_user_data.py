from __future__ import annotations

import hashlib
import time
from typing import Any

import pytest

from core.types import Request
from wire.user_data import hashed, read

REQUEST = Request("r1", 0, "GET", "/")
HASH = "0123456789abcdef" * 4


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("data", "user"),
    [
        (None, {}),
        ("a@b.c", {}),
        ({}, {}),
        ({"email": "a@b.c"}, {"email": "a@b.c"}),
        ({"email_address": "a@b.c", "email": "d@e.f"}, {"email": "a@b.c"}),
        ({"email": ["", "a@b.c", "d@e.f"]}, {"email": "a@b.c"}),
        ({"email": {"0": "a@b.c", "1": "d@e.f"}}, {"email": "a@b.c"}),
        ({"email": {"other": "x"}}, {}),
        ({"email": " "}, {}),
        ({"email": [], "phone": None, "email_address": True}, {}),
        ({"phone_number": "+49 30 1"}, {"phone": "+49 30 1"}),
        ({"phone": 49301}, {"phone": "49301"}),
        ({"sha256_email_address": HASH, "sha256_phone_number": HASH}, {"sha256_email": HASH, "sha256_phone": HASH}),
        ({"sha256_email": HASH, "sha256_phone": HASH}, {"sha256_email": HASH, "sha256_phone": HASH}),
        (
            {
                "address": {
                    "first_name": "Jane",
                    "last_name": "Doe",
                    "street": "Road 1",
                    "city": "Oslo",
                    "region": "O",
                    "postal_code": "0150",
                    "country": "NO",
                }
            },
            {
                "first_name": "Jane",
                "last_name": "Doe",
                "street": "Road 1",
                "city": "Oslo",
                "region": "O",
                "postal_code": "0150",
                "country": "NO",
            },
        ),
        ({"address": [{"city": ""}, {"city": "Oslo"}]}, {"city": "Oslo"}),
        ({"address": {"0": {"city": "Oslo"}, "1": {"city": "Rome", "country": "IT"}}}, {"city": "Oslo", "country": "IT"}),
        ({"address": "Road 1"}, {}),
        ({"address": {"sha256_first_name": HASH, "sha256_street": [HASH]}}, {"sha256_first_name": HASH, "sha256_street": HASH}),
    ],
)
def test_every_spelling_is_read(data: Any, user: dict[str, str]) -> None:
    assert read({"user_data": data}, REQUEST) == user


def test_an_event_without_user_data_reads_as_nothing() -> None:
    assert read({}, REQUEST) == {}


@pytest.mark.parametrize(
    ("email", "normal"),
    [
        ("a@b.c", "a@b.c"),
        (" Jane.Doe@Example.COM ", "jane.doe@example.com"),
        ("j ane@b.c", "jane@b.c"),
        ("Jane.D.oe@gmail.com", "janedoe@gmail.com"),
        ("jane.doe@GoogleMail.com", "janedoe@googlemail.com"),
    ],
)
def test_emails_are_normalised_before_they_are_hashed(email: str, normal: str) -> None:
    assert hashed({"email": email}) == {"sha256_email_address": sha256(normal)}


@pytest.mark.parametrize(
    ("phone", "normal"), [("+49 (30) 123-45", "+493012345"), ("493012345", "+493012345"), (493012345, "+493012345")]
)
def test_phone_numbers_are_digits_behind_a_plus(phone: Any, normal: str) -> None:
    assert hashed({"phone_number": phone}) == {"sha256_phone_number": sha256(normal)}


@pytest.mark.parametrize(
    ("name", "normal"), [(" Jane ", "jane"), ("Anne-Marie 2nd", "annemarie nd"), ("Łukasz!", "łukasz"), ("ஃபா", "ஃபா")]
)
def test_names_lose_digits_and_symbols(name: str, normal: str) -> None:
    assert hashed({"address": {"first_name": name}}) == {"address": {"sha256_first_name": sha256(normal)}}


@pytest.mark.parametrize(
    "data",
    [
        None,
        "a@b.c",
        {"email": "no address"},
        {"email": "@b.c"},
        {"email": "a@"},
        {"phone": "none"},
        {"sha256_email_address": "a@b.c"},
        {"sha256_phone_number": HASH[:-1]},
        {
            "address": {
                "city": "Oslo",
                "region": "O",
                "postal_code": "0150",
                "country": "NO",
                "street": "Road 1",
                "first_name": "42",
            }
        },
        {"_tag_mode": "AUTO", "other": "x"},
    ],
)
def test_what_cannot_be_hashed_is_left_out(data: Any) -> None:
    assert hashed(data) == {}


def test_what_is_a_hash_already_passes() -> None:
    data = {
        "email": HASH,
        "sha256_phone_number": HASH.upper(),
        "address": {"sha256_street": HASH, "street": "Road 1", "last_name": HASH},
    }
    assert hashed(data) == {
        "sha256_email_address": HASH,
        "sha256_phone_number": HASH,
        "address": {"sha256_last_name": HASH, "sha256_street": HASH},
    }


def test_several_values_are_a_list_of_at_most_three_and_two_addresses() -> None:
    data = {
        "email": [f"{letter}@b.c" for letter in "aabcd"],
        "address": [{"first_name": name} for name in ("a", "b", "c")],
    }
    assert hashed(data) == {
        "sha256_email_address": [sha256("a@b.c"), sha256("b@b.c"), sha256("c@b.c")],
        "address": [{"sha256_first_name": sha256("a")}, {"sha256_first_name": sha256("b")}],
    }


def test_only_the_first_few_values_are_looked_at() -> None:
    many = {"email": [f"a{n}@b.c" for n in range(50_000)], "address": [{"first_name": "a"}] * 50_000}
    started = time.perf_counter()
    found = hashed(many)
    assert time.perf_counter() - started < 0.05
    assert (len(found["sha256_email_address"]), len(found["address"])) == (3, 2)
