"""Tags that send the very same event to one origin share its hit, and nobody else does."""

from __future__ import annotations

from typing import Any

from core.types import Event
from tests.core.tiny import context
from wire.ga4 import hits

ORIGIN = "https://www.google-analytics.com"
EVENT: Event = {"x-ga-measurement_id": "G-ABC123XYZ0", "client_id": "1.2", "event_name": "page_view", "stock": 14}


def test_the_very_same_version_of_an_event_is_written_once_for_each_origin() -> None:
    around = context({**EVENT, "page_title": "Shoes"})
    first = hits.shared(EVENT, around, ORIGIN, {})

    assert hits.shared(EVENT, around, ORIGIN, {}) is first
    assert hits.shared(EVENT, around, "https://own.example", {}) is not first


def test_another_version_of_the_event_has_its_own() -> None:
    around = context(EVENT)
    first = hits.shared(EVENT, around, ORIGIN, {})
    changed = hits.shared({**EVENT, "stock": 15}, around, ORIGIN, {})

    assert "epn.stock=14" in str(first)
    assert "epn.stock=15" in str(changed)
    assert hits.shared({**EVENT}, around, ORIGIN, {}) == first


def test_what_a_step_of_one_tag_has_changed_in_place_does_not_leave_by_that_tag() -> None:
    event: Event = {**EVENT, "email": "a@x.example"}
    around = context(event)
    assert "x.example" in str(hits.shared(event, around, ORIGIN, {}))

    del event["email"]
    assert "x.example" not in str(hits.shared(event, around, ORIGIN, {}))


def test_personal_data_is_not_shared_with_a_tag_that_drops_it() -> None:
    around = context(EVENT)
    hashes: dict[str, Any] = {"sha256_email_address": "7f3a"}

    assert "7f3a" in str(hits.shared(EVENT, around, ORIGIN, hashes))
    assert "7f3a" not in str(hits.shared(EVENT, around, ORIGIN, {}))
    assert "7f3a" in str(hits.shared(EVENT, around, ORIGIN, hashes))
