"""Short addresses of requests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from server.control.following import Answer
from server.control.sockets import Command
from tests.server.admin.conftest import Port, Worker
from tests.server.inspection.conftest import HIT, Desk

GONE: Answer = {"error": "gone"}
NOTHING: Sequence[dict[str, Any]] = ({"id": "x"}, {"parameters": {"_p": "2"}}, {"parameters": {}}, {})


def knows(worker: int, id: str) -> Worker:
    def find(command: Command) -> Answer:
        found = command.get("id") == id or command.get("parameters") == {"_p": "7", "_s": "2"}
        return {"worker": worker, "id": id} if found else GONE

    return Worker(find=find)


@pytest.mark.parametrize("path", ["/r/abc", "/r?_p=7&_s=2"])
def test_whichever_worker_has_the_request_its_page_is_led_to(port: Port, path: str) -> None:
    port.workers = [Worker(find=GONE), None, knows(2, "abc")]
    status, headers, _ = port.get(path)
    assert (status, headers["location"]) == (303, "/requests/2/abc")


def test_a_request_that_nobody_remembers_is_said_to_be_gone(port: Port) -> None:
    port.workers = [Worker(find=GONE)]
    assert port.get("/r/abc")[0] == 404


def test_only_who_is_signed_in_is_led_anywhere(port: Port) -> None:
    port.workers, port.access = [knows(0, "abc")], Port.LOCKED
    status, headers, _ = port.get("/r/abc")
    assert not headers.get("location", "").startswith("/requests")
    assert status in (303, 401)


def test_a_request_is_found_by_its_id_or_by_what_its_query_has(tmp_path: Path) -> None:
    desk = Desk(tmp_path, worker=3)
    first, second = (desk.hit(extra=f"&_s={number}") for number in (1, 2))
    assert "_p=1&" in HIT
    assert desk.ask("find", id=first.request.id) == {"worker": 3, "id": first.request.id}
    assert desk.ask("find", parameters={"_p": "1", "_s": "1"})["id"] == first.request.id
    assert desk.ask("find", parameters={"_p": "1"})["id"] == second.request.id, "of several the latest"
    for nothing in NOTHING:
        assert "error" in desk.ask("find", **nothing)
