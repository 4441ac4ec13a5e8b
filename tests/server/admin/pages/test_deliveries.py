"""What an operator sees and does about deliveries."""

from __future__ import annotations

from typing import Any, cast

import pytest

from server.admin.pages.deliveries import LISTED, MOST_LISTED
from server.control.following import Answer
from server.control.sockets import Command
from tests.server.admin.conftest import GREEN, NOW, Port, Worker
from tests.server.admin.recent import VENDOR, destination, telling

ROW: dict[str, Any] = {
    "id": "0-17",
    "tag": "ga4",
    "destination": "https://v.example",
    "state": "dead",
    "received_at": NOW,
    "attempts": 3,
    "client_id": "1.2",
    "event_name": "purchase",
    "why": "HTTP 400",
}


def listing(*rows: dict[str, Any]) -> Any:
    """Answers ``list`` with the rows of the state that is asked for."""

    def answer(command: Command) -> Answer:
        return {"rows": [each for each in rows if each["state"] == command["state"]]}

    return answer


def workers(port: Port, *played: Worker) -> tuple[Worker, ...]:
    port.workers = played
    return played


def test_rows_of_all_workers_are_listed_oldest_first(port: Port) -> None:
    early, waiting = {**ROW, "id": "1-3", "received_at": NOW - 5_000_000}, {**ROW, "id": "1-4", "state": "queued"}
    health = {**GREEN, "dead_letters": {"ga4": 2, "ads": 1}}
    first, second = workers(port, Worker(list=listing(ROW), health=health), Worker(list=listing(early, waiting), health=health))
    page = port.page("/deliveries")
    data = page["data"]
    assert page["template"] == "deliveries.html"
    assert [row["id"] for row in data["dead"]] == ["1-3", "0-17"]
    assert [row["id"] for row in data["waiting"]] == ["1-4"]
    assert (data["dead_total"], data["tags"], data["filter"], data["done"]) == (6, ["ga4"], {"tag": ""}, None)
    for worker in (first, second):
        assert worker.asked_to("list") == [
            {"state": "dead", "tag": None, "limit": LISTED},
            {"state": "queued", "tag": None, "limit": LISTED},
        ]
        assert worker.asked_to("health") == [{"recent": "destinations"}], "once, whatever the page shows"


def test_rows_that_workers_share_are_counted_once(port: Port) -> None:
    shared = {**GREEN, "durability": "durable", "durability_reasons": []}
    for health in (shared, GREEN):
        told = [
            {
                **telling(rows={("delivered", "ga4", VENDOR): [30]}),
                **health,
                "dead_letters": dead,
                "destinations": [waits],
            }
            for dead, waits in (({"ga4": 2}, destination(pending=5)), ({"ga4": 1}, destination(pending=4)))
        ]
        workers(port, *(Worker(list=listing(), health=each) for each in told))
        data = port.page("/deliveries")["data"]
        (line,) = data["destinations"]
        assert (data["dead_total"], line["pending"]) == ((2, 5) if health is shared else (3, 9))
        assert line["hour"]["figures"][0]["more"] == "60 sent", "what each has delivered is its own"


def test_one_tags_rows_can_be_chosen(port: Port) -> None:
    (worker,) = workers(port, Worker(list=listing(ROW), health={**GREEN, "dead_letters": {"ga4": 2, "ads": 1}}))
    data = port.page("/deliveries?tag=ads")["data"]
    assert (data["filter"], data["dead_total"], data["more"]) == ({"tag": "ads"}, 1, "/deliveries?tag=ads&rows=more")
    assert worker.asked_to("list")[0]["tag"] == "ads"


def test_a_dry_run_has_no_rows(port: Port) -> None:
    workers(port, Worker(list={"error": "this is a dry run: there is no outbox"}))
    data = port.page("/deliveries")["data"]
    assert (data["dead"], data["waiting"], data["destinations"]) == ([], [], [])


@pytest.mark.parametrize(("query", "most"), [("", LISTED), ("?rows=more", MOST_LISTED), ("?rows=all", LISTED)])
def test_no_more_rows_are_listed_than_the_page_shows(port: Port, query: str, most: int) -> None:
    many = listing(*({**ROW, "id": f"0-{number}"} for number in range(MOST_LISTED)))
    (first, *_) = workers(port, Worker(list=many), Worker(list=many), Worker())
    data = port.page(f"/deliveries{query}")["data"]
    assert len(data["dead"]) == most == first.asked_to("list")[0]["limit"]
    assert (data["more"] is None) == (most == MOST_LISTED)


def test_a_tag_that_is_chosen_is_shown_alone_and_all_others_can_be(port: Port) -> None:
    tags: list[Any] = [{"name": name, "paused": name == "off", "held": {}} for name in ("ga4", "ads", "off")]
    health = telling(destination(pending=7), destination(tag="ads", pending=2), recent={"tags": tags})
    workers(port, Worker(list=listing(), health=cast(Answer, health)))
    of = {tag: port.page(f"/deliveries?tag={tag}")["data"] for tag in ("", "ga4", "off", "gone")}
    assert [[line["tag"] for line in data["destinations"]] for data in of.values()] == [["ads", "ga4"], ["ga4"], [], []]
    assert [[line["tag"] for line in data["idle"]] for data in of.values()] == [["off"], [], ["off"], []]
    assert [data["waiting_total"] for data in of.values()] == [9, 7, 0, 0]
    assert all(data["tags"] == ["ads", "ga4", "off"] for data in of.values())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("done=retry&rows=1", "1 row will be tried again now."),
        ("done=retry&rows=3", "3 rows will be tried again now."),
        ("done=drop&rows=2", "2 rows dropped, undelivered."),
        ("done=drop&rows=0", "No such row, or it is on the wire."),
        ("done=none&rows=0", "No row was chosen."),
        ("done=drop&rows=2&asked=2", "2 rows dropped, undelivered."),
        (
            "done=drop&rows=2&asked=3",
            "2 rows dropped, undelivered. You were asked about 3; the others were delivered meanwhile, or are on the wire.",
        ),
        ("done=drop&rows=3&asked=2", "3 rows dropped, undelivered. You were asked about 2; the others came meanwhile."),
        ("done=drop&rows=3&asked=two", "3 rows dropped, undelivered."),
        (
            "done=drop&rows=2&asked=2&silent=1",
            "2 rows dropped, undelivered. 1 of the workers did not answer: look whether something is left.",
        ),
        ("done=drop&rows=-1", None),
        ("done=drop&rows=many", None),
        ("done=drop&rows=%D9%A1", None),
        (f"done=drop&rows={'9' * 5000}", None),
        ("done=<b>&rows=1", None),
        ("done=drop", None),
    ],
)
def test_what_was_done_is_told_in_words_of_our_own(port: Port, query: str, words: str | None) -> None:
    assert port.page(f"/deliveries?{query}")["data"]["done"] == words
