from __future__ import annotations

import gzip
import json
import string
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.measurement_protocol import MeasurementProtocol
from core.component import ClientExample, Setup
from core.types import Claim, Declined, Headers, Reply, Request
from tests.core.tiny import replied
from wire.limits import MOST_TEXT

NOW = 1_764_340_311_502_000
HOUR = 3_600_000_000
SECRET = "s3cret-canary"
QUERY = f"measurement_id=G-ABC&api_secret={SECRET}"
GOOD = b'{"client_id":"1.2","events":[{"name":"login"},{"name":"search","params":{"search_term":"x"}}]}'
BAD = b'{"client_id":"1.2","events":[{"name":"_bad"}]}'
LACKING = b'{"client_id":"1.2","events":[{"name":"search"}]}'
NO_CACHE = ("cache-control", "no-cache")
JSON = (("content-type", "application/json"), NO_CACHE)
TAKEN = Reply(204, (NO_CACHE,))


def client(**values: Any) -> MeasurementProtocol:
    made = MeasurementProtocol.Settings.model_validate(values)
    return MeasurementProtocol(made, Setup("backend"))  # type: ignore[arg-type]  # Settings is the class's own


def request(
    body: bytes = GOOD,
    query: str = QUERY,
    path: str = "/mp/collect",
    method: str = "POST",
    headers: Headers = (),
) -> Request:
    return Request("r1", NOW, method, path, query, headers, body, "198.51.100.9")


def claim(request: Request, **values: Any) -> Claim:
    found = client(**values).claim(request)
    assert isinstance(found, Claim)
    return found


def messages(claim: Claim) -> list[dict[str, str]]:
    assert replied(claim).headers == JSON
    found: list[dict[str, str]] = json.loads(replied(claim).body)["validationMessages"]
    return found


@pytest.mark.parametrize("example", MeasurementProtocol.examples, ids=lambda example: example.title)
def test_the_examples_hold(example: ClientExample) -> None:
    found = claim(example.request, **example.settings)
    assert (list(found.events), found.reply) == (list(example.events), example.reply)


@pytest.mark.parametrize(
    "other",
    [
        request(path="/collect"),
        request(path="/mp/collect/"),
        request(path="/debug"),
        request(path="/x/mp/collect"),
        request(method="GET"),
        request(method="PUT"),
        request(path="/debug/mp/collect", method="GET"),
        request(path="/", method="OPTIONS"),
    ],
)
def test_what_is_another_clients(other: Request) -> None:
    assert isinstance(client().claim(other), Declined)


@pytest.mark.parametrize("path", ["/mp/collect", "/debug/mp/collect"])
def test_a_preflight_is_answered(path: str) -> None:
    assert claim(request(path=path, method="OPTIONS", query=""), measurement_ids="G-XYZ") == Claim((), Reply(204))


def test_the_paths_can_be_others() -> None:
    made = client(activation_paths=["/a", "/b/c"])
    assert all(made.claim(request(path=path)) for path in ("/a", "/b/c", "/debug/a", "/debug/b/c"))
    assert isinstance(made.claim(request()), Declined)


