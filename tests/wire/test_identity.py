"""What vendors match people by: each one's own form of it, its hash, and nothing where there is nothing."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.identity import KINDS, RULES, digest, normalized
from wire.identity.person import Person

JANE = "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"
VENDORS = tuple(RULES)
BY_MAIL = ("meta", "tiktok", "google", "linkedin", "pinterest", "snapchat", "x")
BARE_MAIL = ("microsoft_ads", "reddit")
DIGITS = ("meta", "snapchat", "pinterest")
PLUS = ("tiktok", "google", "microsoft_ads", "reddit", "x")

FORMS: list[tuple[tuple[str, ...], str, str, str]] = [
    (BY_MAIL, "email", " Jane.Doe@Example.com ", "jane.doe@example.com"),
    (BY_MAIL, "email", "buyer@CO.example", "buyer@co.example"),
    (("google",), "email", "Cloudy.SanFrancisco+Shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
    (BY_MAIL, "email", "user.name+NYC@Example.com", "user.name+nyc@example.com"),
    (("meta", "tiktok", "x"), "email", "user.name+NYC@gmail.com", "user.name+nyc@gmail.com"),
    (BARE_MAIL, "email", "Jane.Doe+news@Example.com", "janedoe@example.com"),
    (BARE_MAIL, "email", "a.b.c@mail.example.org", "abc@mail.example.org"),
    (("linkedin", "pinterest"), "email", "Ja ne@Example.com", "jane@example.com"),
    (VENDORS, "email", "nobody", ""),
    (DIGITS, "phone", "+44 844 412 4653", "448444124653"),
    (DIGITS, "phone", "0044 844 412 4653", "448444124653"),
    (DIGITS, "phone", "+1 (650) 555-1212", "16505551212"),
    (PLUS, "phone", "+1 (650) 555-1212", "+16505551212"),
    (PLUS, "phone", "+1 650 555 1212 ext. 7", "+16505551212"),
    (VENDORS, "phone", "none", ""),
    (("klaviyo",), "phone", "+44 844 412 4653", "+448444124653"),
    (("klaviyo",), "phone", "0844 412 4653", ""),
    (("meta",), "first_name", "Mary-Ann", "maryann"),
    (("tiktok",), "first_name", " Mary-Ann Lee", "maryann lee"),
    (("pinterest", "snapchat"), "first_name", " Mary-Ann", "mary-ann"),
    (("snapchat",), "first_name", "Raphaël", "raphaël"),
    (("linkedin", "klaviyo"), "last_name", " McDonald ", "McDonald"),
    (("meta", "pinterest", "tiktok"), "city", "Menlo Park", "menlopark"),
    (("pinterest",), "city", "St. Louis", "stlouis"),
    (("snapchat",), "city", "St. Louis", "st.louis"),
    (("meta", "pinterest", "snapchat", "tiktok"), "region", "California", "ca"),
    (("meta",), "region", "New York", "ny"),
    (("meta",), "region", "Bayern", "bayern"),
    (("meta",), "postal_code", "94025-1234", "94025"),
    (("meta",), "postal_code", "SW1A 1AA", "sw1a1aa"),
    (("meta",), "postal_code", "7", ""),
    (("tiktok",), "postal_code", "94025-1234", "94025"),
    (("tiktok",), "postal_code", "123-4567", "1234567"),
    (("pinterest",), "postal_code", "10001-1234", "100011234"),
    (("snapchat",), "postal_code", "SW1A 1AA", "sw1a1aa"),
    (("meta", "tiktok", "pinterest", "snapchat"), "country", "United States", "us"),
    (("meta",), "country", "DE", "de"),
    (("meta",), "country", "DEU", "de"),
    (("meta",), "country", "Côte d'Ivoire", "ci"),
    (("meta",), "country", "Atlantis", ""),
    (("meta", "pinterest"), "birth_date", "1991-05-26", "19910526"),
    (("meta", "pinterest"), "birth_date", "May", ""),
    (("meta", "pinterest"), "gender", "Female", "f"),
    (("meta",), "external_id", " User 42", "user42"),
    (("tiktok",), "external_id", " User-42 ", "user-42"),
    (("pinterest", "snapchat", "reddit", "microsoft_ads"), "external_id", "User-42", "User-42"),
]


@pytest.mark.parametrize(("vendors", "kind", "text", "form"), FORMS)
def test_each_vendor_has_its_own_form(vendors: tuple[str, ...], kind: str, text: str, form: str) -> None:
    for vendor in vendors:
        assert normalized(vendor, kind, text) == form, vendor
        assert digest(vendor, kind, text) == (hashlib.sha256(form.encode()).hexdigest() if form else ""), vendor


def test_the_hashes_that_a_vendor_prints_itself() -> None:
    assert digest("snapchat", "email", "person@example.com") == "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345"
    assert digest("snapchat", "first_name", "Raphaël") == "e74bb89e718fe1e19c422a48382870399f8bf7ca8dfa008739e75b0be76627b7"


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_what_is_hashed_is_left_and_nothing_is_made_of_nothing(vendor: str, kind: str) -> None:
    if kind in RULES["google"] or vendor != "google":
        assert digest(vendor, kind, f" {JANE.upper()} ") == JANE
        assert digest(vendor, kind, " \t") == ""


def test_a_hash_with_meta_s_own_tail_passes_to_meta_alone() -> None:
    assert digest("meta", "email", f"{JANE.upper()}.AQECAQEB") == f"{JANE}.AQECAQEB"
    assert digest("tiktok", "email", f"{JANE}.AQECAQEB") == ""


@given(vendor=st.sampled_from(VENDORS), kind=st.sampled_from(sorted(RULES["google"])), text=st.text())
def test_whatever_comes_its_digest_is_a_hash_or_nothing_and_its_own(vendor: str, kind: str, text: str) -> None:
    found = digest(vendor, kind, text)
    assert found == "" or len(found.partition(".")[0]) == 64
    assert digest(vendor, kind, found) == found


PERSON = {
    "user_id": "u-7",
    "user_data": {
        "sha256_email_address": JANE,
        "email_address": ["Sam.Roe@Example.com", "second@example.com"],
        "phone_number": "+1 (650) 555-1212",
        "address": {"0": {"first_name": "Sam", "sha256_last_name": JANE, "city": "New York", "country": "US"}},
    },
}


def test_an_event_says_it_in_many_places_hashes_first() -> None:
    person = Person(PERSON)
    assert person.texts("email") == [JANE, "Sam.Roe@Example.com", "second@example.com"]
    assert person.hashes("meta", "email", 2) == [JANE, digest("meta", "email", "sam.roe@example.com")]
    assert person.hash("meta", "external_id") == digest("meta", "external_id", "u-7")
    assert (person.plain("tiktok", "city"), person.plain("meta", "last_name"), person.hash("meta", "last_name")) == (
        "newyork",
        None,
        JANE,
    )
    assert person.plain("meta", "email") == "sam.roe@example.com"


@pytest.mark.parametrize("data", [None, "x", [], {"address": "x"}, {"email": {"a": 1}}, {"email": [None, "", 0.5, True]}])
def test_whatever_user_data_holds_nobody_is_made_up(data: object) -> None:
    person = Person({"user_data": data})
    assert all(person.hashes(vendor, kind) == [] for vendor in VENDORS for kind in RULES["google"])


def test_what_stands_beside_user_data_counts_too() -> None:
    assert Person({"email": "A@b.c", "phone": "+16505551212"}).plain("x", "email") == "a@b.c"


@pytest.mark.parametrize("written", ["null", " undefined "])
def test_what_a_page_writes_where_it_has_nothing_is_nobody(written: str) -> None:
    event = {"user_id": written, "user_data": {"email": written, "address": {"first_name": written, "city": written}}}
    assert all(Person(event).hashes(vendor, kind) == [] for vendor in VENDORS for kind in KINDS if kind in RULES[vendor])
    assert Person({"user_data": {"address": {"last_name": "Null"}}}).hash("meta", "last_name")
