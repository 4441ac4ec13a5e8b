"""What programs ask of the admin port."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.control.following import Answer
from server.observe import Counts, Observer, Recorder
from tests.server.admin.conftest import GREEN, Port, Worker
from tests.server.in_force import EMPTY
from tests.server.inspection.conftest import NOW, Desk


def asked(port: Port, path: str) -> tuple[int, Any]:
    status, headers, body = port.get(path)
    assert headers["content-type"] == "application/json"
    return status, json.loads(body)


def telling() -> Answer:
    return {"worker": 0, **GREEN, **Observer(Counts(), Recorder(5, 0), EMPTY).snapshot(), "scripts": []}


def samples(port: Port, name: str) -> dict[str, float]:
    """The metric's value for each worker."""
    status, headers, body = port.get("/metrics")
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/plain")
    found = [each for family in text_string_to_metric_families(body.decode()) for each in family.samples if each.name == name]
    return {each.labels["worker"]: each.value for each in found}


@pytest.mark.parametrize("silent", [None, Worker(metrics={"error": "it failed: KeyError"})], ids=["gone", "failing"])
def test_metrics_are_told_of_every_worker_and_say_which_one_is_silent(port: Port, silent: Worker | None) -> None:
    port.workers = [Worker(metrics=telling()), silent]
    assert samples(port, "tagyard_up") == {"0": 1, "1": 0}
    assert samples(port, "tagyard_accepting") == {"0": 1, "1": 0}
    assert samples(port, "tagyard_health") == {"0": 0, "1": 2}


def test_what_the_process_above_the_workers_counts_is_told_once(port: Port) -> None:
    port.workers = [Worker(metrics=telling()), Worker(metrics={**telling(), "worker": 1})]
    port.beside = {"supervisor_log_lines_dropped": 3}
    _, _, body = port.get("/metrics")
    assert b"\ntagyard_supervisor_log_lines_dropped_total 3.0\n" in body


def test_a_worker_that_fails_to_say_how_it_is_is_red(port: Port) -> None:
    port.workers = [Worker(health={"error": "it failed: KeyError"}), Worker()]
    status, body = asked(port, "/ready")
    assert (status, body["colour"], body["reasons"]) == (200, "red", ["this worker does not answer"])


def test_the_latest_requests_of_all_workers_come_newest_first(port: Port, tmp_path: Path) -> None:
    desks = [Desk(tmp_path, worker=number) for number in (0, 2)]
    for number in range(4):
        desks[number % 2].hit(f"e{number}", at=NOW + number)
    first, second = (Worker(requests=desk.inspector.answer) for desk in desks)
    port.workers = [first, None, second]
    status, body = asked(port, "/api/requests?client=web&view=&unknown=x")
    assert (status, [line["events"] for line in body["requests"]]) == (200, [["e3"], ["e2"], ["e1"], ["e0"]])
    assert (body["counts"]["kept"], body["older"]) == (4, "")
    filters = {
        "view": "",
        "q": "",
        "offset": "",
        "event": "",
        "page": "",
        "client_id": "",
        "tag": "",
        "client": "web",
        "browser": "",
    }
    assert first.asked_to("requests") == [{"limit": 100, "filters": filters, "count": True, "before": ""}]


def test_the_next_page_begins_where_the_last_ended(port: Port, desk: Desk) -> None:
    for number in range(100):
        desk.hit(f"e{number}", at=NOW + number)
    port.workers = [Worker(requests=desk.inspector.answer)]
    first = asked(port, f"/api/requests?before={NOW + 50}.0.0")[1]
    assert (len(first["requests"]), first["requests"][0]["events"], first["older"]) == (50, ["e49"], "")


def test_a_request_is_told_masked_and_cannot_be_revealed_here(port: Port, desk: Desk) -> None:
    record = desk.hit(ip="203.0.113.77", extra="&ep.mail=a%40b.example")
    worker = Worker(request=desk.inspector.answer)
    port.workers = [worker]
    status, body = asked(port, f"/api/requests/0/{record.request.id}?reveal=true")
    assert (status, body["revealed"], body["id"]) == (200, False, record.request.id)
    assert "203.0.113.77" not in json.dumps(body)
    assert "b.example" not in json.dumps(body)
    assert worker.asked_to("request") == [{"id": record.request.id}]
    assert port.post(f"/api/requests/0/{record.request.id}", {"reveal": "true"})[0] == 405


@pytest.mark.parametrize("path", ["0/ffff", "7/ffff", "99999999999999999999/ffff", "1/ffff"])
def test_a_request_that_is_not_there_is_not_found(port: Port, desk: Desk, path: str) -> None:
    port.workers = [Worker(request=desk.inspector.answer), None]
    status, body = asked(port, f"/api/requests/{path}")
    assert status == 404
    assert "error" in body


@pytest.mark.parametrize("path", ["-1/x", "a/x", "0/x/y", "0"])
def test_what_names_no_worker_is_no_path(port: Port, path: str) -> None:
    assert port.get(f"/api/requests/{path}")[0] == 404


def test_hostile_text_does_not_break_the_answer(port: Port, desk: Desk) -> None:
    record = desk.measurement({"client_id": "1.2", "events": [{"name": "\ud800", "params": {"\udfff": "</script>\u2028"}}]})
    port.workers = [Worker(request=desk.inspector.answer, requests=desk.inspector.answer)]
    assert asked(port, f"/api/requests/0/{record.request.id}")[0] == 200
    assert asked(port, "/api/requests")[1]["requests"][0]["id"] == record.request.id
    assert port.page(f"/requests/0/{record.request.id}")["status"] == 200


def test_deliveries_are_the_workers_health(port: Port) -> None:
    assert asked(port, "/api/deliveries") == (200, {"accepting": True, "colour": "green", "reasons": [], "workers": [GREEN]})


def test_the_configuration_is_that_of_the_first_who_answers(port: Port) -> None:
    port.workers = [None, Worker(configuration={"path": "container.yaml"})]
    assert asked(port, "/api/configuration") == (200, {"path": "container.yaml"})
    port.workers = [None]
    assert asked(port, "/api/configuration") == (503, {"error": "no worker answers"})