@pytest.mark.parametrize("settings", [{"activation_paths": "mp/collect"}, {"on_invalid": "drop"}, {"api_secret": "x"}])
def test_settings_that_are_none(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        client(**settings)


def test_each_event_becomes_one() -> None:
    found = claim(request())
    shared = {"x-ga-protocol_version": "2", "x-ga-measurement_id": "G-ABC", "client_id": "1.2"}
    assert list(found.events) == [
        {**shared, "event_name": "login"},
        {**shared, "event_name": "search", "search_term": "x"},
    ]
    assert (found.reply, found.skipped, found.findings) == (TAKEN, 0, ())


def test_the_senders_address_and_user_agent_are_not_the_visitors() -> None:
    found = claim(request(headers=(("user-agent", "curl/8"), ("x-forwarded-for", "203.0.113.7"))))
    assert not {"ip_override", "user_agent"} & found.events[0].keys()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", ""])
def test_any_content_type_will_do(content_type: str) -> None:
    assert len(claim(request(headers=(("content-type", content_type),))).events) == 2


def test_only_the_listed_ids_are_claimed() -> None:
    limited = client(measurement_ids=["G-ABC", "1:2:ios:3"])
    assert limited.claim(request())
    assert limited.claim(request(query="firebase_app_id=1:2:ios:3"))
    assert isinstance(limited.claim(request(query="measurement_id=G-XYZ")), Declined)
    assert isinstance(limited.claim(request(query="")), Declined)
    assert isinstance(limited.claim(request(query="measurement_id=G-XYZ&firebase_app_id=1:2:ios:3")), Declined)
    assert isinstance(limited.claim(request(query="measurement_id=G-ABC&firebase_app_id=9:9:ios:9")), Declined)


def test_what_the_validator_finds_does_not_keep_an_event_from_being_forwarded() -> None:
    found = claim(request(BAD, query="measurement_id=G-ABC"))
    assert found.reply == TAKEN
    assert [event["event_name"] for event in found.events] == ["_bad"]
    assert [finding.code for finding in found.findings] == ["VALUE_REQUIRED", "NAME_INVALID"]


def test_events_without_a_name_are_counted() -> None:
    found = claim(request(b'{"client_id":"1.2","events":[{},{"name":"a"}]}'))
    assert (len(found.events), found.skipped, len(found.findings)) == (1, 1, 1)


def test_user_data_alone_is_taken_and_there_is_nothing_to_forward() -> None:
    body = orjson.dumps({"client_id": "1.2", "user_id": "U", "user_data": {"sha256_email_address": "a" * 64}})
    assert claim(request(body), on_invalid="reject") == Claim([], TAKEN, by_visitor=False)


@pytest.mark.parametrize("secrets", [SECRET, ["other", SECRET], [SECRET, "other"]])
def test_a_configured_secret_lets_the_request_in(secrets: Any) -> None:
    assert claim(request(), api_secrets=secrets).reply == TAKEN


@pytest.mark.parametrize("given", ["", "&api_secret=", "&api_secret=s3cret", "&api_secret=OTHER", "&api_secret=%FF"])
def test_another_secret_or_none_is_forbidden(given: str) -> None:
    found = claim(request(query=f"measurement_id=G-ABC{given}"), api_secrets=[SECRET, "other"])
    assert replied(found).status == 403
    assert not found.events
    assert [finding.code for finding in found.findings] == ["UNAUTHORIZED"]
    assert messages(found)[0]["fieldPath"] == "api_secret"


def test_who_has_no_secret_learns_nothing_about_the_payload() -> None:
    assert replied(claim(request(b"", query=""), api_secrets=SECRET)).status == 403


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


def zipped(body: bytes, path: str = "/mp/collect") -> Request:
    return request(gzip.compress(body), path=path, headers=(("content-encoding", "gzip"),))


def test_a_gzip_body_is_read() -> None:
    assert claim(zipped(GOOD)) == claim(request(GOOD))
    assert replied(claim(zipped(GOOD, "/debug/mp/collect"))).body == b'{"validationMessages":[]}'


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


@pytest.mark.parametrize("body", [GOOD, BAD, b"", b"{"])
@pytest.mark.parametrize("path", ["/mp/collect", "/debug/mp/collect"])
@pytest.mark.parametrize("configured", [[], [SECRET], ["another-canary"]])
def test_a_secret_shows_nowhere(body: bytes, path: str, configured: list[str]) -> None:
    made = client(api_secrets=configured)
    found = made.claim(request(body, path=path))
    assert "canary" not in repr(found)
    assert "canary" not in repr(vars(made))
    assert "canary" not in repr(MeasurementProtocol.Settings.model_validate({"api_secrets": configured}))


@pytest.mark.parametrize(
    "asked",
    [
        request(b"\x0a\x80\x01", query="", path="/a", headers=(("content-type", "application/x-protobuf"),)),
        request(b"\x1f\x8b\x08", query="", path="/a", headers=(("content-encoding", "gzip"),)),
        request(b"", query="platform=android", path="/config/app/1%3A234%3Aandroid%3Aabc", method="GET"),
    ],
)
def test_what_the_firebase_sdk_sends_is_refused_by_name(asked: Request) -> None:
    found = claim(asked, measurement_ids="G-ABC", api_secrets="s")
    assert (replied(found).status, found.events) == (415, ())
    assert [finding.code for finding in found.findings] == ["FIREBASE_SDK"]
    assert messages(found)[0]["description"].startswith("This is a request of the Firebase SDK")


@pytest.mark.parametrize(
    "asked",
    [
        request(path="/a", query="id=GTM-ABC123&v=3&t=l&pid=1"),
        request(path="/a", query="id=GTM-ABC123", method="GET"),
        request(path="/a", query="", method="GET"),
        request(path="/config", method="GET"),
    ],
)
def test_what_is_not_the_firebase_sdks(asked: Request) -> None:
    assert isinstance(client().claim(asked), Declined)


def test_an_activation_path_is_no_upload() -> None:
    assert claim(request(path="/a"), activation_paths="/a").reply == TAKEN


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


def test_both_spellings_keep_consent() -> None:
    body = {"clientId": "1.2", "consent": {"adUserData": "DENIED", "adPersonalization": "DENIED"}, "events": [{"name": "a"}]}
    found = claim(request(orjson.dumps(body)), on_invalid="reject")
    assert found.findings == ()
    event = found.events[0]
    assert (event["client_id"], event["x-ga-npa"], event["x-ga-gcd"]) == ("1.2", "1", "13l3l3m3m5l1")


def test_a_list_of_payloads_is_claimed_and_any_of_them_may_ask_for_strictness() -> None:
    bodies: list[Any] = [{"client_id": "1.2", "events": [{"name": "a"}]}, {"client_id": "3.4", "events": [{"name": "b"}, {}]}]
    found = claim(request(orjson.dumps(bodies)))
    assert [(event["client_id"], event["event_name"]) for event in found.events] == [("1.2", "a"), ("3.4", "b")]
    assert found.skipped == 1
    bodies[1]["validationBehavior"] = "ENFORCE_RECOMMENDATIONS"
    assert replied(claim(request(orjson.dumps(bodies)))).status == 400


def test_a_list_of_payloads_may_not_grow_beyond_any_real_request_either() -> None:
    body = orjson.dumps([{"client_id": "1.2", "user_id": "u" * 9_000, "events": [{"name": "a"}] * 8}] * 10)
    found = claim(request(body))
    assert (replied(found).status, messages(found)[-1]["validationCode"]) == (413, "TOO_MUCH_TEXT_REPEATED")


def test_no_address_gets_out_as_an_id() -> None:
    body = orjson.dumps({"client_id": "Jo@Example.com", "user_id": "jo%40example.com", "events": [{"name": "a"}]})
    found = claim(request(body))
    assert "xample" not in repr(found.events) + repr(found.findings)
    assert found.events[0]["client_id"] == found.events[0]["user_id"]
    assert [finding.code for finding in found.findings] == ["EMAIL_AS_ID", "EMAIL_AS_ID"]


def test_an_empty_secret_opens_nothing() -> None:
    assert replied(claim(request(query="measurement_id=G-ABC&api_secret="), api_secrets=["", "x"])).status == 403


TEXT = st.text(string.printable, max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
NAMES = [
    "client_id",
    "user_properties",
    "consent",
    "user_data",
    "device",
    "user_location",
    "timestamp_micros",
    "validationBehavior",
]


@settings(max_examples=150)
@given(
    st.binary(max_size=40)
    | st.dictionaries(st.sampled_from([*NAMES, "events"]), VALUES).map(orjson.dumps)
    | st.fixed_dictionaries({"events": st.lists(st.fixed_dictionaries({"name": TEXT, "params": VALUES}))}).map(orjson.dumps),
    TEXT,
    st.sampled_from(["/mp/collect", "/debug/mp/collect"]),
    st.sampled_from([(), (("content-encoding", "gzip"),)]),
    st.sampled_from(["forward", "reject"]),
)
def test_it_never_raises_and_nothing_the_sender_writes_gets_into_a_header(
    body: bytes, query: str, path: str, headers: Headers, on_invalid: str
) -> None:
    found = claim(request(body, query, path, headers=headers), on_invalid=on_invalid)
    assert replied(found).status in (200, 204, 400)
    assert replied(found).headers in (JSON, (NO_CACHE,))
    assert all(event["event_name"] for event in found.events)
