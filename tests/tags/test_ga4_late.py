"""The second route: which events take ``/mp/collect``, what they say there, and what is told of those that may not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from core.component import Setup
from core.context import Context, Shared
from core.product import USER_AGENT
from core.secret import SealedText, Secret, SecretValue
from core.types import Event, OutboundRequest, Payload, Request, Skip
from tags.ga4 import Ga4
from tests.hits import worked_examples
from wire.consent import consent_of
from wire.measurement_protocol.late import Route

T0 = 1_764_340_309_000_000
"""When everything here is received."""
MINUTE = 60_000_000
LATER = T0 + 20 * MINUTE
OWN_TIME = T0 - 3600 * 1_000_000
API_SECRET = "s3/cret &+"
SECRETS = {"GA4": API_SECRET, "TOKEN": "t0ken"}
SURROUNDINGS = Shared(secrets=SECRETS, readers={"consent": lambda event, _: consent_of(event)})

EVENT: Event = {
    "x-ga-measurement_id": "G-ABC",
    "client_id": "1.2",
    "x-ga-gcd": "13t3t3t3t5l1",
    "event_name": "purchase",
    "ga_session_id": "17",
    "value": 9.5,
    "coupon": "007",
    "ip_override": "203.0.113.7",
    "user_agent": "Mozilla/5.0",
}
BACKDATED: Event = {**EVENT, "x-mp-timestamp_micros": OWN_TIME}
APP: Event = {
    "x-mp-firebase_app_id": "1:2:android:3",
    "x-mp-app_instance_id": "a" * 32,
    "event_name": "post_score",
    "score": 7,
    "new": True,
}


def tag(secret: str | None = API_SECRET, **values: Any) -> Ga4:
    sealed = {"api_secret": SealedText((SecretValue("GA4", secret),))} if secret else {}
    return Ga4(Ga4.Settings.model_validate({**sealed, **values}), Setup("ga4", SECRETS))  # type: ignore[arg-type]  # Settings is the class's own


def context(event: Event, position: int = 0, group: str = "r1", shared: Shared = SURROUNDINGS) -> Context:
    return Context(Request(group, T0, "GET", "/g/collect"), "web", event, position, shared)


def mapped(event: Event, group: str = "r1", secret: str | None = API_SECRET, **values: Any) -> Payload:
    payload = tag(secret, **values).map(event, context(event, 0, group))
    assert isinstance(payload, Payload), payload
    return payload


def packed(payloads: list[Payload], now: int, **values: Any) -> list[OutboundRequest]:
    requests = tag(**values).pack(payloads, now)
    assert sorted(index for request in requests for index in request.payloads) == list(range(len(payloads)))
    return [request for request in requests if isinstance(request, OutboundRequest)]


def json_of(event: Event, now: int = LATER, **values: Any) -> Any:
    [request] = packed([mapped(event, **values)], now, **values)
    assert request.url.partition("?")[0].endswith("/mp/collect")
    return orjson.loads(request.body)


def route(event: Event, now: int, **values: Any) -> Route:
    payload = mapped(event, **values)
    [request] = packed([payload], now, **values)
    taken = tag(**values)._route(payload, now)
    assert request.url.partition("?")[0].endswith(taken)
    return taken


HASHES = {"sha256_email_address": "a" * 64, "address": {"sha256_first_name": "b" * 64}}
PERSON = {"email": "a" * 64, "address": {"first_name": "b" * 64, "city": "Oslo"}}


class TestWhoTakesIt:
    @pytest.mark.parametrize(
        ("event", "now", "settings", "taken"),
        [
            (EVENT, T0, {}, Route.HIT),
            (EVENT, T0 + 10 * MINUTE, {}, Route.HIT),
            (EVENT, T0 + 10 * MINUTE + 1, {}, Route.LATE),
            (EVENT, LATER, {}, Route.LATE),
            (EVENT, LATER, {"secret": None}, Route.HIT),
            (EVENT, LATER, {"late_after": "30m"}, Route.HIT),
            (EVENT, T0 + 2_000_000, {"late_after": "1s"}, Route.LATE),
            (EVENT, T0 - 5, {"late_after": 0}, Route.HIT),
            (BACKDATED, T0, {}, Route.LATE),
            (BACKDATED, T0, {"secret": None}, Route.HIT),
            ({**EVENT, "x-mp-timestamp_micros": "soon"}, T0, {}, Route.HIT),
            ({**EVENT, "x-mp-device": {"category": "tv"}}, T0, {}, Route.HIT),
        ],
    )
    def test_what_has_a_time_of_its_own_or_has_waited(self, event: Event, now: int, settings: Any, taken: Route) -> None:
        assert route(event, now, **settings) is taken

    @pytest.mark.parametrize(
        ("barred", "why"),
        [
            ({"x-ga-gcd": "13p3p3p3p5l1"}, "analytics consent is denied"),
            ({"x-ga-gcs": "G110"}, "analytics consent is denied"),
            ({"x-ga-gcd": None, "x-ga-gcs": "G100"}, "analytics consent is denied"),
            ({"x-mp-consent": {"analytics_storage": "DENIED"}}, "analytics consent is denied"),
            ({"x-ga-system_properties": {"ss": "1"}}, "it begins a session (_ss)"),
            ({"x-ga-system_properties": {"fv": "2"}}, "it is a first visit (_fv)"),
            ({"event_name": "user_engagement"}, "its name is reserved on /mp/collect"),
            ({"x-ga-measurement_id": "AW-123"}, "its measurement id is none of a GA4 stream"),
        ],
    )
    @pytest.mark.parametrize("event", [EVENT, BACKDATED])
    def test_what_may_not_goes_late_as_a_hit_and_is_told(self, event: Event, barred: Event, why: str) -> None:
        event = {**event, **barred}
        assert route(event, LATER) is Route.HIT
        assert tag().note(mapped(event), LATER) == f"late by /g/collect: {why}"
        assert tag().companions(mapped(event), LATER) is None

    @pytest.mark.parametrize(
        "harmless",
        [
            {"x-ga-gcs": "G111"},
            {"x-ga-gcs": "G1--"},
            {"x-ga-gcs": "G101"},
            {"x-ga-gcd": "13p3t3l3l5l1"},
            {"x-ga-gcd": None},
            {"x-ga-gcd": "nonsense"},
            {"x-ga-system_properties": {"ss": "0", "fv": "", "nsi": "1"}},
            {"x-mp-consent": {"ad_user_data": "DENIED"}},
            {"x-mp-consent": "DENIED"},
        ],
    )
    def test_what_may(self, harmless: Event) -> None:
        assert route({**EVENT, **harmless}, LATER) is Route.LATE

    def test_consent_that_a_transformation_took_away_still_counts(self) -> None:
        denied = {**EVENT, "x-ga-gcd": "13p3p3p3p5l1"}
        payload = tag().map(EVENT, context(denied))
        assert isinstance(payload, Payload)
        assert tag()._route(payload, LATER) is Route.HIT

    def test_consent_that_the_file_fills_in_counts(self) -> None:
        unset = {key: value for key, value in EVENT.items() if key != "x-ga-gcd"}
        filled = Shared(readers=SURROUNDINGS.readers, consent_fills={"analytics_storage": lambda _: "denied"})
        payload = tag().map(unset, context(unset, shared=filled))
        assert isinstance(payload, Payload)
        assert tag()._route(payload, LATER) is Route.HIT


class TestWhatIsTold:
    @pytest.mark.parametrize(("event", "now"), [(EVENT, T0), (EVENT, LATER), (BACKDATED, T0), (APP, T0)])
    def test_nothing_of_what_keeps_its_time(self, event: Event, now: int) -> None:
        assert tag().note(mapped(event), now) is None

    @pytest.mark.parametrize(("event", "now"), [(EVENT, LATER), (BACKDATED, T0), (BACKDATED, LATER)])
    def test_a_tag_without_a_secret_loses_the_time(self, event: Event, now: int) -> None:
        told = tag(None).note(mapped(event, secret=None), now)
        assert told == "late by /g/collect: the tag has no api_secret"

    def test_a_fresh_event_of_a_tag_without_a_secret_is_nothing_to_tell(self) -> None:
        assert tag(None).note(mapped(EVENT, secret=None), T0) is None
        assert tag(None).companions(mapped(EVENT, secret=None), LATER) is None


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


class TestWhatIsStored:
    @pytest.mark.parametrize("event", [EVENT, BACKDATED, APP])
    def test_no_secret(self, event: Event) -> None:
        payload = mapped(event, parameters={"set": {"token": SealedText(("a-", SecretValue("TOKEN", "t0ken")))}})
        stored = (
            orjson.dumps(payload.body).decode()
            + repr(payload)
            + str(tag().note(payload, LATER))
            + str(tag().companions(payload, LATER))
        )
        assert "s3" not in stored
        assert "t0ken" not in stored

    @pytest.mark.parametrize("event", [EVENT, BACKDATED, APP])
    def test_a_secret_of_the_file_is_filled_in_when_the_event_is_sent(self, event: Event) -> None:
        token = SealedText(("a-", SecretValue("TOKEN", "t0ken")))
        assert json_of(event, parameters={"set": {"token": token}})["events"][0]["params"]["token"] == "a-t0ken"

    def test_a_browsers_event_is_stored_once(self) -> None:
        keys = {"origin", "user_agent", "hit"}
        assert mapped(EVENT).body.keys() == mapped(EVENT, secret=None).body.keys() == keys
        assert mapped({**EVENT, "x-ga-gcs": "G100", "x-ga-gcd": None}).body.keys() == keys | {"denied"}

    def test_a_backends_event_is_stored_as_json_too_where_that_can_be_sent(self) -> None:
        assert mapped(BACKDATED).body.keys() - mapped(EVENT).body.keys() == {"timestamp", "mp"}
        assert mapped(BACKDATED, secret=None).body.keys() - mapped(EVENT).body.keys() == {"timestamp"}
        assert mapped({**EVENT, "x-mp-device": {"model": "x"}}, secret=None).body.keys() == mapped(EVENT).body.keys()

    def test_a_secret_that_came_later_serves_what_waited_without_it(self) -> None:
        [request] = packed([mapped(BACKDATED, secret=None)], T0)
        [event] = orjson.loads(request.body)["events"]
        assert event == {
            "name": "purchase",
            "params": {"value": 9.5, "coupon": "007", "session_id": "17"},
            "timestamp_micros": OWN_TIME,
        }

    def test_what_waited_with_a_secret_that_is_gone_leaves_as_a_hit(self) -> None:
        [request] = tag(None).pack([mapped(BACKDATED)], T0)
        assert isinstance(request, OutboundRequest)
        assert "/g/collect?" in request.url
        assert "epn.value=9.5" in request.url

    @pytest.mark.parametrize(
        ("event", "settings", "recipient"),
        [
            (EVENT, {}, "G-ABC"),
            (EVENT, {"measurement_id": "G-OTHER"}, "G-OTHER"),
            (EVENT, {"measurement_id": SealedText(("G-", SecretValue("TOKEN", "t0ken")))}, "G-***"),
        ],
    )
    def test_the_recipient_is_the_measurement_id(self, event: Event, settings: Any, recipient: str) -> None:
        assert mapped(event, **settings).recipient == recipient


def test_a_secret_measurement_id_is_filled_in_here_too() -> None:
    sealed: dict[str, Any] = {"measurement_id": SealedText(("G-", SecretValue("TOKEN", "t0ken")))}
    [request] = packed([mapped(EVENT, **sealed)], LATER, **sealed)
    assert "?measurement_id=G-t0ken&" in request.url


def test_a_mask_for_a_secret_shows_as_a_mask() -> None:
    masked = Ga4(Ga4.Settings.model_validate({"api_secret": Secret("***")}), Setup("ga4"))  # type: ignore[arg-type]  # its own Settings
    [request] = masked.pack([mapped(BACKDATED)], T0)
    assert isinstance(request, OutboundRequest)
    assert request.url.endswith("&api_secret=***")


@pytest.mark.parametrize("written", ["soon", "-1m", -1])
def test_late_after_is_a_length_of_time(written: Any) -> None:
    with pytest.raises(ValidationError, match="late_after"):
        Ga4.Settings.model_validate({"late_after": written})


def test_a_body_that_was_stored_before_there_was_this_road_takes_it() -> None:
    body = {
        "origin": "https://www.google-analytics.com",
        "user_agent": "Mozilla/5.0",
        "shared": {"v": "2", "tid": "G-ABC", "cid": "1.2", "gcd": "13t3t3t3t5l1", "_uip": "203.0.113.7"},
        "hoistable": {"sid": "17"},
        "own": {"en": "purchase", "epn.value": "9.5", "ep.coupon": "007"},
        "request": {},
    }
    old = Payload(body, "https://www.google-analytics.com", received_at=T0)
    for now in (T0, LATER):
        assert packed([old], now) == packed([mapped(EVENT)], now)
    assert tag().companions(old, LATER) == "mp|G-ABC|1.2"
