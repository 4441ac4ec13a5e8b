"""Whoever it is of whom an event tells: nothing of a person leaves in clear, but where a vendor wants it so."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given, settings

from core.types import Event
from tests.tags.exampled import exampled
from tests.tags.played_vendor import PURCHASE, payload, personal, requests
from tests.tags.somebody import Somebody, anybody
from tests.tags.test_vendor import VENDORS, event

IN_CLEAR: Final = {"bigquery", "klaviyo", "pubsub"}
"""What a person is written to by, and data of one's own: all but ``user_data`` as the page has said it."""
OF_A_PLACE: Final = {"google_ads": {"postal_code": "10115", "country": "DE"}, "tiktok": {}}
"""Which want places in clear, and names hashed."""
NAMES: Final = {"linkedin": {"user_info": False}}
"""And names in clear, where its setting does not forbid it."""
READ_AS_TEXT: Final = ("plausible", "snowplow", "umami")
"""To which all parameters go, under whatever name: without those that look like an address for mail."""


def written(type: str, event: Event, **more: Any) -> str:
    """All that is kept or sent of it."""
    tag = exampled(type, **more)
    row = payload(tag, event)
    [request] = requests(tag, row)
    return json.dumps(row.body) + request.url + request.body.decode()


@pytest.mark.parametrize("type", sorted(set(VENDORS) - IN_CLEAR - OF_A_PLACE.keys() - NAMES.keys()))
def test_nothing_personal_is_kept_or_sent_in_clear(type: str) -> None:
    assert personal(exampled(type)) == []
    assert personal(exampled(type), {**PURCHASE, "user_id": "jane.doe@example.com"}) == []


@settings(max_examples=30)
@given(who=anybody())
@pytest.mark.parametrize("type", sorted(set(VENDORS) - IN_CLEAR - set(READ_AS_TEXT)))
def test_whoever_it_is_nobody_leaves_in_clear(type: str, who: Somebody) -> None:
    place = OF_A_PLACE.get(type)
    address = who.user_data["address"] if place is None else {"first_name": who.name, "last_name": who.name, **place}
    data = {**event(type), "user_id": who.email, "user_data": {**who.user_data, "address": address}, **who.top}
    assert not who.seen_in(written(type, data, **NAMES.get(type, {})))


@settings(max_examples=30)
@given(who=anybody(17, 20))
@pytest.mark.parametrize("type", READ_AS_TEXT)
def test_whoever_it_is_nobody_leaves_in_a_parameter(type: str, who: Somebody) -> None:
    top = {**who.top, "phone_number": f"+{who.phone}", "first_name": who.name, "user_id": who.email}
    assert not who.seen_in(written(type, {**event(type), **top, "user_data": who.user_data}))
