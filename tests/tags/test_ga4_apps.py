"""Events of apps: they always take the second route."""

from __future__ import annotations

import orjson
import pytest

from core.types import Event, Skip
from tests.tags.ga4_late import API_SECRET, APP, EVENT, OWN_TIME, T0, context, json_of, mapped, packed, route, tag
from wire.measurement_protocol.late import Route


class TestApps:
    def test_an_event_of_an_app_always_takes_this_road(self) -> None:
        [request] = packed([mapped(APP)], T0)
        assert request.url == (
            "https://www.google-analytics.com/mp/collect?firebase_app_id=1%3A2%3Aandroid%3A3&api_secret=s3%2Fcret%20%26%2B"
        )
        assert orjson.loads(request.body) == {
            "app_instance_id": "a" * 32,
            "events": [{"name": "post_score", "params": {"score": 7, "new": True}, "timestamp_micros": T0}],
        }

    def test_with_its_own_time_and_hashes(self) -> None:
        event = {**APP, "x-mp-timestamp_micros": OWN_TIME, "user_id": "U-1", "user_data": {"email": "a" * 64}}
        body = json_of(event, T0, user_data="hashed")
        assert body["events"][0]["timestamp_micros"] == OWN_TIME
        assert body["user_data"] == {"sha256_email_address": "a" * 64}

    def test_its_recipient_is_the_app(self) -> None:
        assert mapped(APP).recipient == "1:2:android:3"

    def test_a_visitor_of_the_web_makes_a_hit_of_it(self) -> None:
        assert route({**EVENT, **APP}, T0) is Route.HIT

    @pytest.mark.parametrize(
        ("event", "secret", "why"),
        [
            (APP, None, "needs the tag's api_secret"),
            ({**APP, "x-mp-consent": {"analytics_storage": "DENIED"}}, API_SECRET, "analytics consent is denied"),
            ({**APP, "x-mp-app_instance_id": ""}, API_SECRET, "the event has no client_id"),
            ({**APP, "event_name": ""}, API_SECRET, "the event has no client_id"),
            ({**APP, "client_id": "1.2"}, API_SECRET, "the event has no x-ga-measurement_id"),
        ],
    )
    def test_what_cannot_be_sent_is_skipped_with_a_reason(self, event: Event, secret: str | None, why: str) -> None:
        skipped = tag(secret).map(event, context(event))
        assert isinstance(skipped, Skip)
        assert why in skipped.why

    def test_without_the_secret_that_it_was_mapped_with_it_cannot_be_packed(self) -> None:
        with pytest.raises(ValueError, match="give the tag its api_secret again"):
            tag(None).pack([mapped(APP)], T0)
