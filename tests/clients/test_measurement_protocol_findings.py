"""What is found wrong with a payload: when it is only counted, when it is a reason to refuse, and what the debug path says."""

from __future__ import annotations

import gzip
import json

import orjson
import pytest

from core.types import Reply, Request
from tests.clients.sent_payloads import (
    BAD,
    GOOD,
    HOUR,
    JSON,
    LACKING,
    NOW,
    QUERY,
    SECRET,
    TAKEN,
    claim,
    messages,
    request,
    zipped,
)
from tests.core.tiny import replied
from wire.limits import MOST_TEXT


def test_what_the_validator_finds_does_not_keep_an_event_from_being_forwarded() -> None:
    found = claim(request(BAD, query="measurement_id=G-ABC"))
    assert found.reply == TAKEN
    assert [event["event_name"] for event in found.events] == ["_bad"]
    assert [finding.code for finding in found.findings] == ["VALUE_REQUIRED", "NAME_INVALID"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 5000, b"\xff"])
def test_what_is_no_payload_is_refused_with_the_reason(body: bytes) -> None:
    found = claim(request(body))
    assert replied(found).status == 400
    assert not found.events
    (message,) = messages(found)
    assert message["description"].startswith("Unable to parse Measurement Protocol JSON payload. ")
    assert message["description"] == found.findings[0].description


def test_on_invalid_reject_refuses_the_whole_request() -> None:
    found = claim(request(BAD), on_invalid="reject")
    assert (replied(found).status, found.events) == (400, ())
    assert [message["validationCode"] for message in messages(found)] == ["NAME_INVALID"]
    assert [finding.code for finding in found.findings] == ["NAME_INVALID"]
    assert claim(request(GOOD), on_invalid="reject").reply == TAKEN
    assert claim(request(LACKING), on_invalid="reject").reply == TAKEN


@pytest.mark.parametrize("name", ["validation_behavior", "validationBehavior"])
def test_a_payload_that_asks_for_it_is_refused_for_what_it_lacks(name: str) -> None:
    asking = {**json.loads(LACKING), name: "ENFORCE_RECOMMENDATIONS"}
    found = claim(request(orjson.dumps(asking)))
    assert (replied(found).status, found.events) == (400, ())
    assert messages(found)[0]["fieldPath"] == "events[0].params.search_term"
    asking["events"][0]["params"] = {"search_term": "x"}
    assert claim(request(orjson.dumps(asking))).reply == TAKEN


def test_a_time_older_than_72_hours_is_moved_and_counted_but_no_reason_to_refuse() -> None:
    body = orjson.dumps({**json.loads(GOOD), "timestamp_micros": NOW - 80 * HOUR})
    found = claim(request(body), on_invalid="reject")
    assert found.reply == TAKEN
    assert {event["x-mp-timestamp_micros"] for event in found.events} == {NOW - 71 * HOUR}
    assert [(finding.field_path, finding.code) for finding in found.findings] == [("timestamp_micros", "VALUE_OUT_OF_BOUNDS")]


def test_with_the_stricter_behavior_such_a_time_is_a_reason() -> None:
    behavior = "ENFORCE_RECOMMENDATIONS"
    body = orjson.dumps({**json.loads(GOOD), "timestamp_micros": NOW - 80 * HOUR, "validation_behavior": behavior})
    assert replied(claim(request(body))).status == 400


@pytest.mark.parametrize("query", ["", QUERY, "measurement_id=G-OTHER&api_secret=wrong"])
def test_the_debug_path_asks_for_no_secret_and_forwards_nothing(query: str) -> None:
    settings = {"api_secrets": SECRET, "measurement_ids": "G-ABC", "on_invalid": "reject"}
    found = claim(request(BAD, query=query, path="/debug/mp/collect"), **settings)
    assert replied(found).status == 200
    assert messages(found)[-1] == {
        "fieldPath": "events",
        "description": "Event at index: [0] has invalid name [_bad]. Names must start with an alphabetic character.",
        "validationCode": "NAME_INVALID",
    }
    assert (found.events, found.findings) == ((), ())


