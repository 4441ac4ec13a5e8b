"""What is stored of an event that may take the second route: no secret, and enough for a tag that has changed since."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from core.secret import SealedText, SecretValue
from core.types import Event, OutboundRequest, Payload
from tests.tags.ga4_late import APP, BACKDATED, EVENT, LATER, OWN_TIME, T0, json_of, mapped, packed, tag


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
