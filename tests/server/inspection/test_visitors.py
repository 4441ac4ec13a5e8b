"""What is told of one visitor: masked, bounded, and with what became of each event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from core.container import EventRun, Run
from core.types import Delivered, Reply
from server.inspection.visitors import MOST_EVENTS, MOST_VISITORS
from tests.server.inspection.conftest import FILE, NOW, Desk

CLIENT_ID = "1307714608.1760043792"


def one(desk: Desk, client_id: str = CLIENT_ID, **more: Any) -> Any:
    return desk.ask("visitor", client_id=client_id, **more)


def test_an_event_is_told_with_what_became_of_it(desk: Desk) -> None:
    record = desk.hit("purchase", "&ep.transaction_id=T-1&cu=EUR&pr1=idSKU-1~pr60~qt2&uid=u-4711")
    desk.attempted(record, "ga4", Delivered())
    told = one(desk)
    (event,) = told["events"]
    assert {
        name: event[name] for name in ("at", "worker", "request", "client", "name", "title", "session", "session_number")
    } == {
        "at": NOW,
        "worker": 0,
        "request": record.request.id,
        "client": "web",
        "name": "purchase",
        "title": "Red shoes",
        "session": "1764340309",
        "session_number": "5",
    }
    assert event["page"] == "https://shop.example/shoes"
    assert event["value"] == "120 EUR · T-1 · 1 item"
    assert event["left"][0] == {"tag": "ga4", "state": "delivered", "why": ""}
    assert event["held"] == ["hook"]
    assert set(event["consent"].values()) == {"granted"}
    assert event["user"] is True
    assert "u-4711" not in json.dumps(told)
    assert (told["found"], told["since"], told["gaps"], told["shown_as"]) == (1, NOW, False, CLIENT_ID)


def test_only_his_own_events_are_told_and_the_latest_first(desk: Desk) -> None:
    desk.hit("first")
    desk.met(desk.request("v=2&tid=G-ABC1234567&cid=9.9&en=other"))
    lines = b"en=a\r\nen=b"
    desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid={CLIENT_ID}", lines))
    assert [event["name"] for event in one(desk)["events"]] == ["b", "a", "first"]
    assert one(desk, "nobody")["events"] == []


def test_older_ones_are_told_when_asked_for(desk: Desk) -> None:
    desk.hit("now")
    assert one(desk, before=NOW)["found"] == 0
    assert one(desk, before=NOW + 1)["found"] == 1


def test_of_many_the_latest_are_told_and_all_are_counted(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=300)
    desk.ask("requests")  # somebody looks
    for number in range(MOST_EVENTS + 20):
        desk.hit(f"e{number}")
    told = one(desk)
    assert (len(told["events"]), told["found"]) == (MOST_EVENTS, MOST_EVENTS + 20)
    assert told["events"][0]["name"] == f"e{MOST_EVENTS + 19}"


def test_consent_is_what_tags_are_told_with_what_the_file_fills_in(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"consent: {{ad_storage: denied}}\n{FILE}")
    desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid={CLIENT_ID}&en=x"))
    assert one(desk)["events"][0]["consent"]["ad_storage"] == "denied"


def test_findings_stand_with_the_event(desk: Desk) -> None:
    desk.measurement({"client_id": CLIENT_ID, "events": [{"name": "1 bad name", "params": {}}]})
    (event,) = one(desk)["events"]
    assert event["findings"]


def test_personal_data_and_secrets_are_masked(desk: Desk) -> None:
    location = quote("https://shop.example/canary-ga4-secret?email=a@b.example&x=1", safe="")
    desk.met(
        desk.request(f"v=2&tid=G-ABC1234567&cid={CLIENT_ID}&en=x&dl={location}&dt=a%40b.example&ep.transaction_id=a%40b.example")
    )
    told = json.dumps(one(desk), ensure_ascii=False)
    assert "b.example" not in told
    assert "canary" not in told
    assert "x=1" in told


def test_what_only_the_query_names_as_personal_is_masked_too(desk: Desk) -> None:
    desk.hit("purchase", "&em=Red%20shoes")
    (event,) = one(desk)["events"]
    assert "Red" not in event["title"]


def test_an_address_that_stands_for_a_client_id_is_masked_and_not_linked(desk: Desk) -> None:
    event = EventRun({"client_id": "ann@b.example", "event_name": "x"}, ())
    desk.observer.handled(desk.request(), Run("data", Reply(204), (event,)))
    told = one(desk, "ann@b.example")
    assert (told["shown_as"], len(told["events"])) == ("•••", 1)
    assert desk.ask("visitors")["visitors"] == [{"shown_as": "•••", "events": 1, "last": NOW, "last_event": "x"}]


@pytest.mark.parametrize(
    "client_id", ["", " ", "<script>alert(1)</script>", "../..", "a" * 5000, "\u202egro.live", "a\x00b\nc", "'\"&%2F"]
)
def test_a_client_id_may_be_any_text(desk: Desk, client_id: str) -> None:
    desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid={quote(client_id, safe='')}&en=x&dt={'t' * 5000}"))
    told = one(desk, client_id)
    assert len(json.dumps(told)) < 4000
    assert [event["name"] for event in told["events"]] in (["x"], [])


def test_the_visitors_that_are_remembered_are_told_the_latest_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=300)
    for number in range(MOST_VISITORS + 10):
        desk.met(desk.request(f"v=2&tid=G-ABC1234567&cid={number}.1&en=x"))
    desk.met(desk.request("v=2&tid=G-ABC1234567&cid=45.1", b"en=a\r\nen=b"))
    told = desk.ask("visitors")["visitors"]
    assert told[0] == {"shown_as": "45.1", "client_id": "45.1", "events": 3, "last": NOW, "last_event": "b"}
    assert len(told) == MOST_VISITORS
