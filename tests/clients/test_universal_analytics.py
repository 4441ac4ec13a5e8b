from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clients.universal_analytics import UniversalAnalytics
from core.component import Setup
from core.types import Claim, Declined, Headers, Reply, Request
from tests.core.tiny import replied

HIT = "v=1&tid=UA-1-1&cid=555&t=pageview"
NO_CACHE = ("cache-control", "no-cache")


def client(**values: Any) -> UniversalAnalytics:
    settings = UniversalAnalytics.Settings.model_validate(values)
    return UniversalAnalytics(settings, Setup("apps"))  # type: ignore[arg-type]  # Settings is the class's own


def request(
    query: str = HIT,
    method: str = "GET",
    headers: Headers = (),
    body: bytes = b"",
    path: str = "/collect",
    ip: str | None = None,
) -> Request:
    return Request("r1", 1_700_000_000_123_456, method, path, query, headers, body, ip)


def claim(request: Request, **values: Any) -> Claim:
    found = client(**values).claim(request)
    assert isinstance(found, Claim)
    return found


@pytest.mark.parametrize("path", ["/collect", "/batch", "/r/collect", "/j/collect"])
def test_it_claims_the_usual_paths(path: str) -> None:
    assert len(claim(request(path=path)).events) == 1
    assert len(claim(request("", "POST", body=HIT.encode(), path=path)).events) == 1


def test_it_claims_the_paths_it_is_given_and_no_others() -> None:
    assert isinstance(client(activation_paths="/app").claim(request(path="/app")), Claim)
    assert isinstance(client(activation_paths="/app").claim(request(path="/collect")), Declined)


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(ValidationError, match="pattern"):
        client(activation_paths="app")


@pytest.mark.parametrize(
    "other",
    [
        request(path="/g/collect"),
        request(path="/collect/"),
        request("v=2&tid=G-1&en=a"),
        request("tid=UA-1-1&t=pageview"),
        request(""),
        request("", "POST", body=b'{"v": 1}'),
        request("", "POST", body=b"t=pageview\nv=1"),
        request(method="HEAD"),
        request(method="PUT"),
        request(method="OPTIONS", path="/"),
    ],
)
def test_what_is_another_clients(other: Request) -> None:
    assert isinstance(client().claim(other), Declined)


def test_a_preflight_is_answered() -> None:
    assert claim(request("", "OPTIONS")) == Claim((), Reply(204))


@pytest.mark.parametrize(
    ("sent", "status", "headers", "size"),
    [
        (request(), 204, (NO_CACHE,), 0),
        (request(method="POST"), 204, (NO_CACHE,), 0),
        (request(headers=(("accept", "*/*"),)), 204, (NO_CACHE,), 0),
        (request(headers=(("accept", "image/avif,*/*"),)), 200, (("content-type", "image/gif"), NO_CACHE), 43),
        (request(method="POST", headers=(("accept", "image/png"),)), 204, (NO_CACHE,), 0),
    ],
)
def test_the_reply(sent: Request, status: int, headers: Headers, size: int) -> None:
    reply = replied(claim(sent))
    assert (reply.status, reply.headers, len(reply.body)) == (status, headers, size)


def test_a_batch_is_an_event_per_line() -> None:
    found = claim(request("", "POST", body=f"{HIT}&dp=/a\r\n{HIT}&dp=/b\r\n".encode(), path="/batch"))
    assert [event["page_path"] for event in found.events] == ["/a", "/b"]
    assert found.skipped == 0


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (request("", "POST", body=f"{HIT}\n".encode() * 21), b"more than 20 hits: send them in batches of at most 20 lines"),
        (request(HIT + "&a" * 1000), b"more than 1000 parameters in the URL or on one line"),
    ],
)
def test_more_than_is_allowed_is_refused_in_words(sent: Request, why: bytes) -> None:
    found = claim(sent)
    assert (found.events, found.reply) == ((), Reply(413, (("content-type", "text/plain; charset=utf-8"),), why + b"\n"))
    assert [each.description for each in found.findings] == [f"The request has {why.decode()}."]


