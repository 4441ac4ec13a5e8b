"""The tags of one event: a line each that says what became of it and why, and one in full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.types import Delivered, HeldBack, Rejected, Response, Retry
from server.delivery import RowEnd, Settled
from server.inspection.look import Look
from server.inspection.tags import TagLine, TagsShown, tags
from server.observe import Record
from tests.server.inspection.conftest import NOW, Desk

MINUTE = 60_000_000
FILE = """
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
triggers:
  large: {event: purchase, when: ["event.value > 100 and event.currency == 'EUR'", "not event.test"]}
  checkout: {event: [begin_checkout, "checkout_*"]}
  bots: {when: "event.agent is matching 'bot'"}
transformations:
  shop: {type: augment, parameters: {shop: "{{ event.page_hostname }}"}}
  quiet: {type: exclude, parameters: [nothing_there], tags: [log, twin]}
tags:
  log: {type: log, file: events.jsonl}
  twin: {type: log, file: twin.jsonl, parameters: {set: {own: 1}}}
  alone: {type: log, file: alone.jsonl}
  large: {type: log, file: large.jsonl, triggers: [large, checkout]}
  ads: {type: log, file: ads.jsonl, consent: [ad_storage]}
  resting: {type: log, file: resting.jsonl, paused: true}
  no_bots: {type: log, file: no_bots.jsonl, exceptions: [bots]}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, FILE, {})


def shown(record: Record, tag: str = "", *, position: int = 0, dry: bool = False) -> TagsShown:
    look = Look(record, 0, tried=dry)
    return tags(look, position, look.event(position), tag)


def line(record: Record, tag: str, **more: Any) -> TagLine:
    return next(each for each in shown(record, **more)["lines"] if each["tag"] == tag)


def sent(desk: Desk, query: str = "") -> Record:
    return desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid=1.2&gcs=G100&dl=https%3A%2F%2Fa.example%2F{query}"))


@pytest.mark.parametrize(
    ("query", "because"),
    [
        ("&en=purchase&epn.value=5&cu=EUR", "event.value > 100: event.value is 5"),
        ("&en=purchase&epn.value=500&cu=CHF", "event.currency == 'EUR': event.currency is CHF"),
        ("&en=purchase&cu=EUR", "event.value > 100: event.value is undefined"),
        ("&en=scroll", "event is one of begin_checkout, checkout_*: event.event_name is scroll"),
    ],
)
def test_a_tag_that_no_trigger_let_fire_says_what_was_nearest_and_by_what_it_failed(desk: Desk, query: str, because: str) -> None:
    found = line(sent(desk, query), "large")
    assert (found["held"], found["why"]) == (HeldBack.TRIGGER, "no trigger matched (large, checkout)")
    assert found["because"] == because


def test_every_other_reason_is_said_in_the_line(desk: Desk) -> None:
    record = sent(desk, "&en=a&ep.agent=a%20bot")
    told = {each["tag"]: (each["fired"], each["state"], each["why"], each["because"]) for each in shown(record)["lines"]}
    assert told["log"] == (True, "waiting", "trigger all", "")
    assert told["ads"] == (False, "held", "consent ad_storage is denied", "")
    assert told["resting"] == (False, "held", "the tag is paused", "")
    assert told["no_bots"] == (False, "held", "exception bots", "event.agent is matching 'bot': event.agent is a bot")


def test_the_last_answer_of_a_delivery_is_in_its_line(desk: Desk) -> None:
    record = sent(desk, "&en=a")
    assert line(record, "log")["answer"] is None
    desk.attempted(record, "log", Retry("no answer"))
    assert line(record, "log")["answer"] == {"status": None, "took": "12.0 ms", "attempts": 0 + 1, "text": ""}
    answer = Response(400, (), b'{"error":\n  "no such ann@b.example"}' + b"x" * 900)
    desk.attempted(record, "log", Rejected("HTTP 400"), answer)
    desk.observer.settled("log", record.request.id, 0, Settled("0-17", RowEnd.DEAD, "HTTP 400"))
    found = line(record, "log")
    assert (found["state"], found["state_why"], found["next"]) == ("dead", "HTTP 400", None)
    assert found["answer"] is not None
    assert (found["answer"]["status"], found["answer"]["text"][:32]) == (400, '{"error": "no such •••"}xxxxxxxx')
    assert len(found["answer"]["text"]) == 160


def test_what_is_tried_again_says_when(desk: Desk) -> None:
    record = sent(desk, "&en=a")
    desk.attempted(record, "log", Retry("HTTP 500"), Response(500))
    desk.observer.settled("log", record.request.id, 0, Settled("0-17", RowEnd.WAITING, "HTTP 500", NOW + MINUTE))
    assert (line(record, "log")["state"], line(record, "log")["next"]) == ("failed", "2025-11-28 14:32:51.502 UTC")
    desk.attempted(record, "log", Delivered(), Response(200))
    assert (line(record, "log")["state"], line(record, "log")["next"]) == ("delivered", None)


def test_no_tag_is_open_unless_it_is_asked_for(desk: Desk) -> None:
    record = sent(desk, "&en=a")
    assert shown(record)["open"] is None
    assert shown(record, "no such tag")["open"] is None


def test_the_open_tag_is_told_in_full_with_what_it_sent_for_the_event(desk: Desk) -> None:
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", b"en=first\r\nen=second"))
    opened = shown(record, "log", position=1)["open"]
    assert opened is not None
    assert [each["name"] for each in opened["reasons"]["steps"]] == ["shop", "quiet"]
    assert [each["events"] for each in opened["messages"]] == [[2]]
    assert ("second" in opened["messages"][0]["body"], "first" in opened["messages"][0]["body"]) == (True, False)


def test_tags_of_one_chain_share_what_their_transformations_changed(desk: Desk) -> None:
    record = sent(desk, "&en=a")

    def sharing(tag: str) -> list[str]:
        opened = shown(record, tag)["open"]
        return opened["sharing"] if opened else []

    assert sharing("log") == ["twin"]
    assert sharing("twin") == ["log"]
    assert sharing("alone") == ["no_bots"]
    assert sharing("resting") == []


def test_what_is_only_tried_is_not_sent(desk: Desk) -> None:
    assert {each["state"] for each in shown(sent(desk, "&en=a"), dry=True)["lines"] if each["fired"]} == {"not sent"}
