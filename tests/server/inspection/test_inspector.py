"""What a worker answers about its requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import structlog

from server.inspection.listing import MOST_LINES, Listing
from tests.server.inspection.conftest import FILE, HIT, Desk


def numbers(answer: Any) -> list[int]:
    return [line["number"] for line in answer["requests"]]


def test_lines_come_oldest_first_and_go_on_where_the_asker_was(desk: Desk) -> None:
    for _ in range(5):
        desk.hit()
    answer = desk.ask("requests")
    assert (numbers(answer), answer["missed"], answer["newest"]) == ([1, 2, 3, 4, 5], 0, 5)
    assert numbers(desk.ask("requests", after=3)) == [4, 5]
    desk.turned_away = {"busy": 1}
    nothing = {"requests": [], "changed": [], "unanswered": [], "missed": 0, "newest": 5, "counts": None}
    assert desk.ask("requests", after=5) == {**nothing, "refused": 1, "limit": 100, "geo_built": None}


def test_of_many_requests_the_latest_are_told_and_the_others_counted(desk: Desk) -> None:
    for _ in range(7):
        desk.hit()
    answer = desk.ask("requests", limit=3)
    assert (numbers(answer), answer["missed"], answer["newest"]) == ([5, 6, 7], 4, 7)


def test_no_answer_has_more_lines_than_a_page_takes(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=1000)
    desk.ask("requests")  # somebody looks: every request is kept
    for _ in range(MOST_LINES + 10):
        desk.hit()
    answer = desk.ask("requests", limit=100_000)
    assert (len(answer["requests"]), answer["missed"]) == (MOST_LINES, 10)


def test_a_filter_counts_only_what_it_lets_through(desk: Desk) -> None:
    for event in ("a", "b", "a", "b", "a"):
        desk.hit(event)
    answer = desk.ask("requests", filters={"event": "a"}, limit=2)
    assert (numbers(answer), answer["missed"], answer["newest"]) == ([3, 5], 1, 5)


def test_what_has_no_reply_yet_is_told_once_it_has(desk: Desk) -> None:
    slow = desk.met(desk.request(HIT.format(event="slow")), status=0)
    desk.hit("quick")
    answer = desk.ask("requests")
    assert (numbers(answer), answer["unanswered"], answer["newest"]) == ([2], [slow.request.id], 2)
    again = desk.ask("requests", after=2, unanswered=answer["unanswered"])
    assert (again["requests"], again["unanswered"]) == ([], [slow.request.id])
    desk.observer.answered(slow, 204, 5000)
    last = desk.ask("requests", after=2, unanswered=again["unanswered"])
    assert (numbers(last), last["unanswered"], last["newest"], last["missed"]) == ([1], [], 2, 0)


def test_however_many_wait_for_their_reply_none_is_forgotten(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=1000)
    desk.ask("requests")  # somebody looks: every request is kept
    waiting = [desk.met(desk.request(HIT.format(event="slow")), status=0) for _ in range(MOST_LINES + 10)]
    answer = desk.ask("requests")
    assert (answer["requests"], len(answer["unanswered"])) == ([], len(waiting))
    for each in waiting:
        desk.observer.answered(each, 204, 5000)
    later = desk.ask("requests", after=answer["newest"], unanswered=answer["unanswered"], limit=MOST_LINES)
    assert (len(later["requests"]), later["missed"]) == (MOST_LINES, 10)


def test_a_reply_that_comes_while_its_request_is_looked_at_loses_no_line(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is made in a thread, and requests are answered meanwhile: here while what is kept is counted."""
    slow = desk.met(desk.request(HIT.format(event="slow")), status=0)

    def answered(*_: object) -> None:
        desk.observer.answered(slow, 204, 5000)

    monkeypatch.setattr(Listing, "_counts", answered)
    during = desk.ask("requests", count=True)
    later = desk.ask("requests", after=during["newest"], unanswered=during["unanswered"])
    assert [*numbers(during), *numbers(later)] == [1]


def test_what_is_watched_is_told_again_as_it_is_now(desk: Desk) -> None:
    record = desk.hit()
    desk.observer.refused(record, "the disk is full")
    (line,) = desk.ask("requests", after=1, watch=[record.request.id, "forgotten", None])["changed"]
    assert (line["id"], line["state"], line["why"]) == (record.request.id, "refused", "the disk is full")


@pytest.mark.parametrize("id", ["ffffffffffffffff", "", None, 7])
def test_a_request_that_is_not_remembered_is_an_error(desk: Desk, id: Any) -> None:
    desk.hit()
    assert desk.ask("request", id=id) == {"error": "this request is no longer remembered, or never was"}


@pytest.mark.parametrize("reveal", [None, False, "true", 1])
def test_only_who_asks_plainly_is_shown_personal_data(desk: Desk, reveal: Any) -> None:
    record = desk.hit(ip="203.0.113.7")
    with structlog.testing.capture_logs() as logs:
        answer = desk.ask("request", id=record.request.id, reveal=reveal)
    assert not answer["revealed"]
    assert "203.0.113.7" not in json.dumps(answer)
    assert logs == []


