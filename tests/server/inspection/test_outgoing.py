"""What left for a request, as it was sent, but for what is masked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.secret import MASK
from core.types import Delivered, OutboundRequest, Rejected, Response, Retry
from server.delivery import Attempt, RowEnd, Settled
from server.inspection.privacy import HIDDEN
from server.outbox.row import Row
from tests.server.inspection.conftest import FILE, NOW, SECRETS, Desk, dry, payload_of

VISITOR = "203.0.113.77"
MINUTE = 60_000_000


def message(shown: Any, tag: str) -> Any:
    return next(each for each in shown["outgoing"] if each["tag"] == tag)


def sent(desk: Desk, record: Any, tag: str, at: int = NOW) -> OutboundRequest:
    (outbound,) = desk.serving.assembled.tags[tag].pack([payload_of(record, tag)], at)
    assert isinstance(outbound, OutboundRequest)
    return outbound


def test_a_message_without_secrets_is_shown_byte_for_byte(desk: Desk) -> None:
    record = desk.hit()
    shown, real = message(desk.detail(record, reveal=True), "ga4"), sent(desk, record, "ga4")
    assert (shown["method"], shown["url"], shown["body"]) == (real.method, real.url, real.body.decode())
    assert shown["headers"] == [list(pair) for pair in real.headers]
    assert (shown["events"], shown["attempts"], shown["next"], shown["row"], shown["line"]) == ([1], [], None, None, False)


def test_every_secret_of_a_message_is_a_mask(desk: Desk) -> None:
    record = desk.hit("purchase", ip=VISITOR)
    shown, real = message(desk.detail(record, reveal=True), "hook"), sent(desk, record, "hook")
    assert "canary" in str(real)
    assert shown["query"][0] == ["key", MASK]
    assert json.loads(shown["body"]) == {**json.loads(real.body), "key": MASK}
    headers = dict(shown["headers"])
    assert (headers["authorization"], headers["x-hook"], headers["x-signature"]) == (MASK, f"a {MASK}", MASK)
    assert set(headers) == {name for name, _ in real.headers}


@pytest.mark.parametrize("reveal", [False, True])
def test_no_secret_is_ever_shown_whatever_happened(desk: Desk, reveal: bool) -> None:
    record = desk.hit("purchase", ip=VISITOR, extra="&ep.echo=canary+key+%26+more&ep.twice=canary%2520key")
    echo = Response(500, (("x-echo", "canary-ga4-secret"),), b"no such key: canary key & more, canary-hook-password")
    desk.attempted(record, "hook", Retry("HTTP 500: canary-hook-password"), echo)
    desk.attempted(record, "ga4", Retry("HTTP 500"), echo, at=20 * MINUTE)
    desk.observer.settled("hook", record.request.id, 0, Settled("0-17", RowEnd.WAITING, "canary-hook-password", NOW + MINUTE))
    text = json.dumps(desk.detail(record, reveal=reveal), ensure_ascii=False)
    for secret in SECRETS.values():
        assert secret not in text
    signature = dict(sent(desk, record, "hook").headers)["x-signature"]
    assert signature not in text
    assert (VISITOR in text) is reveal


def test_what_was_sent_late_is_shown_on_the_road_that_it_took(desk: Desk) -> None:
    record = desk.hit()
    assert message(desk.detail(record), "ga4")["target"].endswith("/g/collect")
    desk.attempted(record, "ga4", Retry("HTTP 500"), Response(500))
    desk.attempted(record, "ga4", Delivered(), Response(204), at=20 * MINUTE)
    shown = message(desk.detail(record), "ga4")
    assert shown["target"].endswith("/mp/collect")
    assert ["api_secret", MASK] in shown["query"]
    assert [(each["status"], each["outcome"], each["at"]) for each in shown["attempts"]] == [
        (500, "retry", "2025-11-28 14:31:51.502 UTC"),
        (204, "delivered", "2025-11-28 14:51:51.502 UTC"),
    ]
    assert shown["state"] == "delivered"


def test_an_attempt_is_told_with_its_answer(desk: Desk) -> None:
    record = desk.hit(ip=VISITOR)
    answer = Response(
        400, (("content-type", "text/plain"), ("set-cookie", "id=x; Path=/")), b"no a@b.example from 203.0.113.77\xff"
    )
    desk.attempted(record, "ga4", Rejected("HTTP 400"), answer)
    desk.observer.settled("ga4", record.request.id, 0, Settled("0-17", RowEnd.DEAD, "HTTP 400"))
    shown = message(desk.detail(record), "ga4")
    assert shown["attempts"] == [
        {
            "number": 1,
            "again": False,
            "at": "2025-11-28 14:31:51.502 UTC",
            "took": "12.0 ms",
            "status": 400,
            "answer": "no ••• from •••\ufffd",
            "headers": [["content-type", "text/plain"], ["set-cookie", "id=•••; Path=/"]],
            "outcome": "rejected",
            "why": "HTTP 400",
        }
    ]
    assert (shown["state"], shown["why"], shown["row"], shown["next"]) == ("dead", "HTTP 400", "0-17", None)


def test_what_waits_says_when_it_goes_again_and_which_row_it_is(desk: Desk) -> None:
    record = desk.hit()
    desk.attempted(record, "ga4", Retry("no answer"))
    desk.observer.settled("ga4", record.request.id, 0, Settled("0-17", RowEnd.WAITING, "no answer", NOW + MINUTE))
    shown = message(desk.detail(record), "ga4")
    assert (shown["state"], shown["row"], shown["next"]) == ("failed", "0-17", "2025-11-28 14:32:51.502 UTC")
    assert (shown["attempts"][0]["status"], shown["attempts"][0]["answer"]) == (None, "")
    desk.attempted(record, "ga4", Delivered(), Response(204))
    after = message(desk.detail(record), "ga4")
    assert (after["state"], after["row"], after["next"]) == ("delivered", None, None)


def test_events_that_travel_together_are_one_message(desk: Desk) -> None:
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2&gcd=13l3l3l3l1l1", b"en=a\r\nen=b"))
    desk.attempted(record, "ga4", Delivered(), Response(204))
    messages = [each for each in desk.detail(record)["outgoing"] if each["tag"] == "ga4"]
    assert [each["events"] for each in messages] == [[1, 2]]
    assert len(messages[0]["attempts"]) == 1
    assert [dict(part["pairs"])["en"] for part in messages[0]["parts"]] == ["a", "b"]
    assert [part["event"] for part in messages[0]["parts"]] == [1, 2]
    assert messages[0]["others"] == 0


def test_of_a_message_that_carries_others_events_too_only_this_requests_are_shown(desk: Desk) -> None:
    """Late events of one visitor travel together, whatever request they came in."""
    records = [desk.hit(f"event_{number}") for number in range(3)]
    together = [Row(number, "ga4", payload_of(record, "ga4"), NOW) for number, record in enumerate(records)]
    late = Attempt("ga4", "https://x.example", together, NOW + 20 * MINUTE, 1, Response(204), Delivered())
    desk.observer.attempted(late)
    shown = message(desk.detail(records[1]), "ga4")
    assert (shown["events"], shown["others"], shown["state"]) == ([1], 2, "delivered")
    assert [event["name"] for event in json.loads(shown["body"])["events"]] == ["event_1"]
    assert [json.loads(part["json"])["events"][0]["name"] for part in shown["parts"]] == ["event_1"]
    assert not [name for name in ("event_0", "event_2") if name in json.dumps(shown)]


def test_a_line_for_a_file_is_shown_as_a_line(desk: Desk) -> None:
    record = desk.hit(ip=VISITOR, extra="&ep.mail=a%40b.example")
    shown = message(desk.detail(record), "archive")
    assert (shown["line"], shown["target"], shown["method"], shown["curl"]) == (True, "events.jsonl", "", "")
    assert json.loads(shown["body"])["event_name"] == "page_view"
    assert "b.example" not in shown["body"]


def test_what_is_personal_by_its_name_is_hidden_in_lines_as_in_bodies(tmp_path: Path) -> None:
    """Also where it was no ``user_data``, by whose values it is found elsewhere."""
    settings = """columns: {"user_data.first_name": "{{ event.fn }}", phone: "{{ event.tel }}", page: "{{ event.page_title }}"}"""
    desk = Desk(tmp_path, f"{FILE}  events: {{type: file, path: events, {settings}}}\n")
    record = desk.hit(extra="&ep.fn=Roswitha&ep.tel=4711")
    shown = message(desk.detail(record), "events")
    row = json.loads(shown["body"])
    assert (row["user_data.first_name"], row["phone"], row["page"]) == (HIDDEN, HIDDEN, "Red shoes")
    assert "Roswitha" in message(desk.detail(record, reveal=True), "events")["body"]


def test_a_tag_that_cannot_pack_any_more_says_so_and_spares_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    record = desk.hit()

    def broken(*_: object) -> None:
        raise KeyError("a@b.example")

    monkeypatch.setattr(desk.serving.masked_tags["ga4"], "pack", broken)
    shown = desk.detail(record)
    assert message(shown, "ga4")["target"] == "the tag could not pack it: KeyError"
    assert message(shown, "ga4").keys() == message(shown, "archive").keys()
    assert message(shown, "archive")["line"]


def test_in_a_dry_run_every_message_is_one_that_was_not_sent(desk: Desk) -> None:
    shown = dry(desk).detail(desk.hit())
    assert {each["state"] for each in shown["outgoing"]} == {"not sent"}
