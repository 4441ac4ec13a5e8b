from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.ga4 import Ga4, Ga4ClientSettings
from core.component import Setup
from core.types import Claim, Declined, Headers, Reply, Request
from tests.core.tiny import replied

HIT = "v=2&tid=G-ABC&cid=1.2&en=a"


def client(**values: Any) -> Ga4:
    return Ga4(Ga4.Settings.model_validate(values), Setup("web"))  # type: ignore[arg-type]  # Settings is the class's own


def request(
    query: str = HIT,
    method: str = "GET",
    headers: Headers = (),
    body: bytes = b"",
    path: str = "/g/collect",
    ip: str | None = None,
) -> Request:
    return Request("r1", 1_700_000_000_123_456, method, path, query, headers, body, ip)


def claim(request: Request, **values: Any) -> Claim:
    found = client(**values).claim(request)
    assert isinstance(found, Claim)
    return found


@pytest.mark.parametrize(
    "other",
    [
        request(path="/collect"),
        request(path="/g/collect/"),
        request(path="/x/g/collect"),
        request("v=1&tid=UA-1&en=a"),
        request("tid=G-ABC&en=a"),
        request("v=2&en=a"),
        request(""),
        request(method="HEAD"),
        request(method="PUT"),
        request(method="OPTIONS", path="/"),
    ],
)
def test_what_is_another_clients(other: Request) -> None:
    assert isinstance(client().claim(other), Declined)


def test_only_the_listed_ids_are_claimed() -> None:
    assert isinstance(client(measurement_ids=["G-XYZ", "G-ABC"]).claim(request()), Claim)
    assert isinstance(client(measurement_ids="G-XYZ").claim(request()), Declined)


def test_a_line_cannot_bring_in_an_id_that_is_not_listed() -> None:
    found = claim(request(method="POST", body=b"en=a\r\nen=b&tid=G-OTHER"), measurement_ids="G-ABC")
    assert [event["event_name"] for event in found.events] == ["a"]
    assert found.skipped == 1
    assert [finding.code for finding in found.findings] == ["OTHER_ID"]


def test_a_preflight_is_answered() -> None:
    assert client().claim(request("", "OPTIONS")) == Claim((), Reply(204))


NO_CACHE = ("cache-control", "no-cache")


@pytest.mark.parametrize(
    ("sent", "status", "headers", "size"),
    [
        (request(), 204, (NO_CACHE,), 0),
        (request(method="POST"), 204, (NO_CACHE,), 0),
        (request(headers=(("accept", "*/*"),)), 204, (NO_CACHE,), 0),
        (request(headers=(("accept", "image/avif,*/*"),)), 200, (("content-type", "image/gif"), NO_CACHE), 43),
        (request(method="POST", headers=(("accept", "image/png"),)), 204, (NO_CACHE,), 0),
        (request(f"{HIT}&richsstsse"), 200, (("content-type", "text/event-stream"), NO_CACHE), 0),
        (
            request(f"{HIT}&richsstsse", headers=(("accept", "image/png"),)),
            200,
            (("content-type", "text/event-stream"), NO_CACHE),
            0,
        ),
        (request("v=2&tid=G-ABC"), 204, (NO_CACHE,), 0),
    ],
)
def test_the_reply(sent: Request, status: int, headers: Headers, size: int) -> None:
    reply = replied(claim(sent))
    assert (reply.status, reply.headers, len(reply.body)) == (status, headers, size)


@pytest.mark.parametrize("sent", [request(HIT + "&a" * 1000), request(method="POST", body=b"en=a\n" * 101)])
def test_a_hit_beyond_all_measure_is_refused_in_words(sent: Request) -> None:
    found = claim(sent)
    assert (replied(found).status, list(found.events)) == (413, [])
    assert replied(found).body.startswith(b"more than ")


def test_what_only_the_request_knows_is_added_to_every_event() -> None:
    sent = request(f"{HIT}&sst.navt=n", "POST", (("user-agent", "UA"), ("user-agent", "other")), b"en=a\nen=b", ip="192.0.2.1")
    for event in claim(sent).events:
        assert event["ip_override"] == "192.0.2.1"
        assert event["user_agent"] == "UA"
        assert event["x-sst-system_properties"] == {"navt": "n", "request_start_time_ms": 1_700_000_000_123}


