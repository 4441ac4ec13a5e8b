"""What events say on the second route, and which of them leave together."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from core.component import Setup
from core.product import USER_AGENT
from core.secret import SealedText, Secret, SecretValue
from core.types import Event, OutboundRequest
from tags.ga4 import Ga4
from tests.hits import worked_examples
from tests.tags.ga4_late import APP, BACKDATED, EVENT, LATER, OWN_TIME, T0, json_of, mapped, packed, tag

HASHES = {"sha256_email_address": "a" * 64, "address": {"sha256_first_name": "b" * 64}}
PERSON = {"email": "a" * 64, "address": {"first_name": "b" * 64, "city": "Oslo"}}


class TestTheRequest:
    def test_twenty_minutes_late_a_hit_keeps_the_time_it_was_received(self) -> None:
        [request] = packed([mapped(EVENT)], LATER)
        assert request == OutboundRequest(
            method="POST",
            url="https://www.google-analytics.com/mp/collect?measurement_id=G-ABC&api_secret=s3%2Fcret%20%26%2B",
            headers=(("user-agent", USER_AGENT), ("content-type", "application/json")),
            body=request.body,
            payloads=(0,),
        )
        assert orjson.loads(request.body) == {
            "client_id": "1.2",
            "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"},
            "ip_override": "203.0.113.7",
            "user_agent": "Mozilla/5.0",
            "events": [
                {
                    "name": "purchase",
                    "params": {"value": 9.5, "coupon": "007", "session_id": "17"},
                    "timestamp_micros": T0,
                }
            ],
        }

    def test_an_events_own_time_stays_however_late_it_is(self) -> None:
        for now in (T0, LATER):
            assert json_of(BACKDATED, now)["events"][0]["timestamp_micros"] == OWN_TIME

    def test_a_page_view_of_gtag(self) -> None:
        event = {**worked_examples.PAGE_VIEW_EVENT, "x-ga-system_properties": {"eu": [4, 34]}}
        assert json_of(event) == {
            "client_id": "1307714608.1760043792",
            "user_properties": {"tier": {"value": "gold"}, "age": {"value": 31}},
            "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"},
            "ip_override": "203.0.113.7",
            "user_agent": worked_examples.AGENT,
            "events": [
                {
                    "name": "page_view",
                    "params": {
                        "session_id": "1764340309",
                        "session_number": 5,
                        "page_location": "https://shop.example/shoes?color=red",
                        "page_referrer": "https://www.bing.com/",
                        "page_title": "Red shoes | Shop",
                        "language": "nl-nl",
                        "screen_resolution": "1920x1080",
                        "login_status": "guest",
                        "sku_count": "007",
                        "stock": 14,
                    },
                    "timestamp_micros": T0,
                }
            ],
        }

    def test_items_of_a_hit(self) -> None:
        event = {**EVENT, "items": [{"item_id": "a", "price": 59.5, "quantity": 2, "size": "42"}], "engagement_time_msec": 100}
        params = json_of(event)["events"][0]["params"]
        assert params["items"] == [{"item_id": "a", "price": 59.5, "quantity": 2, "size": "42"}]
        assert params["engagement_time_msec"] == 100

    def test_a_backend_gets_its_own_json_back(self) -> None:
        event = {
            **BACKDATED,
            "x-mp-device": {"category": "mobile", "language": "en"},
            "language": "en",
            "x-mp-user_location": {"city": "Oslo", "country_id": "NO"},
            "event_location": {"country": "NO"},
            "x-mp-consent": {"ad_user_data": "DENIED"},
            "x-ga-mp2-user_properties": {"member": True},
            "x-mp-user_property_timestamps": {"member": 7},
            "items": [{"item_id": "a", "size": 42, "new": True}],
            "debug_mode": True,
            "nested": {"a": [1]},
        }
        assert json_of(event, T0) == {
            "client_id": "1.2",
            "user_properties": {"member": {"value": True, "timestamp_micros": 7}},
            "consent": {"ad_user_data": "DENIED"},
            "user_location": {"city": "Oslo", "country_id": "NO"},
            "device": {"category": "mobile", "language": "en"},
            "ip_override": "203.0.113.7",
            "events": [
                {
                    "name": "purchase",
                    "params": {
                        "value": 9.5,
                        "coupon": "007",
                        "items": [{"item_id": "a", "size": 42, "new": True}],
                        "debug_mode": True,
                        "nested": {"a": [1]},
                        "session_id": "17",
                    },
                    "timestamp_micros": OWN_TIME,
                }
            ],
        }

    @pytest.mark.parametrize("event", [EVENT, BACKDATED])
    def test_the_settings_work_here_too(self, event: Event) -> None:
        settings: dict[str, Any] = {
            "redact_visitor_ip": True,
            "measurement_id": "G-OTHER",
            "parameters": {"exclude": "coupon", "set": {"shop": "north"}},
            "user_properties": {"set": {"tier": "gold"}},
            "endpoint": "https://region1.google-analytics.com",
        }
        [request] = packed([mapped(event, **settings)], LATER, **settings)
        assert request.url.startswith("https://region1.google-analytics.com/mp/collect?measurement_id=G-OTHER&api_secret=")
        body = orjson.loads(request.body)
        assert "ip_override" not in body
        assert body["user_properties"] == {"tier": {"value": "gold"}}
        assert body["events"][0]["params"] == {"value": 9.5, "session_id": "17", "shop": "north"}

    @pytest.mark.parametrize("event", [EVENT, BACKDATED])
    def test_our_own_user_agent_is_not_told_as_the_visitors(self, event: Event) -> None:
        assert "user_agent" not in json_of({**event, "user_agent": None})

    @pytest.mark.parametrize("event", [EVENT, BACKDATED])
    def test_personal_data_leaves_as_hashes_and_beside_a_user_id(self, event: Event) -> None:
        person = {**event, "user_data": PERSON}
        known = {**person, "user_id": "U-1"}
        assert json_of(known, user_data="hashed")["user_data"] == HASHES
        assert "user_data" not in json_of(person, user_data="hashed")
        assert "user_data" not in json_of(known)
        assert "Oslo" not in orjson.dumps(json_of(known, user_data="hashed")).decode()

    @pytest.mark.parametrize("event", [EVENT, BACKDATED])
    def test_several_addresses_are_a_list_again(self, event: Event) -> None:
        emails = {"user_id": "U-1", "user_data": {"email": ["a" * 64, "b" * 64]}}
        assert json_of({**event, **emails}, user_data="hashed")["user_data"] == {"sha256_email_address": ["a" * 64, "b" * 64]}


class TestTogether:
    def test_events_of_one_visitor_leave_together_whatever_their_groups(self) -> None:
        payloads = [mapped({**EVENT, "event_name": f"e{at}"}, group=f"r{at % 3}") for at in range(25)]
        [request] = packed(payloads, LATER)
        assert request.payloads == tuple(range(25))
        assert [event["name"] for event in orjson.loads(request.body)["events"]] == [f"e{at}" for at in range(25)]

    def test_26_are_two_requests(self) -> None:
        requests = packed([mapped(EVENT, group=f"r{at}") for at in range(26)], LATER)
        assert [len(request.payloads) for request in requests] == [25, 1]

    def test_a_body_stays_below_130_kb(self) -> None:
        requests = packed([mapped({**EVENT, "text": "x" * 50_000}, group=f"r{at}") for at in range(5)], LATER)
        assert [request.payloads for request in requests] == [(0, 1), (2, 3), (4,)]
        assert all(len(request.body) < 130_000 for request in requests)

    def test_hits_and_late_events_of_one_call(self) -> None:
        events = [(BACKDATED, "r1"), (EVENT, "r1"), (EVENT, "r2"), (BACKDATED, "r2"), (EVENT, "r1")]
        requests = packed([mapped(event, group) for event, group in events], T0)
        assert [(request.url.partition("?")[0][-11:], request.payloads) for request in requests] == [
            ("m/g/collect", (1, 4)),
            ("m/g/collect", (2,)),
            ("/mp/collect", (0, 3)),
        ]

    @pytest.mark.parametrize(
        "other",
        [
            {"client_id": "9.9"},
            {"user_id": "U-1"},
            {"ip_override": "192.0.2.1"},
            {"x-ga-gcd": "13r3r3r3q7"},
            {"x-ga-measurement_id": "G-OTHER"},
            {"user_agent": "another"},
            {"x-ga-mp2-user_properties": {"tier": "gold"}},
        ],
    )
    def test_what_differs_beside_the_event_leaves_apart(self, other: Event) -> None:
        requests = packed([mapped(EVENT), mapped({**EVENT, **other}), mapped(EVENT)], LATER)
        assert [request.payloads for request in requests] == [(0, 2), (1,)]

    def test_an_event_of_a_backend_and_one_of_a_browser_leave_together(self) -> None:
        [request] = packed([mapped(EVENT), mapped(BACKDATED)], LATER)
        assert [event["timestamp_micros"] for event in orjson.loads(request.body)["events"]] == [T0, OWN_TIME]

    @pytest.mark.parametrize(
        ("event", "now", "text"),
        [
            (EVENT, T0, None),
            (EVENT, LATER, "mp|G-ABC|1.2"),
            (BACKDATED, T0, "mp|G-ABC|1.2"),
            (APP, T0, f"mp|1:2:android:3|{'a' * 32}"),
        ],
    )
    def test_companions_have_an_addressee_and_a_visitor_in_common(self, event: Event, now: int, text: str | None) -> None:
        assert tag().companions(mapped(event), now) == text


def test_a_secret_measurement_id_is_filled_in_here_too() -> None:
    sealed: dict[str, Any] = {"measurement_id": SealedText(("G-", SecretValue("TOKEN", "t0ken")))}
    [request] = packed([mapped(EVENT, **sealed)], LATER, **sealed)
    assert "?measurement_id=G-t0ken&" in request.url


def test_a_mask_for_a_secret_shows_as_a_mask() -> None:
    masked = Ga4(Ga4.Settings.model_validate({"api_secret": Secret("***")}), Setup("ga4"))  # type: ignore[arg-type]  # its own Settings
    [request] = masked.pack([mapped(BACKDATED)], T0)
    assert isinstance(request, OutboundRequest)
    assert request.url.endswith("&api_secret=***")
