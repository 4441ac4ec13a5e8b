"""What the page of a request asks for: its head with one tab, or a part as plain text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.types import Delivered, Rejected, Response
from server.delivery import RowEnd, Settled
from server.explain.curl import read_curl
from server.inspection.outline import MOST_EVENTS
from server.inspection.view import TABS
from server.observe import Record
from tests.server.inspection.conftest import HIT, SECRETS, Desk

VISITOR = "203.0.113.77"


def asked(desk: Desk, record: Record, *, reveal: bool = False, **view: Any) -> Any:
    return desk.ask("request", id=record.request.id, reveal=reveal, view=view)


def many(desk: Desk, events: int) -> Record:
    lines = "\r\n".join(f"en=event_{number}" for number in range(1, events + 1))
    return desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2&gcd=13l3l3l3l1l1", lines.encode()))


def test_the_head_says_what_happened(desk: Desk) -> None:
    record = desk.hit("purchase", "&cu=EUR&ep.transaction_id=T-1", ip=VISITOR)
    shown = asked(desk, record)
    assert (shown["summary"], shown["state"], shown["status"]) == ("Claimed by web; 1 event; 3 of 3 tags fired.", "waiting", 204)
    assert (shown["method"], shown["path"], shown["took"], shown["at"]) == (
        "POST",
        "/g/collect",
        "3.2 ms",
        "2025-11-28 14:31:51.502 UTC",
    )
    assert shown["gist"] == ["purchase", "https://shop.example/shoes", "120 EUR", "T-1"]
    assert (shown["visitor"], shown["ip"]) == ("1307714608.1760043792", "•••")
    assert shown["tabs"] == list(TABS)
    assert shown["view"] == {"event": 1, "tab": "tags", "tag": ""}
    assert shown["events"] == [{"number": 1, "name": "purchase", "fired": 3, "tags": 3, "state": "waiting"}]


@pytest.mark.parametrize(
    ("tab", "keys"),
    [
        ("tags", {"exceptions", "lines", "open"}),
        ("data", {"values"}),
        ("variables", {"variables"}),
        ("request", {"incoming", "clients", "findings"}),
        ("consent", {"said", "types", "tags", "opted_out"}),
        ("reply", {"status", "headers", "body", "cookies", "remembered"}),
        ("test", {"test"}),
    ],
)
def test_a_tab_holds_what_it_is_about_and_nothing_else(desk: Desk, tab: str, keys: set[str]) -> None:
    shown = asked(desk, desk.hit(), tab=tab)
    assert (set(shown["shown"]), shown["view"]["tab"]) == (keys, tab)


@pytest.mark.parametrize("tab", TABS)
def test_no_tab_shows_a_secret_and_masked_ones_no_person(desk: Desk, tab: str) -> None:
    headers = (("cookie", "session=s3ssion"), ("x-forwarded-for", VISITOR))
    body = {"client_id": "1.2", "user_data": {"email_address": "ann@b.example"}, "events": [{"name": "purchase"}]}
    record = desk.measurement(body, headers=headers, ip=VISITOR)
    for tag in ("ga4", "hook", "archive"):
        for reveal in (False, True):
            text = json.dumps(asked(desk, record, reveal=reveal, tab=tab, tag=tag), ensure_ascii=False)
            assert not [secret for secret in SECRETS.values() if secret in text]
            assert reveal or not [person for person in (VISITOR, "ann@b.example", "s3ssion") if person in text]


def test_of_many_events_those_around_the_chosen_one_are_listed(desk: Desk) -> None:
    record = many(desk, 100)
    for event, first in ((1, 1), (26, 1), (60, 35), (100, 51), (9999, 51)):
        shown = asked(desk, record, event=event)
        numbers = [each["number"] for each in shown["events"]]
        assert numbers == list(range(first, first + MOST_EVENTS))
        assert shown["view"]["event"] in numbers
        assert shown["count"] == 100
        assert shown["gist"][0] == f"event_{shown['view']['event']}"


def test_an_event_is_listed_with_the_state_that_needs_looking_after_most(desk: Desk) -> None:
    record = many(desk, 3)
    desk.attempted(record, "ga4", Delivered(), Response(204))
    desk.attempted(record, "archive", [Delivered(), Rejected("HTTP 400"), Delivered()], Response(400))
    desk.observer.settled("archive", record.request.id, 1, Settled("0-18", RowEnd.DEAD, "HTTP 400"))
    assert [each["state"] for each in asked(desk, record)["events"]] == ["delivered", "dead", "delivered"]


def test_a_request_without_events_has_the_tabs_that_speak_of_none(desk: Desk) -> None:
    record = desk.met(desk.request(path="/nowhere", method="GET"))
    shown = asked(desk, record, tab="variables", event=7)
    assert (shown["tabs"], shown["view"]) == (["request", "reply", "test"], {"event": 1, "tab": "request", "tag": ""})
    assert [each["words"] for each in shown["shown"]["clients"]] == [
        "passed: the path is not /g/collect",
        "passed: the path is not /mp/collect",
    ]
    assert (shown["visitor"], shown["gist"], shown["events"]) == ("", [], [])
    for text in ("event", "variables", "sent", "sent_body"):
        assert "text" not in asked(desk, record, text=text)


def test_a_visitor_who_is_known_by_something_personal_is_not_named(desk: Desk) -> None:
    event = {"event_name": "a", "client_id": "ann@b.example"}
    assert desk.ask("try_event", event=event, client="web", ip="", view={})["visitor"] == ""


def test_the_request_is_had_as_a_command_that_sends_it_again(desk: Desk) -> None:
    headers = (("host", "data.shop.example"), ("user-agent", "it's"), ("content-length", "9"), ("cookie", "_ga=GA1.1.1.2"))
    record = desk.hit("a", "&ep.x=it%27s", body=b"en=b&ep.y='\"$HOME", headers=headers)
    (hit,) = read_curl(asked(desk, record, text="curl")["text"], "shown")
    assert (hit.method, hit.url) == ("POST", f"https://data.shop.example/g/collect?{HIT.format(event='a')}&ep.x=it%27s")
    assert hit.body == record.request.body
    assert dict(hit.headers)["user-agent"] == "it's"
    assert asked(desk, record, text="body")["text"] == record.request.body.decode()


def test_on_this_machine_it_is_sent_without_tls(desk: Desk) -> None:
    record = desk.hit(headers=(("host", "127.0.0.1:8080"),))
    assert asked(desk, record, text="curl")["text"].startswith("curl -X POST 'http://127.0.0.1:8080/g/collect?v=2&")


def test_what_a_tag_sent_is_had_as_a_command_and_as_its_body(desk: Desk) -> None:
    record = desk.hit("purchase", ip=VISITOR)
    command = asked(desk, record, text="sent", tag="hook")["text"]
    assert command.startswith("curl -X POST 'https://hook.example/orders/")
    assert (VISITOR in command, "canary" in command) == (False, False)
    assert json.loads(asked(desk, record, text="sent_body", tag="hook")["text"])["key"] == "***"
    assert asked(desk, record, text="sent", tag="no such tag") == {"text": ""}


def test_event_data_variables_and_the_test_are_had_as_text(desk: Desk) -> None:
    record = desk.hit("purchase")
    assert json.loads(asked(desk, record, text="event")["text"])["event_name"] == "purchase"
    assert json.loads(asked(desk, record, text="variables")["text"]) == []
    assert asked(desk, record, text="test")["text"].startswith("- name: purchase claimed by web")
    assert "shown" in asked(desk, record, text="no such text")


def test_what_is_tried_has_tabs_too_or_its_head_alone(desk: Desk) -> None:
    command = {"method": "POST", "path": "/g/collect", "query": HIT.format(event="a"), "headers": [], "body": "", "ip": ""}
    shown = desk.ask("try", **command, view={"tab": "variables"})
    assert (shown["tried"], shown["took"], shown["shown"]) == (True, None, {"variables": []})
    head = desk.ask("try", **command, view={"only_title": True})
    assert (head["summary"], "shown" in head) == (shown["summary"], False)
    given = desk.ask("try_event", event={"event_name": "a"}, client="web", ip="", view={"tab": "request"})
    assert given["shown"]["clients"] == []