def test_nothing_is_added_where_nothing_is_known() -> None:
    [event] = claim(request()).events
    assert event.keys() == {"x-ga-protocol_version", "x-ga-measurement_id", "client_id", "event_name"}


def test_an_address_in_the_hit_is_the_visitors() -> None:
    assert claim(request(f"{HIT}&_uip=2001:db8::1", ip="192.0.2.1")).events[0]["ip_override"] == "2001:db8::1"
    assert claim(request(f"{HIT}&ep.ip_override=9.9.9.9", ip="192.0.2.1")).events[0]["ip_override"] == "192.0.2.1"


def test_a_hit_for_server_mode_has_the_time_even_without_properties() -> None:
    [event] = claim(request(f"{HIT}&richsstsse")).events
    assert event["x-sst-system_properties"] == {"request_start_time_ms": 1_700_000_000_123}


@pytest.mark.parametrize(
    ("header", "brands"),
    [
        ('"Chromium";v="142"', [{"brand": "Chromium", "version": "142"}]),
        (
            '"Not:A-Brand";v="8", "Chromium"; v="156" , "A, \\"B\\"";v="1"',
            [
                {"brand": "Not:A-Brand", "version": "8"},
                {"brand": "Chromium", "version": "156"},
                {"brand": 'A, "B"', "version": "1"},
            ],
        ),
        ("", None),
        ("junk", None),
        ('"open', None),
        ('"' * 2000, None),
    ],
)
def test_the_brands_come_from_their_header(header: str, brands: Any) -> None:
    [event] = claim(request(f"{HIT}&uap=macOS", headers=(("sec-ch-ua", header),))).events
    assert event["client_hints"] == {"platform": "macOS", **({"brands": brands} if brands else {})}


@settings(max_examples=200)
@given(st.text(max_size=60), st.binary(max_size=60), st.text(max_size=30))
def test_no_bytes_make_it_raise(query: str, body: bytes, header: str) -> None:
    headers = (("sec-ch-ua", header), ("accept", header), ("user-agent", header))
    assert claim(request(f"{HIT}&{query}", "POST", headers, body))
    client(measurement_ids="G-ABC").claim(request(query, "POST", headers, body))


@pytest.mark.parametrize(
    "junk",
    [
        "_p=" + "9" * 5000,
        "epn.x=" + "9" * 5000,
        "pr" + "9" * 5000 + "=x",
        "sct=٣",
        "epn.x=१",
        "pr٣=x",
        "pr²=x",
        "dt=\ud800",
        "\udfff=%00",
        "en=%00",
    ],
)
def test_hostile_texts_are_read(junk: str) -> None:
    assert len(claim(request(f"{HIT}&{junk}")).events) == 1


@pytest.mark.parametrize("file", ["5710/sw_iframe.html", "5710/sw.js", "anything"])
def test_gtags_worker_is_not_there_unless_another_client_serves_it(file: str) -> None:
    declined = Ga4(Ga4ClientSettings(), Setup("web")).claim(Request("r", 0, "GET", f"/_/service_worker/{file}"))
    assert isinstance(declined, Declined)
    assert declined.otherwise
    assert isinstance(declined.otherwise.reply, Reply)
    assert (declined.otherwise.reply.status, declined.otherwise.findings) == (404, ())


@pytest.mark.parametrize("settings", [{}, {"cookies": {"mode": "server"}}])
def test_an_address_never_stays_as_an_id(settings: dict[str, Any]) -> None:
    found = claim(request("v=2&tid=G-1&en=a&cid=jo%40example.com&uid=Jo%2540example.com"), **settings)
    assert "example.com" not in repr(found.events)
    assert [(finding.field_path, finding.code) for finding in found.findings] == [("cid", "EMAIL_AS_ID"), ("uid", "EMAIL_AS_ID")]
    again = claim(request("v=2&tid=G-1&en=a&cid=jo%40example.com&uid=jo%40example.com"), **settings)
    assert again.events[0]["user_id"] == found.events[0]["user_id"]


def test_ordinary_ids_are_left_alone() -> None:
    found = claim(request("v=2&tid=G-1&en=a&cid=1307714608.1760043792&uid=U-1"))
    assert (found.events[0]["client_id"], found.events[0]["user_id"], found.findings) == ("1307714608.1760043792", "U-1", ())
