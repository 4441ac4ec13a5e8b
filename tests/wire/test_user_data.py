from __future__ import annotations

import hashlib
from typing import Any

import pytest

from core.types import Request
from tests.budget.machine import takes_less
from wire.user_data import hashed, hashes, read

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


def test_what_leaves_as_a_hash_is_normalised_before() -> None:
    data = {
        "email": "Jane.Doe+shop@GoogleMail.com",
        "phone_number": 493012345,
        "address": {"first_name": " Anne-Marie ", "last_name": "Łukasz!"},
    }
    assert hashed(data) == {
        "sha256_email_address": sha256("janedoe@googlemail.com"),
        "sha256_phone_number": sha256("+493012345"),
        "address": {"sha256_first_name": sha256("annemarie"), "sha256_last_name": sha256("łukasz")},
    }


def test_every_hash_that_an_expression_can_ask_for() -> None:
    address = {"first_name": "Jane", "last_name": "Doe", "street": "Road 1", "city": "Oslo"}
    more = {"region": "O", "postal_code": "0150", "country": "NO"}
    data = {"email": " Jane@Example.com", "phone": "+47 22 12 34 56", "address": {**address, **more}}
    assert hashes({"user_data": data}, REQUEST) == {
        "email_sha256": sha256("jane@example.com"),
        "phone_sha256": sha256("+4722123456"),
        "first_name_sha256": sha256("jane"),
        "last_name_sha256": sha256("doe"),
        "street_sha256": sha256("road 1"),
        "city_sha256": sha256("oslo"),
        "region_sha256": sha256("o"),
        "postal_code_sha256": sha256("0150"),
        "country_sha256": sha256("no"),
    }


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (None, {}),
        ("a@b.c", {}),
        ({"email": "", "phone": " ", "address": [{"city": "1"}, "Oslo"]}, {}),
        ({"email": ["nobody", "a@b.c"]}, {"email_sha256": sha256("a@b.c")}),
        ({"email": {"0": "A@b.c"}}, {"email_sha256": sha256("a@b.c")}),
        ({"email": HASH.upper()}, {"email_sha256": HASH}),
        ({"email": "a@b.c", "sha256_email_address": HASH}, {"email_sha256": HASH}),
        ({"email": "a@b.c", "sha256_email_address": "none"}, {"email_sha256": sha256("a@b.c")}),
        ({"sha256_phone": HASH, "address": {"sha256_street": HASH}}, {"phone_sha256": HASH, "street_sha256": HASH}),
        ({"address": [{"first_name": "42"}, {"first_name": "Jane"}]}, {"first_name_sha256": sha256("jane")}),
    ],
)
def test_the_first_that_can_be_hashed_counts(data: Any, found: dict[str, str]) -> None:
    assert hashes({"user_data": data}, REQUEST) == found


def test_an_expression_and_the_tag_hash_the_same() -> None:
    data = {"email": "J.D+x@gmail.com", "phone": "0049 (0)151 2345678", "address": {"first_name": "Ｊ", "last_name": "D’oe"}}
    told, sent = hashes({"user_data": data}, REQUEST), hashed(data)
    assert told["email_sha256"] == sent["sha256_email_address"]
    assert told["phone_sha256"] == sent["sha256_phone_number"]
    assert {f"sha256_{name}": told[f"{name}_sha256"] for name in ("first_name", "last_name")} == sent["address"]


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
        "address": [{"sha256_street": HASH, "street": "Road 1", "last_name": HASH}, {"street": HASH}],
    }
    assert hashed(data) == {
        "sha256_email_address": HASH,
        "sha256_phone_number": HASH,
        "address": [{"sha256_last_name": HASH, "sha256_street": HASH}, {"sha256_street": HASH}],
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
    assert takes_less(lambda: hashed(many), 0.05)
    found = hashed(many)
    assert (len(found["sha256_email_address"]), len(found["address"])) == (3, 2)
