"""The purchase of which the examples of tags for advertising platforms are made."""

from __future__ import annotations

from typing import Any

from core.types import Event


def purchase(**more: Any) -> Event:
    """Two lamps that Sam Roe has bought, with more that a platform reads of them."""
    return {
        "event_name": "purchase",
        "event_id": "e-51",
        "x-mp-timestamp_micros": 1767312000000000,
        "value": 48.5,
        "currency": "EUR",
        "page_location": "https://shop.example.com/done",
        **more,
        "items": [{"item_id": "P1", "price": 24.25, "quantity": 2}],
        "user_data": {"email_address": "Sam.Roe@Example.com"},
    }
