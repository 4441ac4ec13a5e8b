"""Any sender's JSON: what becomes an event and what does not, and that nothing of it can break anything."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.json import Json
from core.context import Shared
from core.secret import SealedText, SecretValue
from core.types import Claim, Declined, Reply, Request
from tests.clients.sent_json import BODY, FORM, JSON, KEY, as_json, claim, client, names, request, told
from tests.core.tiny import replied
from wire.cookies import browser
from wire.limits import MOST_BYTES, MOST_EVENTS


@pytest.mark.parametrize("other", [request(path="/"), request(path="/data/"), request(method="PUT"), request(method="HEAD")])
def test_what_is_another_clients(other: Request) -> None:
    assert isinstance(client().claim(other), Declined)


def test_a_preflight_is_answered_without_a_secret() -> None:
    assert claim(request(method="OPTIONS"), secret={"scheme": "bearer", "key": KEY}) == Claim((), Reply(204))


@pytest.mark.parametrize(
    "values",
    [
        {"activation_paths": "data"},
        {"methods": []},
        {"methods": "DELETE"},
        {"secret": {"scheme": "value", "key": KEY}},
        {"secret": {"scheme": "hmac_sha256_hex", "key": KEY}},
        {"secret": {"scheme": "bearer", "key": []}},
        {"secret": {"scheme": "value", "key": KEY, "header": "X Y"}},
        {"secret": {"scheme": "stripe", "key": KEY}, "methods": ["GET", "POST"]},
        {"reply": {"status": 404}},
        {"events": "{{ item.events }}"},
        {"pings": "item.ping"},
        {"event_name": "{{ event.event_name }}"},
        {"when": "user.email is defined"},
        {"parameters": {"a": {"b": ["{{ original.x }}"]}}},
        {"client_id": SealedText((SecretValue("T", "v"),))},
        {"parameters": {"a": [SealedText((SecretValue("T", "v"),))]}},
    ],
)
def test_settings_that_are_none(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        client(**values)


# What becomes an event.


def test_an_object_is_an_event_as_it_is_of_the_visitor_who_sent_it() -> None:
    found = claim(request(headers=(("user-agent", "UA"),)))
    assert list(found.events) == [{"event_name": "lead", "n": 1, "ip_override": "203.0.113.7", "user_agent": "UA"}]
    assert (found.reply, found.by_visitor, found.skipped, found.findings) == (Reply(200, JSON, b"{}"), True, 0, ())
    assert not client().trusted


def test_what_an_event_says_of_its_visitor_counts() -> None:
    (event,) = claim(as_json({"event_name": "x", "ip_override": "198.51.100.1", "user_agent": "Own", "client_id": 12.5})).events
    assert event == {"event_name": "x", "ip_override": "198.51.100.1", "user_agent": "Own", "client_id": "12.5"}


def test_with_a_secret_it_is_a_machines() -> None:
    values: dict[str, Any] = {"secret": {"scheme": "bearer", "key": KEY}}
    found = claim(request(headers=(("authorization", f"Bearer {KEY}"), ("user-agent", "curl/8"))), **values)
    assert (list(found.events), found.by_visitor) == ([{"event_name": "lead", "n": 1}], False)
    assert client(**values).trusted


def test_a_list_gives_an_event_for_each_element_and_what_is_none_is_counted() -> None:
    found = claim(
        as_json([{"event_name": "a"}, 7, {"name": "b"}, None, {"event_name": ""}, {"event_name": ["c"]}, {"event_name": "d"}])
    )
    assert names(found) == ["a", "d"]
    assert found.skipped == 5
    assert [(each.field_path, each.code) for each in found.findings] == [
        ("[1]", "NO_OBJECT"),
        ("[2]", "NO_EVENT_NAME"),
        ("[3]", "NO_OBJECT"),
        ("[4]", "NO_EVENT_NAME"),
        ("[5]", "NO_EVENT_NAME"),
    ]
    assert replied(found).status == 200


def test_an_event_is_made_of_body_item_and_request() -> None:
    found = claim(
        request(b'{"shop":"S","orders":[{"no":1,"who":"a"},{"no":2}]}', query="env=live"),
        events="{{ body.orders }}",
        event_name="purchase",
        client_id="{{ item.who }}",
        parameters={"order": "{{ body.shop }}-{{ item.no }}", "stage": "{{ request.query.env }}", "none": "{{ item.none }}"},
    )
    visitor = {"ip_override": "203.0.113.7"}
    assert list(found.events) == [
        {"order": "S-1", "stage": "live", "event_name": "purchase", "client_id": "a", **visitor},
        {"order": "S-2", "stage": "live", "event_name": "purchase", **visitor},
    ]


def test_parameters_leave_name_and_client_id_as_the_object_says() -> None:
    (event,) = claim(as_json({"event_name": "x", "client_id": "c", "email": "a@b.c"}), parameters={"n": 1}).events
    assert event == {"n": 1, "event_name": "x", "client_id": "c", "ip_override": "203.0.113.7"}


def test_variables_of_the_file_read_the_body_too() -> None:
    shared = Shared(variables={"sum": lambda scope: sum(scope.context.body["prices"])})
    found = client(shared, event_name="x", parameters={"value": "{{ var.sum }}"}).claim(as_json({"prices": [1, 2]}))
    assert isinstance(found, Claim)
    assert found.events[0]["value"] == 3


def test_the_client_id_may_be_that_of_the_page() -> None:
    shared = Shared(readers={"ga": browser.read})
    made = client(shared, client_id="{{ item.client_id | default(ga.client_id) }}")
    found = made.claim(request(headers=(("cookie", "_ga=GA1.1.12.34"),)))
    assert isinstance(found, Claim)
    assert found.events[0]["client_id"] == "12.34"


@pytest.mark.parametrize(
    ("events", "body", "expected"),
    [
        ("{{ body.event }}", {"event": {"event_name": "a"}}, ([], ["a"])),
        ("{{ body.none }}", {}, (["NO_EVENTS"], [])),
        ("{{ body.events }}", {"events": "text"}, (["NO_OBJECT"], [])),
        ("{{ body.events }}", {"events": []}, ([], [])),
        ({"event_name": "{{ body.kind }}"}, {"kind": "k"}, ([], ["k"])),
    ],
)
def test_where_the_events_are(events: Any, body: Any, expected: tuple[list[str], list[str]]) -> None:
    found = claim(as_json(body), events=events)
    assert (told(found), names(found)) == ((200, expected[0]), expected[1])
    assert found.skipped == len(expected[0])


def test_what_when_leaves_out_is_counted_by_name() -> None:
    orders = [{"status": "paid", "event_name": "a"}, {"status": "open", "event_name": "b"}]
    found = claim(as_json(orders), when="item.status == 'paid'")
    assert (names(found), found.skipped, told(found)) == (["a"], 1, (200, ["LEFT_OUT"]))


def test_the_id_of_a_delivery_is_the_events_and_several_of_one_are_told_apart() -> None:
    delivery = [{"event_name": name} for name in "abc"]
    found = claim(request(json.dumps(delivery).encode(), (("x-request-id", "d1"),)), id="{{ request.headers['X-Request-Id'] }}")
    assert [event["event_id"] for event in found.events] == ["d1", "d1.2", "d1.3"]
    own = claim(as_json([{"event_name": "a", "id": 1}, {"event_name": "b", "id": 2}, {"event_name": "c"}]), id="{{ item.id }}")
    assert [event.get("event_id") for event in own.events] == ["1", "2", None]


# What a request may look like.


@pytest.mark.parametrize(
    ("sent", "event"),
    [
        (request(b"event_name=lead&a=b+c%21&a=2", FORM), {"event_name": "lead", "a": "b c!"}),
        (request(b"event_name=\xff%ff", FORM), {"event_name": "\ufffd\ufffd"}),
        (request(BODY, FORM), {"event_name": "lead", "n": 1}),
        (request(b"\xef\xbb\xbf " + BODY), {"event_name": "lead", "n": 1}),
        (request(gzip.compress(BODY), (("content-encoding", "gzip"),)), {"event_name": "lead", "n": 1}),
        (request(b"ignored", method="GET", query="event_name=lead&a=b+c"), {"event_name": "lead", "a": "b c"}),
        (
            request(method="GET", query="event_name=lead&v=2&dtcd=" + quote('{"value":2,"items":[{"id":1}]}')),
            {"event_name": "lead", "value": 2, "items": [{"id": 1}]},
        ),
        (
            request(method="GET", query="event_name=lead&v=2&dtdc=" + quote(base64.b64encode('{"a":"ü>?"}'.encode()))),
            {"event_name": "lead", "a": "ü>?"},
        ),
        (request(method="GET", query="event_name=lead&dtcd=%7B&dtdc=%FF"), {"event_name": "lead"}),
        (request(method="GET", query="event_name=lead&dtcd=[1]&dtdc=e"), {"event_name": "lead"}),
        (
            as_json(
                {"event_name": "x", "data_tag": True, "v": 2, "data_tag_custom_data": [{"name": "a", "value": 0}, {"name": 1}, 2]}
            ),
            {"event_name": "x", "a": 0},
        ),
        (as_json({"event_name": "x", "data_tag_custom_data": "none"}), {"event_name": "x"}),
        (as_json({"event_name": "x", "v": 2, "dtcd": "{}"}), {"event_name": "x", "v": 2, "dtcd": "{}"}),
    ],
)
def test_however_it_is_written(sent: Request, event: dict[str, Any]) -> None:
    assert list(claim(sent).events) == [{**event, "ip_override": "203.0.113.7"}]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (request(b""), 400, "NOT_JSON"),
        (request(b"", FORM), 400, "NOT_JSON"),
        (request(b"{"), 400, "NOT_JSON"),
        (request(b'{"a":NaN}'), 400, "NOT_JSON"),
        (request(b'{"a":"\xff"}'), 400, "NOT_JSON"),
        (request(b'"text"'), 400, "NO_OBJECT"),
        (request(b"null"), 400, "NO_OBJECT"),
        (request(b'{"a":' * 40 + b"1" + b"}" * 40), 400, "TOO_DEEP"),
        (request(b"[" * 100_000), 400, "NOT_JSON"),
        (request(b"x", (("content-encoding", "gzip"),)), 400, "NOT_JSON"),
        (request(b"x", (("content-encoding", "br"),)), 415, "NOT_JSON"),
        (request(b" " * (MOST_BYTES + 1)), 413, "TOO_MANY_BYTES"),
        (request(gzip.compress(b" " * (MOST_BYTES + 1)), (("content-encoding", "gzip"),)), 413, "TOO_MANY_BYTES"),
        (as_json([{"event_name": "x"}] * (MOST_EVENTS + 1)), 413, "TOO_MANY_EVENTS"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_reason_that_is_counted(sent: Request, status: int, code: str) -> None:
    found = claim(sent)
    assert (told(found), list(found.events)) == ((status, [code]), [])
    assert replied(found).body == f"{found.findings[0].description}\n".encode()


def test_events_that_each_hold_the_whole_body_are_too_much() -> None:
    sent = as_json({"text": "x" * 10_000, "items": [1] * 99})
    events = [{"event_name": "x", "n": at} for at in range(99)]
    assert told(claim(sent, events=events, parameters={"all": "{{ body }}"})) == (413, ["TOO_MUCH_TEXT_REPEATED"])


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"status": 202, "body": {"ok": [1]}}, Reply(202, JSON, b'{"ok":[1]}')),
        ({"body": "OK"}, Reply(200, (("content-type", "text/plain; charset=utf-8"), JSON[1]), b"OK")),
        ({"status": 204}, Reply(204, (JSON[1],))),
    ],
)
def test_the_reply_is_the_files(reply: dict[str, Any], expected: Reply) -> None:
    assert claim(request(), reply=reply).reply == expected
    assert claim(request(headers=(("accept", "image/*"),), method="GET"), reply=reply).reply == expected


def test_an_image_gets_an_image_where_the_file_says_nothing() -> None:
    found = claim(request(headers=(("accept", "image/*"),), method="GET", query="event_name=x"))
    assert (replied(found).status, replied(found).headers[0], names(found)) == (200, ("content-type", "image/gif"), ["x"])


# Nothing breaks it.

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["event_name", "client_id", "events", "id", "data_tag_custom_data", "name", "value", "x"]), inner
        )
    ),
    max_leaves=12,
)
_CLIENTS = [
    client(),
    client(events="{{ body.events }}", when="item.id != 1", id="{{ item.id }}", parameters={"a": ["{{ item }}", "{{ body.x }}"]}),
    client(secret={"scheme": "stripe", "key": KEY}, pings="body.events is empty"),
]


@pytest.mark.parametrize("made", _CLIENTS)
@settings(max_examples=150, deadline=None)
@given(
    body=st.binary(max_size=60) | _VALUES.map(lambda value: json.dumps(value).encode()),
    kind=st.sampled_from(["application/json", FORM[0][1], ""]),
    method=st.sampled_from(["GET", "POST"]),
    shown=st.text(st.characters(max_codepoint=255), max_size=30) | st.just("t=1,v1=0"),
    coding=st.sampled_from(["", "gzip", "identity", "br"]),
)
def test_whatever_comes_is_answered(made: Json, body: bytes, kind: str, method: str, shown: str, coding: str) -> None:
    headers = (("content-type", kind), ("stripe-signature", shown), ("content-encoding", coding or "identity"))
    sent = request(body, headers, method, body.decode("latin-1"))
    found = made.claim(sent)
    assert found == made.claim(sent)
    if isinstance(found, Claim):
        assert 200 <= replied(found).status < 500
        assert all(isinstance(event["event_name"], str) and event["event_name"] for event in found.events)
        assert json.dumps(found.events)