def test_the_debug_path_says_of_a_good_payload_that_it_is() -> None:
    assert claim(request(path="/debug/mp/collect")).reply == Reply(200, JSON, b'{"validationMessages":[]}')


def test_the_debug_path_answers_what_is_no_payload_like_anything_else() -> None:
    found = claim(request(b"nonsense", path="/debug/mp/collect"))
    assert replied(found).status == 200
    assert messages(found)[0]["validationCode"] == "VALUE_INVALID"


def test_26_events_are_forwarded_and_counted() -> None:
    found = claim(request(orjson.dumps({"client_id": "1.2", "events": [{"name": "a"}] * 26})))
    assert (found.reply, len(found.events)) == (TAKEN, 26)
    assert [finding.code for finding in found.findings] == ["EXCEEDED_MAX_ENTITIES"]


def test_130_kilobytes_are_forwarded_and_counted() -> None:
    found = claim(request(GOOD.ljust(130_000)))
    assert (found.reply, len(found.events)) == (TAKEN, 2)
    assert [finding.code for finding in found.findings] == ["VALUE_OUT_OF_BOUNDS"]


def test_a_request_that_would_grow_beyond_any_real_one_is_refused() -> None:
    body = orjson.dumps({"client_id": "1.2", "user_id": "u" * 20_000, "events": [{"name": "a"}] * 20})
    found = claim(request(body))
    assert (replied(found).status, found.events) == (413, ())
    assert messages(found)[-1]["validationCode"] == "TOO_MUCH_TEXT_REPEATED"


def test_a_repeated_name_is_forwarded_and_counted() -> None:
    found = claim(request(b'{"client_id":"1.2","client_id":"3.4","events":[{"name":"a"}]}'))
    assert found.events[0]["client_id"] == "3.4"
    assert [finding.code for finding in found.findings] == ["NAME_DUPLICATED"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (zipped(bytes(MOST_TEXT + 1)), 413),
        (zipped(bytes(MOST_TEXT + 1), "/debug/mp/collect"), 413),
        (request(GOOD, headers=(("content-encoding", "gzip"),)), 400),
        (request(GOOD, headers=(("content-encoding", "br"),)), 415),
        (zipped(gzip.compress(GOOD)), 400),
    ],
)
def test_other_compressed_bodies_are_refused_with_the_reason(sent: Request, status: int) -> None:
    found = claim(sent)
    assert (replied(found).status, found.events) == (status, ())
    assert [finding.description for finding in found.findings] == [message["description"] for message in messages(found)]


@pytest.mark.parametrize("path", ["/mp/collect", "/debug/mp/collect"])
@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b'{"client_id":"1.2","events":[{"name":"a","params":{"value":NaN}}]}', "NOT_A_JSON_NUMBER", "NaN is no JSON number"),
        (b'{"client_id":"1.2","events":[{"name":"K\xf6ln"}]}', "NOT_UTF8", "not UTF-8: byte 0xF6 at 39"),
        (b'{"client_id":"\\ud83d","events":[]}', "LONE_SURROGATE", "half a surrogate pair"),
    ],
)
def test_what_is_no_json_is_refused_by_name_and_counted(path: str, body: bytes, code: str, said: str) -> None:
    found = claim(request(body, path=path))
    assert replied(found).status == (400 if path == "/mp/collect" else 200)
    assert (messages(found)[0]["validationCode"], said in messages(found)[0]["description"]) == (code, True)
    if path == "/mp/collect":
        assert [finding.code for finding in found.findings] == [code]


def test_a_list_of_payloads_may_not_grow_beyond_any_real_request_either() -> None:
    body = orjson.dumps([{"client_id": "1.2", "user_id": "u" * 9_000, "events": [{"name": "a"}] * 8}] * 10)
    found = claim(request(body))
    assert (replied(found).status, messages(found)[-1]["validationCode"]) == (413, "TOO_MUCH_TEXT_REPEATED")
