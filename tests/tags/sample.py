"""The purchase of which the platforms' examples are made, and its request's cookies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.types import Event

SAMPLE_AT: Final = 1_767_312_000_000_000

SAMPLE: Final[Event] = {
    "event_name": "purchase",
    "client_id": "77.1767000000",
    "event_id": "e-51",
    "transaction_id": "A-2040",
    "value": 48.5,
    "currency": "EUR",
    "page_location": "https://shop.example.com/done?x=1",
    "page_referrer": "https://shop.example.com/pay",
    "page_title": "Done",
    "ip_override": "203.0.113.9",
    "user_agent": "ExampleBrowser/2",
    "user_id": "u-7",
    "items": [
        {"item_id": "P1", "item_name": "Lamp", "item_brand": "Lux", "item_category": "Home", "price": 24.25, "quantity": 2}
    ],
    "user_data": {
        "email_address": "Sam.Roe@Example.com",
        "phone_number": "+1 (650) 555-1212",
        "address": [
            {
                "first_name": "Sam",
                "last_name": "Roe",
                "city": "New York",
                "region": "NY",
                "postal_code": "10001-1234",
                "country": "US",
            }
        ],
    },
}

SAMPLE_COOKIES: Final[Mapping[str, str]] = {
    "ttclid": "E.C.P.example",
    "_ttp": "2F7h37YkS1j57AYSKTI7IHhJPYH",
    "li_fat_id": "df5gf5-example",
    "twclid": "23opexample",
}
