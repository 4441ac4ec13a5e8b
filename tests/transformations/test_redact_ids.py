"""What redact does to ids: those of things stay, those of people become hashes."""

from __future__ import annotations

import pytest

from core.types import Event
from tests.transformations.redacting import CONTEXT, redact
from wire.cookies.ids import id_in

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