def test_the_request_says_who_the_visitor_is() -> None:
    sent = request("", "POST", (("user-agent", "UA"), ("user-agent", "other")), f"{HIT}\n{HIT}".encode(), ip="192.0.2.1")
    assert [(event["ip_override"], event["user_agent"]) for event in claim(sent).events] == [("192.0.2.1", "UA")] * 2


def test_the_hit_knows_better_who_the_visitor_is() -> None:
    sent = request(f"{HIT}&uip=198.51.100.2&ua=App%2F1", headers=(("user-agent", "curl"),), ip="192.0.2.1")
    [event] = claim(sent).events
    assert (event["ip_override"], event["user_agent"]) == ("198.51.100.2", "App/1")


def test_nothing_is_added_where_nothing_is_known() -> None:
    [event] = claim(request()).events
    assert event.keys() == {"x-ga-protocol_version", "x-ga-measurement_id", "client_id", "event_name"}


def test_the_address_of_the_request_is_masked_too() -> None:
    assert claim(request(f"{HIT}&aip=1", ip="192.0.2.7")).events[0]["ip_override"] == "192.0.2.0"


@settings(max_examples=200)
@given(st.text(max_size=60), st.binary(max_size=60), st.text(max_size=30))
def test_no_bytes_make_it_raise(query: str, body: bytes, header: str) -> None:
    headers = (("accept", header), ("user-agent", header))
    assert claim(request(f"{HIT}&{query}", "POST", headers, body, ip=header))
    client().claim(request(query, "GET", headers, body))


HIT_OF = "v=1&cid=555&t=pageview&tid="


@pytest.mark.parametrize("tid", ["G-OURS", "UA-1-1", "", "ua"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_ids_any_hit_is_claimed(tid: str, method: str) -> None:
    asked = request(HIT_OF + tid) if method == "GET" else request("", "POST", body=f"{HIT_OF}{tid}".encode())
    assert len(claim(asked).events) == 1


@pytest.mark.parametrize(
    ("listed", "tid", "ours"),
    [
        ("G-OURS", "G-OURS", True),
        ("G-OURS", "UA-1-1", True),
        ("G-OURS", "", True),
        ("G-OURS", "G-SOMEBODYELSE", False),
        ("G-OURS", "AW-1", False),
        ("G-OURS", "g-ours", False),
        (["UA-1-1", "G-OURS"], "UA-1-1", True),
        (["UA-1-1", "G-OURS"], "UA-2-2", False),
        ("UA-1-1", "G-SOMEBODYELSE", False),
    ],
)
def test_with_ids_nothing_is_claimed_that_could_leave_for_another(listed: Any, tid: str, ours: bool) -> None:
    for asked in (request(HIT_OF + tid), request("v=1", "POST", body=f"{HIT_OF}{tid}".encode())):
        found = client(measurement_ids=listed).claim(asked)
        assert isinstance(found, Claim) is ours
        if isinstance(found, Declined):
            assert found.code == "measurement_id"
            assert tid in found.why


def test_of_a_batch_only_the_hits_for_listed_ids_are_taken_and_the_others_are_told_of() -> None:
    lines = f"{HIT_OF}G-OURS\n{HIT_OF}G-SOMEBODYELSE\n{HIT_OF}UA-1-1\n"
    found = claim(request("tid=G-SOMEBODYELSE", "POST", body=lines.encode()), measurement_ids="G-OURS")
    assert [event["x-ga-measurement_id"] for event in found.events] == ["G-OURS", "UA-1-1"]
    assert (found.skipped, [finding.code for finding in found.findings]) == (1, ["OTHER_ID"])


def test_an_address_or_a_whole_cookie_as_an_id_is_put_right_and_told() -> None:
    found = claim(request("v=1&tid=UA-1-1&t=pageview&cid=GA1.2.5.6&uid=jo%40example.com"))
    assert found.events[0]["client_id"] == "5.6"
    assert found.events[0]["user_id"] == sha256(b"jo@example.com").hexdigest()
    assert [(finding.field_path, finding.code) for finding in found.findings] == [("cid", "COOKIE_AS_ID"), ("uid", "EMAIL_AS_ID")]
