"""A recorded request is tried again with the configuration in force, and told beside what happened."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.types import Delivered, Response
from server.inspection.again import LONGEST, MOST_ROWS, MOST_SHOWN, MOST_TAGS
from server.observe import Record
from tests.server.inspection.conftest import SECRETS, Desk, reload

BOUGHT = "&ep.transaction_id=T-1&ep.email=jane%40shop.example"


def bought(desk: Desk, event: str = "purchase") -> Record:
    return desk.hit(event, BOUGHT, ip="203.0.113.7")


def again(desk: Desk, record: Record) -> Any:
    answer = desk.ask("again", id=record.request.id)
    text = json.dumps(answer)
    assert not [each for each in (*SECRETS.values(), "jane", "203.0.113.7") if each in text]
    return answer


def tags(answer: Any, at: int = 0) -> dict[str, Any]:
    return {each["tag"]: each for each in answer["events"][at]["tags"]}


def rows(differences: Any) -> list[tuple[str, ...]]:
    return [
        (each["part"], each["name"], each["how"], each["before"]["text"], each["after"]["text"]) for each in differences["rows"]
    ]


def test_with_the_configuration_that_it_met_everything_is_the_same(desk: Desk) -> None:
    answer = again(desk, bought(desk))
    assert (answer["reloaded"], answer["same"], answer["different"], answer["tags"]) == (False, True, [], 3)


def test_a_reload_that_changed_nothing_makes_no_difference(desk: Desk) -> None:
    record = bought(desk)
    reload(desk)
    answer = again(desk, record)
    assert (answer["reloaded"], answer["same_files"], answer["same"]) == (True, True, True)
    assert all(tag["same"] and tag["then"]["word"] == tag["now"]["word"] == "fired" for tag in tags(answer).values())


def test_what_a_transformation_does_now_shows_in_the_event_data_and_in_what_is_sent(desk: Desk) -> None:
    record = bought(desk)
    desk.attempted(record, "ga4", Delivered(), Response(204))
    reload(desk, "event.value * 0.5", "event.value * 0.25")
    answer = again(desk, record)
    assert (answer["same"], answer["different"]) == (False, ["archive", "ga4"])
    ga4, archive, hook = (tags(answer)[name] for name in ("ga4", "archive", "hook"))
    assert rows(ga4["data"]) == [("", "margin", "changed", "60.0", "30.0")]
    assert rows(ga4["sent"]) == [("query", "epn.margin", "changed", "60", "30")]
    assert (ga4["then"]["state"], ga4["then"]["why"], ga4["now"]["why"]) == ("delivered", "trigger all", "trigger all")
    assert (archive["data"]["rows"], archive["data_as"]) == ([], "ga4")
    assert ("body", "margin", "changed", "60.0", "30.0") in rows(archive["sent"])
    assert (hook["same"], hook["acts_alike"], hook["data_as"], hook["sent"]["rows"]) == (False, True, "ga4", [])


@pytest.mark.parametrize(
    ("old", "new", "word", "why"),
    [
        ("triggers: purchases\n", "triggers: purchases\n    paused: true\n", "held back", "the tag is paused"),
        ("triggers: purchases\n", "triggers: purchases\n    consent: ad_storage\n", "fired", "trigger purchases"),
        ("  hook:", "  other:", "absent", "there is no such tag"),
        ("event.value > 100", "event.value > 1000", "held back", "no trigger matched (purchases)"),
    ],
)
def test_a_tag_that_fired_then_says_why_it_would_not_now(desk: Desk, old: str, new: str, word: str, why: str) -> None:
    record = bought(desk)
    reload(desk, old, new)
    hook = tags(again(desk, record))["hook"]
    assert (hook["then"]["word"], hook["now"]["word"], hook["now"]["why"]) == ("fired", word, why)
    assert bool(hook["target"][1]) == (word == "fired")
    if word != "fired":
        assert {each["how"] for each in hook["sent"]["rows"]} == {"removed"}
        assert ("method", "", "removed", "POST", "undefined") in rows(hook["sent"])


def test_a_tag_that_fires_only_now_shows_all_that_it_would_send(desk: Desk) -> None:
    record = bought(desk, "page_view")
    reload(desk, "{event: purchase,", "{event: page_view,")
    hook = tags(again(desk, record))["hook"]
    assert (hook["then"]["word"], hook["now"]["word"]) == ("held back", "fired")
    assert hook["target"] == ["", "POST https://hook.example/orders/T-1"]
    sent = rows(hook["sent"])
    assert ("body", "order", "added", "undefined", "T-1") in sent
    assert {how for _, _, how, *_ in sent} == {"added"}


def test_of_what_is_hidden_on_both_sides_it_shows_that_it_differs(desk: Desk) -> None:
    reload(desk, 'mail: "{{ user.email }}"', 'mail: "{{ event.email }}"')
    record = bought(desk)
    reload(desk, 'mail: "{{ event.email }}"', 'mail: "to {{ event.email }}"')
    (row,) = [each for each in rows(tags(again(desk, record))["hook"]["sent"]) if each[0] == "query"]
    assert row[:3] == ("query", "mail", "changed")
    assert "•••" in row[3]
    assert "•••" in row[4]


def test_who_claims_it_and_what_is_answered_is_told_of_the_request(desk: Desk) -> None:
    record = desk.hit("purchase", headers=(("origin", "https://shop.example"), ("host", "t.example")))
    reload(desk, "environment:", "server: {allowed_origins: ['https://shop.example']}\nenvironment:")
    answer = again(desk, record)
    assert ("header", "access-control-allow-origin", "added", "undefined", "https://shop.example") in rows(answer["request"])
    assert (answer["different"], answer["same"]) == ([], False)
    reload(desk, "GA4_ID: G-ABC1234567", "GA4_ID: G-OTHER00000")
    answer = again(desk, record)
    assert rows(answer["request"])[:2] == [
        ("claimed by", "", "changed", "web", "nobody"),
        ("reply", "status", "changed", "204", "400"),
    ]
    assert {tag["now"]["why"] for tag in tags(answer).values()} == {"there is no such event"}


def test_what_nobody_claimed_may_be_claimed_now(desk: Desk) -> None:
    record = desk.met(desk.request("v=2&tid=G-OTHER00000&cid=1.2&en=page_view"))
    reload(desk, "GA4_ID: G-ABC1234567", "GA4_ID: G-OTHER00000")
    answer = again(desk, record)
    assert ("claimed by", "", "changed", "nobody", "web") in rows(answer["request"])
    assert tags(answer)["ga4"]["now"]["word"] == "fired"


def test_it_goes_below_the_path_prefix_of_then(desk: Desk) -> None:
    record = desk.hit()
    reload(desk, "environment:", "server: {path_prefix: /metrics}\nenvironment:")
    assert again(desk, record)["same"], "a prefix that is missing is forgiven, as it is when a visitor sends it"
    moved = desk.hit()
    reload(desk)
    assert again(desk, moved)["same"]


def test_a_rule_that_makes_an_event_count_once_is_told(desk: Desk) -> None:
    record = bought(desk)
    reload(desk, "tags:\n", "deduplicate: {orders: {triggers: purchases, key: '{{ event.transaction_id }}'}}\ntags:\n")
    answer = again(desk, record)
    assert rows(tags(answer)["ga4"]["sent"]) == [("deduplicate", "", "added", "undefined", "undefined")]


def test_a_tag_that_cannot_pack_it_is_told_in_its_place(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    record = bought(desk)
    reload(desk)

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    tag = desk.serving.masked_tags["archive"]
    monkeypatch.setattr(type(tag), "pack", broken)
    archive = tags(again(desk, record))["archive"]
    assert archive["now"]["why"] == "trigger all; the tag could not pack it: ZeroDivisionError"


def test_a_page_stays_small_however_much_differs(desk: Desk) -> None:
    names = "".join(f"&ep.p{number}={'x' * 420}" for number in range(65))
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", "\r\n".join([f"en=e{names}"] * 4).encode()))
    reload(desk, "  margin: {type: augment,", "  gone: {type: exclude, parameters: ['p*']}\n  margin: {type: augment,")
    answer = again(desk, record)
    found = [tag[part] for event in answer["events"] for tag in event["tags"] for part in ("data", "sent")]
    assert max(len(each["rows"]) for each in found) == MOST_ROWS
    assert sum(len(each["rows"]) for each in found) == MOST_SHOWN
    assert found[0]["more"] == 65 - MOST_ROWS
    assert not any(tag["same"] for event in answer["events"] for tag in event["tags"] if tag["tag"] != "hook")
    texts = [row["before"]["text"] for each in found for row in each["rows"]]
    assert max(map(len, texts)) == LONGEST


def test_of_very_many_tags_those_that_differ_are_told_first_and_the_rest_are_counted(desk: Desk) -> None:
    body = "\r\n".join("en=page_view" for _ in range(MOST_TAGS // 2)).encode()
    record = desk.met(desk.request("v=2&tid=G-ABC1234567&cid=1.2", body))
    reload(desk, "archive: {type: log,", "archive: {type: log, paused: true,")
    answer = again(desk, record)
    told = [[tag["tag"] for tag in event["tags"]] for event in answer["events"]]
    assert told[0] == ["archive", "ga4", "hook"]
    assert sum(map(len, told)) == MOST_TAGS
    assert sum(event["more_tags"] for event in answer["events"]) == 3 * (MOST_TAGS // 2) - MOST_TAGS
    assert (answer["different"], answer["tags"]) == (["archive"], 3)


def test_what_is_not_remembered_cannot_be_tried_again(desk: Desk) -> None:
    assert desk.ask("again", id="gone") == {"error": "this request is no longer remembered, or never was"}
    assert desk.ask("find", id="gone") == {"error": "this request is no longer remembered, or never was"}
    known = desk.hit().request.id
    assert desk.ask("find", id=known) == {"worker": 0, "id": known}


def test_nothing_is_counted_or_remembered_for_it(desk: Desk) -> None:
    record = desk.hit("purchase")
    reload(desk)
    before = (len(desk.observer.recorder), desk.observer.counts.as_json())
    again(desk, record)
    assert (len(desk.observer.recorder), desk.observer.counts.as_json()) == before