def test_that_personal_data_was_shown_is_logged_without_it(desk: Desk) -> None:
    record = desk.hit(ip="203.0.113.7")
    with structlog.testing.capture_logs() as logs:
        answer = desk.ask("request", id=record.request.id, reveal=True)
    assert answer["revealed"]
    assert answer["incoming"]["ip"] == "203.0.113.7"
    (line,) = logs
    assert (line["log_level"], line["request"]) == ("warning", record.request.id)
    assert "203.0.113.7" not in str(line)


def tried(desk: Desk, **more: Any) -> Any:
    asked = {"method": "POST", "path": "/g/collect", "query": HIT.format(event="tried"), "headers": [], "body": "", "ip": ""}
    return desk.ask("try", **{**asked, **more})


def test_a_request_that_never_came_is_told_as_if_it_had(desk: Desk) -> None:
    answer = tried(desk, headers=[["user-agent", "me"]], ip="203.0.113.9")
    assert (answer["tried"], answer["took"], answer["state"]) == (True, None, "not sent")
    assert answer["summary"] == "Claimed by web; 1 event; 2 of 3 tags fired."
    assert [message["state"] for message in answer["outgoing"]] == ["not sent", "not sent"]
    assert answer["incoming"]["headers"] == [["user-agent", "me"]]
    assert "203.0.113.9" not in json.dumps(answer)
    assert len(desk.observer.recorder) == 0
    assert desk.observer.counts.as_json()["claimed"] == {}


def test_a_body_that_is_no_text_comes_through_as_it_is(desk: Desk) -> None:
    pasted = b"en=a&ep.x=\xff\xc3".decode("utf-8", "surrogateescape")
    answer = tried(desk, body=pasted)
    assert answer["incoming"]["body"] == "en=a&ep.x=\ufffd\ufffd"
    assert len(answer["events"]) == 1


def test_what_is_tried_goes_below_the_path_prefix_as_a_visitors_would(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FILE + "server: {path_prefix: /metrics}\n")
    inside, outside = tried(desk, path="/metrics/g/collect"), tried(desk, path="/other")
    assert (inside["summary"], inside["incoming"]["url"][:19]) == (
        "Claimed by web; 1 event; 2 of 3 tags fired.",
        "/metrics/g/collect?",
    )
    assert (outside["summary"], outside["state"], outside["reply"]["status"]) == ("No client claims it.", "unclaimed", 400)
    assert outside["why"] == "the path is not below /metrics, the server.path_prefix"
    assert outside["incoming"]["url"].startswith("/other")


def test_it_says_which_cookies_of_platforms_the_reply_sets_or_why_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FILE.replace("web: {type: ga4,", "web: {type: ga4, remember: meta,"))
    unset = tried(desk, query="v=2&tid=G-ABC1234567&cid=1.2&en=a")
    assert unset["remembered"] == "nothing: consent ad_storage is unset"
    assert tried(desk)["remembered"] == "_fbp new"
    assert tried(Desk(tmp_path, FILE))["remembered"] == ""


def test_event_data_is_tried_without_a_client(desk: Desk) -> None:
    event = {"event_name": "purchase", "client_id": "1.2", "value": 150, "user_data": {"email": "a@b.example"}}
    answer = desk.ask("try_event", event=event, client="backend", ip="203.0.113.9")
    assert [tag["tag"] for tag in answer["events"][0]["tags"] if tag["fired"]] == ["ga4", "hook", "archive"]
    assert (answer["tried"], answer["clients"], answer["state"]) == (True, [], "not sent")
    assert "b.example" not in json.dumps(answer)


@pytest.mark.parametrize("event", [{}, {"event_name": 7}, {"event_name": None, "x": [1, {"y": "z"}]}, {"user_data": "text"}])
def test_any_event_data_can_be_tried(desk: Desk, event: dict[str, Any]) -> None:
    assert desk.ask("try_event", event=event, client="no such client", ip="")["tried"]


def test_it_knows_its_own_commands_and_no_others(desk: Desk) -> None:
    assert all(desk.inspector.knows({"do": do}) for do in ("requests", "request", "try", "try_event", "configuration"))
    assert not any(desk.inspector.knows(command) for command in ({"do": "drop"}, {"do": None}, {}))


def test_the_moment_of_a_try_is_now(desk: Desk) -> None:
    assert tried(desk)["at"] == "2025-11-28 14:31:51.502 UTC"


def test_what_is_tried_tells_of_a_bent_path_and_of_every_client_s_reason(desk: Desk) -> None:
    bent = tried(desk, path="//g/collect")
    assert (bent["state"], [each["code"] for each in bent["findings"]]) == ("not sent", ["PATH_SLASHES"])
    assert tried(desk, path="//g/collect", raw_path="/%2Fg/collect")["state"] == "unclaimed"
    stranger = tried(desk, query="v=2&tid=G-OTHER&cid=1.2&en=a")
    assert stranger["why"] == "web: measurement id G-OTHER is not among G-ABC1234567"
    assert [each["words"] for each in stranger["clients"]] == [
        "passed: measurement id G-OTHER is not among G-ABC1234567",
        "passed: the path is not /mp/collect",
    ]
    assert tried(desk, method="GET", path="/robots.txt", query="")["summary"] == "It is a probe (robots), which no client claims."
