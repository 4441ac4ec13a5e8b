"""Umami's collector: one event a request in the name of its visitor, its answers, and what never leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from core.types import Delivered, Event, HeldBack, Rejected, Retry, Skip
from tags.umami import Umami
from tests.tags.golden import vectors
from tests.tags.played_vendor import NOW, SECOND, judged, made, mapped, others_page, payload, requests, sent, unclear, unlike

SITE = {"website_id": "94db1cb1-74f4-4a40-ad6c-962362670409"}
VIEW: Event = {
    "event_name": "page_view",
    "page_location": "https://www.example.com/a?b=1#c",
    "ip_override": "203.0.113.7",
    "user_agent": "ExampleBrowser/1.0",
}


@pytest.mark.parametrize("vector", vectors("umami"), ids=lambda vector: vector["source"])
def test_requests_are_as_published_ones(vector: Mapping[str, Any]) -> None:
    settings = {"website_id": vector["settings"]["website_id"], "endpoint": vector["settings"]["host"]}
    assert unlike(made(Umami, **settings), vector) == []


def test_a_page_view_has_no_name_and_no_data() -> None:
    more = {"page_title": "A", "page_referrer": "https://b.example/", "language": "de", "screen_resolution": "800x600"}
    event = {**VIEW, **more, "user_id": "u-7", "author": "x"}
    assert sent(made(Umami, **SITE, tag="server"), event) == {
        "type": "event",
        "payload": {
            "website": SITE["website_id"],
            "hostname": "www.example.com",
            "url": "/a?b=1#c",
            "title": "A",
            "referrer": "https://b.example/",
            "language": "de",
            "screen": "800x600",
            "tag": "server",
            "id": "u-7",
            "ip": "203.0.113.7",
            "userAgent": "ExampleBrowser/1.0",
            "timestamp": NOW // SECOND,
        },
    }


@pytest.mark.parametrize(
    ("location", "host", "url"),
    [
        ("https://A.example", "a.example", "/"),
        ("https://a.example:8080?x=1", "a.example", "/?x=1"),
        ("http://a.example/b/c?d=/e", "a.example", "/b/c?d=/e"),
    ],
)
def test_a_page_is_its_host_and_what_follows(location: str, host: str, url: str) -> None:
    row = sent(made(Umami, **SITE), {**VIEW, "page_location": location})["payload"]
    assert (row["hostname"], row["url"]) == (host, url)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (
            {"event_name": "purchase", "transaction_id": "T", "value": "48.5", "currency": "eur"},
            {"transaction_id": "T", "value": 48.5, "currency": "EUR", "revenue": 48.5},
        ),
        (
            {"event_name": "purchase", "items": [{"item_id": "a", "price": 2, "quantity": 2, "currency": "EUR"}]},
            {"currency": "EUR", "revenue": 4},
        ),
        ({"event_name": "add_to_cart", "value": 3, "currency": "EUR"}, {"value": 3, "currency": "EUR"}),
        ({"event_name": "quiz", "score": 0, "won": False, "list": [1], "sender": "a@b.example"}, {"score": 0, "won": False}),
    ],
)
def test_the_data_of_an_event(event: Event, data: Mapping[str, Any]) -> None:
    row = sent(made(Umami, **SITE), {**VIEW, **event})["payload"]
    assert (row["name"], row["data"]) == (event["event_name"], data)


def test_data_of_one_s_own() -> None:
    own = {"plan": "{{ event.plan }}", "nothing": "{{ event.nothing }}"}
    row = sent(made(Umami, **SITE, data=own), {**VIEW, "event_name": "quiz", "plan": "a", "other": 1})["payload"]
    assert row["data"] == {"plan": "a"}


def test_each_goes_alone_in_the_name_of_its_visitor() -> None:
    tag = made(Umami, **SITE)
    rows = [payload(tag, {**VIEW, "user_agent": agent}) for agent in ("A\r\nx: y", "B")]
    found = requests(tag, *rows)
    assert [request.payloads for request in found] == [(0,), (1,)]
    assert [dict(request.headers)["user-agent"] for request in found] == ["Ax: y", "B"]
    assert {request.url for request in found} == {"https://cloud.umami.is/api/send"}
    assert tag.batch is None
    assert made(Umami, **SITE, endpoint="https://example.com/stats/").literal_origins == {"https://example.com"}


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({"event_name": ""}, HeldBack.SKIPPED),
        ({"event_name": "=sum(1)"}, HeldBack.SKIPPED),
        ({"page_location": None}, HeldBack.SKIPPED),
        ({"page_location": "/a"}, HeldBack.SKIPPED),
        ({"page_location": "https://gtm-msr.appspot.com/render?id=GTM-X"}, HeldBack.SKIPPED),
        ({"user_agent": None}, HeldBack.NO_IDENTITY),
        ({"ip_override": None}, HeldBack.NO_IDENTITY),
        ({"ip_override": "0.0.0.0"}, HeldBack.NO_IDENTITY),
    ],
)
def test_what_is_not_sent(change: Event, held: HeldBack) -> None:
    skip = mapped(made(Umami, **SITE), {**VIEW, **change})
    assert isinstance(skip, Skip)
    assert skip.held is held


@pytest.mark.parametrize("settings", [{"website_id": "1"}, {**SITE, "tag": "=a"}, {**SITE, "endpoint": "https://a.example/?b"}])
def test_what_umami_would_refuse_is_no_setting(settings: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(Umami, **settings)


def error(message: str) -> Mapping[str, Any]:
    return {"error": {"message": message, "code": "it", "status": 400}}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"cache": "eyJ", "sessionId": "s", "visitId": "v"}, Delivered()),
        (200, b'"eyJhbGciOi"', Delivered()),
        (200, {"beep": "boop"}, Rejected("HTTP 200: Umami takes it for a bot's")),
        (200, b"<html>a page</html>", others_page("Umami")),
        (200, {"visitId": "v"}, unclear("Umami")),
        (400, error("Website not found."), Rejected("HTTP 400: Website not found.")),
        (403, error("Forbidden"), Rejected("HTTP 403: Forbidden (Umami ignores the visitor's address)")),
        (403, b"<html>no</html>", Retry("HTTP 403", credential=True)),
        (404, b"", Retry("HTTP 404", credential=True)),
        (413, {"error": "Payload too large"}, Rejected("HTTP 413: Payload too large")),
        (429, b"", Retry("HTTP 429")),
        (500, error("Server error"), Retry("HTTP 500: Server error")),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: object) -> None:
    assert judged(made(Umami, **SITE), status, body) == [outcome]
