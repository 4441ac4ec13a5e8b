"""The page of one visitor: what workers tell of him, as one."""

from __future__ import annotations

from typing import Any

import pytest

from server.admin.pages.visitor import SHOWN, united, visitor_path
from server.inspection.visitors import OneVisitor
from tests.server.admin.conftest import Port, Worker
from tests.server.inspection.test_timeline import event


def told(*events: Any, found: int | None = None, since: int = 100, gaps: bool = False) -> OneVisitor:
    latest = sorted(events, key=lambda each: -each["at"])
    return {"events": latest, "found": len(events) if found is None else found, "since": since, "gaps": gaps, "shown_as": "1.2"}


def workers(port: Port, *answers: OneVisitor) -> list[Worker]:
    made = [Worker(visitor=dict(answer)) for answer in answers]
    port.workers = made
    return made


def test_the_events_of_all_workers_are_one_timeline(port: Port) -> None:
    left = [{"tag": "ga4", "state": "delivered", "why": ""}, {"tag": "hook", "state": "failed", "why": "x"}]
    first, second = workers(
        port,
        told(event(200, page="/a"), event(400, page="/b"), since=150),
        told(event(300, left=left, user=True, worker=1), since=250, gaps=True),
    )
    data = port.page("/visitors/1.2")["data"]
    assert first.asked_to("visitor") == second.asked_to("visitor") == [{"client_id": "1.2", "before": 0}]
    assert [entry["at"] for page in data["sessions"][0]["pages"] for entry in page["entries"]] == [200, 300, 400]
    states = {"delivered": 1, "failed": 1}
    assert data["facts"] == {
        "shown_as": "1.2",
        "events": 3,
        "pages": 2,
        "user": True,
        "states": states,
        "first": 200,
        "last": 400,
    }
    assert (data["since"], data["gaps"], data["older"]) == (250, True, None)


def test_of_many_the_latest_are_shown_and_the_others_are_a_page_further(port: Port) -> None:
    workers(port, told(*(event(at) for at in range(200, 300)), found=150))
    data = port.page("/visitors/1.2")["data"]
    assert (data["facts"]["events"], data["older"]) == (SHOWN, 300 - SHOWN)
    workers(port, told(event(1)))
    older = port.page("/visitors/1.2?before=240")["data"]
    assert (older["before"], older["older"]) == (240, None)


def test_what_came_in_one_moment_is_not_cut_in_two(port: Port) -> None:
    workers(port, told(*(event(7) for _ in range(SHOWN + 5)), event(6)))
    data = port.page("/visitors/1.2")["data"]
    assert (data["facts"]["events"], data["older"]) == (SHOWN + 5, 7)


@pytest.mark.parametrize("before", ["", "x", "-1", "1e3", "9" * 19, "٣"])
def test_what_is_no_moment_is_none(port: Port, before: str) -> None:
    (only,) = workers(port, told())
    port.page(f"/visitors/1.2?before={before if before.isascii() else '%D9%A3'}")
    assert only.asked_to("visitor")[0]["before"] == 0


@pytest.mark.parametrize(
    ("client_id", "path"),
    [
        ("1307714608.1760043792", "/visitors/1307714608.1760043792"),
        ("a/b?c#d", "/visitors/a%2Fb%3Fc%23d"),
        ("<b>é", "/visitors/%3Cb%3E%C3%A9"),
        ("..", "/visitors?client_id=.."),
    ],
)
def test_a_client_id_is_found_whatever_it_is(port: Port, client_id: str, path: str) -> None:
    assert visitor_path(client_id) == path
    (only,) = workers(port, told())
    port.page(path)
    assert only.asked_to("visitor") == [{"client_id": client_id, "before": 0}]


def test_the_search_leads_to_the_visitor(port: Port) -> None:
    status, head, _ = port.get("/visitors?client_id=+a%2Fb+")
    assert (status, dict(head)["location"]) == (303, "/visitors/a%2Fb")


def test_without_a_client_id_there_are_those_that_are_remembered(port: Port) -> None:
    known: Any = {"shown_as": "1.2", "client_id": "1.2", "events": 2, "last": 5, "last_event": "x"}
    port.workers = [
        Worker(visitors={"visitors": [known]}),
        Worker(visitors={"visitors": [{**known, "last": 9, "last_event": "y"}]}),
    ]
    assert port.page("/visitors")["data"]["visitors"] == [{**known, "events": 4, "last": 9, "last_event": "y"}]
    assert united([]) == []


def test_where_no_worker_answers_nothing_is_remembered(port: Port) -> None:
    port.workers = [None]
    data = port.page("/visitors/1.2")["data"]
    assert (data["sessions"], data["since"], data["facts"]["events"]) == ([], 0, 0)
