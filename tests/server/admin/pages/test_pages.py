"""The pages about requests, the Try page, and what is said where there is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog

from core.registry import installed
from server.admin.pages.components import components
from tests.server.admin.conftest import AMBER, SECRET_REASON, Port, Worker
from tests.server.inspection.conftest import HIT, Desk


def behind(port: Port, desk: Desk) -> Worker:
    """One worker that answers with the memory of this desk."""
    answer = desk.inspector.answer
    worker = Worker(**{"configuration": answer, "request": answer, "try": answer, "try_event": answer})
    port.workers = [worker]
    return worker


def test_every_page_tells_how_the_server_is(port: Port) -> None:
    port.workers = [Worker(health=AMBER), None]
    page = port.page("/nowhere")["page"]
    assert (page["colour"], page["reasons"]) == ("red", [SECRET_REASON, "this worker does not answer"])


def test_the_configuration_page_tells_which_websites_were_refused_by_all_workers_together(port: Port, desk: Desk) -> None:
    def refused(times: int) -> dict[str, object]:
        return {"name": "https://other.example", "times": times, "why": "it is not among server.allowed_origins"}

    health = [{**AMBER, "counts": {"pages": {"origins_of_preflights": [refused(times)]}}} for times in (2, 3)]
    port.workers = [Worker(configuration=desk.inspector.answer, health=each) for each in health]
    assert port.page("/configuration")["data"]["refused"] == [{"what": "preflights", **refused(5)}]


def test_pages_are_there_though_no_worker_is(port: Port) -> None:
    port.workers = [None]
    assert port.page("/")["data"]["limit"] is None
    assert port.page("/configuration")["status"] == 503
    assert port.page("/deliveries")["status"] == 200
    assert port.page("/scripts")["data"]["scripts"] == []
    assert port.page("/requests/0/x")["status"] == 404


def test_the_scripts_of_all_workers_and_what_was_asked_for_besides(port: Port) -> None:
    row = {
        "url": "https://up.example/gtag/js?id=G-1",
        "region": "",
        "age": 5,
        "fresh": True,
        "bytes": 9,
        "variants": 1,
        "failure": None,
    }
    port.workers = [
        Worker(scripts={"scripts": [row], "not_listed": [["AW-1", 1]], "unknown_hosts": [], "passed_on": []}),
        Worker(scripts={"scripts": [{**row, "age": 3}], "not_listed": [["AW-2", 1], ["AW-1", 4]]}),
        None,
    ]
    data = port.page("/scripts")["data"]
    assert data["scripts"] == [{**row, "age": 3}]
    ((title, advice, heads, rows),) = data["tables"]
    assert (title, heads, rows) == ("Asked for, not listed", ["id", "requests"], [["AW-1", 5], ["AW-2", 1]])
    assert advice.endswith("List under ids what shall come from here.")
    assert json.loads(port.get("/api/scripts")[2])["not_listed"] == [["AW-1", 5], ["AW-2", 1]]


def test_a_request_is_shown_masked_and_revealed_by_a_form_alone(port: Port, desk: Desk) -> None:
    worker = behind(port, desk)
    record = desk.hit(ip="203.0.113.77")
    path = f"/requests/0/{record.request.id}"
    with structlog.testing.capture_logs() as logs:
        page = port.page(f"{path}?reveal=true")
    assert (page["template"], page["data"]["ip"], logs) == ("request.html", "•••", [])
    assert port.get(f"{path}/reveal")[0] == 405
    with structlog.testing.capture_logs() as logs:
        status, _, body = port.post(f"{path}/reveal", {"show": "tab=request"})
    assert (status, json.loads(body)["data"]["shown"]["incoming"]["ip"]) == (200, "203.0.113.77")
    assert [line["request"] for line in logs] == [record.request.id]
    assert [each["reveal"] for each in worker.asked_to("request")] == [False, True]


def test_a_tab_an_event_and_a_tag_are_asked_for_by_the_address(port: Port, desk: Desk) -> None:
    worker = behind(port, desk)
    path = f"/requests/0/{desk.hit('purchase').request.id}"
    data = port.page(f"{path}?event=1&tab=tags&tag=hook&worker=7")["data"]
    assert data["shown"]["open"]["reasons"]["tag"] == "hook"
    assert port.page(f"{path}?tab=nonsense&event=x")["data"]["view"] == {"event": 1, "tab": "tags", "tag": ""}
    assert worker.asked_to("request")[0]["view"] == {"event": "1", "tab": "tags", "tag": "hook"}


def test_the_nearest_requests_of_the_visitor_are_those_of_all_workers(port: Port, desk: Desk) -> None:
    def near(worker: int, earlier: int | None, later: int | None) -> dict[str, Any]:
        sides = {"earlier": earlier, "later": later}
        return {side: at and {"worker": worker, "id": f"{worker}-{at}", "at": at} for side, at in sides.items()}

    first = behind(port, desk)
    first.answers["neighbours"] = near(0, 5, None)
    second, silent = Worker(neighbours=near(1, 7, 20)), Worker(neighbours={"error": "it failed: KeyError"})
    port.workers = [first, second, None, silent, Worker(neighbours=near(4, 6, 19))]
    record = desk.hit()
    data = port.page(f"/requests/0/{record.request.id}")["data"]
    assert (data["earlier"]["id"], data["later"]["id"]) == ("1-7", "4-19")
    asked = {"client_id": "1307714608.1760043792", "at": record.request.received_at, "id": record.request.id}
    assert second.asked_to("neighbours") == [asked]


def test_a_request_without_a_visitor_has_no_neighbours(port: Port, desk: Desk) -> None:
    worker = behind(port, desk)
    record = desk.met(desk.request(path="/nowhere", method="GET"))
    data = port.page(f"/requests/0/{record.request.id}")["data"]
    assert (data["earlier"], data["later"], worker.asked_to("neighbours")) == (None, None, [])


def test_a_part_is_had_as_plain_text(port: Port, desk: Desk) -> None:
    behind(port, desk)
    record = desk.hit("purchase", "&ep.x=%3Cscript%3E", ip="203.0.113.77")
    path = f"/requests/0/{record.request.id}"
    status, headers, body = port.get(f"{path}?text=event")
    assert (status, headers["content-type"], headers["x-content-type-options"]) == (200, "text/plain; charset=utf-8", "nosniff")
    assert json.loads(body)["x"] == "<script>"
    assert b"203.0.113.77" not in port.get(f"{path}?text=sent&tag=hook")[2]
    with structlog.testing.capture_logs() as logs:
        assert b"203.0.113.77" in port.post(f"{path}/reveal", {"show": "text=sent_body&tag=hook"})[2]
    assert len(logs) == 1


@pytest.mark.parametrize(
    "path", ["/requests/0/ffff", "/requests/5/ffff", "/requests/x/ffff", f"/requests/{'9' * 5000}/ffff", "/nowhere", "/requests"]
)
def test_what_is_not_there_is_told_on_a_page(port: Port, desk: Desk, path: str) -> None:
    behind(port, desk)
    page = port.page(path)
    assert (page["status"], page["template"], page["data"]["heading"]) == (404, "problem.html", "Not found")


def tried(port: Port, **fields: str) -> Any:
    status, _, body = port.post("/try", fields)
    assert status == 200
    return json.loads(body)["data"]


def test_the_try_page_begins_empty(port: Port, desk: Desk) -> None:
    behind(port, desk)
    data = port.page("/try")["data"]
    assert data == {
        "text": "",
        "kind": "auto",
        "client": "",
        "ip": "",
        "error": None,
        "result": 1,
        "results": [],
        "clients": ["web", "backend"],
    }


def test_what_is_tried_is_told_and_nothing_is_sent_or_remembered(port: Port, desk: Desk) -> None:
    behind(port, desk)
    text = f"/g/collect?{HIT.format(event='a')}\n/nowhere"
    data = tried(port, text=text, kind="url", client="backend", ip=" 203.0.113.9 ")
    assert (data["error"], data["text"], data["kind"], data["client"]) == (None, text, "url", "backend")
    assert [result["summary"] for result in data["results"]] == [
        "Claimed by web; 1 event; 2 of 3 tags fired.",
        "No client claims it.",
    ]
    assert all(result["tried"] for result in data["results"])
    assert [("shown" in result) for result in data["results"]] == [True, False]
    assert len(desk.observer.recorder) == 0


@pytest.mark.parametrize(
    ("show", "result", "tabs"),
    [
        ("", 1, ["tags", None]),
        ("result=1&tab=data", 1, ["data", None]),
        ("result=2&tab=reply", 2, [None, "reply"]),
        ("result=99", 2, [None, "request"]),
        ("result=-1", 1, ["tags", None]),
        ("result=x&tab=y", 1, ["tags", None]),
    ],
)
def test_of_several_that_are_tried_one_is_shown_in_full(
    port: Port, desk: Desk, show: str, result: int, tabs: list[str | None]
) -> None:
    behind(port, desk)
    data = tried(port, text=f"/g/collect?{HIT.format(event='a')}\n/nowhere", show=show)
    assert data["result"] == result
    assert [each["view"]["tab"] if "shown" in each else None for each in data["results"]] == tabs


def test_what_is_tried_is_had_as_plain_text_too(port: Port, desk: Desk) -> None:
    behind(port, desk)
    fields = {"text": f"/nowhere\n/g/collect?{HIT.format(event='a')}", "show": "result=2&text=event"}
    status, headers, body = port.post("/try", fields)
    assert (status, headers["content-type"], json.loads(body)["event_name"]) == (200, "text/plain; charset=utf-8", "a")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"text": ""}, "there is nothing to try"),
        ({"text": "hello", "kind": "auto"}, "neither a JSON object nor a URL"),
        ({"text": "/g/collect", "ip": "somewhere"}, "'somewhere' is not an IP address"),
        ({"text": "{}", "kind": "<script>"}, None),
        ({}, "there is nothing to try"),
    ],
)
def test_what_cannot_be_tried_is_told_beside_the_form(port: Port, desk: Desk, fields: dict[str, str], error: str | None) -> None:
    behind(port, desk)
    data = tried(port, **fields)
    assert (error or "") in (data["error"] or "")
    assert (data["error"] is None) == (error is None)
    assert data["kind"] == "auto"


def test_event_data_is_tried_as_read_by_a_client_that_there_is(port: Port, desk: Desk) -> None:
    worker = behind(port, desk)
    tried(port, text='{"event_name": "a"}', client="no such client")
    assert [each["client"] for each in worker.asked_to("try_event")] == ["web"]


def test_a_worker_that_goes_away_meanwhile_is_told(port: Port) -> None:
    port.workers = [Worker(**{"try": {"error": "it failed: KeyError"}})]
    data = tried(port, text="/g/collect")
    assert (data["results"], data["error"]) == ([], "This worker does not answer: it may be starting again.")


def test_every_component_is_in_the_reference_and_has_a_page(port: Port) -> None:
    registry = installed()
    for kind in port.page("/reference")["data"]["kinds"]:
        types = [each["type"] for each in kind["components"]]
        assert types == list(registry.types(kind["kind"]))
        assert "type" in kind["shared"]
        for type in types:
            data = port.page(f"/reference/{kind['kind']}/{type}")["data"]
            assert (data["component"]["type"], data["others"]) == (type, types)
    assert port.get("/reference/tag/none")[0] == 404
    for each in components():
        assert each["summary"]
        assert all(setting["name"] and setting["default"] for setting in each["settings"])
        assert all(example["title"] and example["given"] for example in each["examples"])
