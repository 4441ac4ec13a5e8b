"""gtag's repeats after a consent update, and events that name nobody: what the tags make of them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from core.component import Setup
from core.context import Context
from core.types import Event, HeldBack, Line, OutboundRequest, Payload, Request, Skip
from tags.ga4 import Ga4
from tags.http_request import HttpRequest
from tags.log import Log
from wire.ga4.table import REPEAT
from wire.measurement_protocol.decode import decode

EVENT: Event = {
    "x-ga-measurement_id": "G-ABC",
    "client_id": "1.2",
    "event_name": "purchase",
    "transaction_id": "T-1",
    REPEAT: True,
}
HOUR = 3_600_000_000


def ga4(**settings: Any) -> Ga4:
    return Ga4(Ga4.Settings.model_validate(settings), Setup("ga4"))  # type: ignore[arg-type]  # Settings is the class's own


def mapped(tag: Any, event: Event = EVENT, original: Event = EVENT) -> Payload | Skip:
    answer: Payload | Skip = tag.map(event, Context(Request("r", 0, "GET", "/g/collect"), "web", original))
    return answer


def leaving(tag: Any, event: Event = EVENT, now: int = 0) -> OutboundRequest | Line:
    payload = mapped(tag, event)
    assert isinstance(payload, Payload), payload
    [request] = tag.pack([payload], now)
    assert isinstance(request, OutboundRequest | Line)
    return request


def test_by_default_a_repeat_is_left_out_and_says_why() -> None:
    answer = mapped(ga4())
    assert answer == Skip("gtag has sent this event before, and repeats it after a consent update", HeldBack.CONSENT_UPDATE)
    assert mapped(ga4(consent_updates="skip")) == answer


def test_no_transformation_hides_it_and_none_makes_one() -> None:
    without = {key: value for key, value in EVENT.items() if key != REPEAT}
    assert isinstance(mapped(ga4(), without, EVENT), Skip)
    assert isinstance(mapped(ga4(), EVENT, without), Payload)
    assert isinstance(mapped(ga4(), original={**EVENT, REPEAT: "true"}), Payload), "only the client says so"


def test_one_that_is_sent_does_not_say_so() -> None:
    request = leaving(ga4(consent_updates="send", parameters={"include": [REPEAT, "transaction_id"], "set": {REPEAT: "yes"}}))
    assert isinstance(request, OutboundRequest)
    assert request.url.endswith("/g/collect?v=2&tid=G-ABC&cid=1.2&en=purchase&ep.transaction_id=T-1")


def test_late_it_does_not_say_so_either() -> None:
    for event in (EVENT, {**EVENT, "x-mp-timestamp_micros": HOUR}):
        late = leaving(ga4(consent_updates="send", api_secret="s", measurement_id="G-ABC"), event, 2 * HOUR)
        assert isinstance(late, OutboundRequest)
        assert "/mp/collect" in late.url
        assert orjson.loads(late.body)["events"][0]["params"] == {"transaction_id": "T-1"}


def test_other_tags_get_it_and_are_told() -> None:
    http = HttpRequest(HttpRequest.Settings.model_validate({"url": "https://example.com/hook"}), Setup("hook"))  # type: ignore[arg-type]  # Settings is the class's own
    log = Log(Log.Settings.model_validate({}), Setup("log"))  # type: ignore[arg-type]  # Settings is the class's own
    request, line = leaving(http), leaving(log)
    assert isinstance(request, OutboundRequest)
    assert isinstance(line, Line)
    assert orjson.loads(request.body)[REPEAT] is True
    assert orjson.loads(line.text)[REPEAT] is True


def test_no_backend_can_say_so() -> None:
    payload = {"client_id": "1.2", "events": [{"name": "purchase", "params": {REPEAT: True, "value": 1}}]}
    [event] = decode({"measurement_id": "G-ABC"}, payload, HOUR).events
    assert REPEAT not in event
    assert event["value"] == 1


@pytest.mark.parametrize("lacking", ["client_id", "event_name", "x-ga-measurement_id"])
@pytest.mark.parametrize("empty", [None, ""])
def test_what_is_lacking_is_told_and_an_identity_by_a_word_of_its_own(lacking: str, empty: str | None) -> None:
    event = {**EVENT, lacking: empty}
    answer = mapped(ga4(), event, {})
    assert answer == Skip(f"the event has no {lacking}", HeldBack.NO_IDENTITY if lacking == "client_id" else HeldBack.SKIPPED)
