"""Readiness: the workers' health as one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from config import ServerSettings
from server.admin import OPEN, Door, admin_app
from server.admin.health import SILENT, WorkerHealth, health_of, summary
from server.control.following import Answer
from server.control.sockets import Command, socket_path
from server.control.workers import listen
from tests.server.raw import exchange, serving

GREEN: WorkerHealth = {"accepting": True, "colour": "green", "reasons": []}
AMBER: WorkerHealth = {"accepting": True, "colour": "amber", "reasons": ["the outbox is half full"]}
RED: WorkerHealth = {"accepting": False, "colour": "red", "reasons": ["the disk is full", "the outbox is half full"]}


@pytest.mark.parametrize(
    ("workers", "accepting", "colour", "reasons"),
    [
        ([GREEN], True, "green", []),
        ([GREEN, AMBER], True, "amber", ["the outbox is half full"]),
        ([AMBER, GREEN, RED], True, "red", ["the disk is full", "the outbox is half full"]),
        ([RED, RED], False, "red", ["the disk is full", "the outbox is half full"]),
        ([{**RED, "accepting": True}], True, "red", ["the disk is full", "the outbox is half full"]),
        ([], False, "red", []),
    ],
)
def test_workers_are_as_one_accepting_where_any_is_and_as_red_as_the_reddest(
    workers: list[Any], accepting: bool, colour: str, reasons: list[str]
) -> None:
    assert summary(workers) == {"accepting": accepting, "colour": colour, "reasons": reasons, "workers": workers}


@pytest.mark.parametrize(
    ("levels", "level", "reasons"),
    [
        (["durable", "durable"], "durable", []),
        (["durable", "unverified"], "unverified", ["why unverified"]),
        (["unverified", "weak", "durable"], "weak", ["why unverified", "why weak"]),
    ],
)
def test_a_shared_outbox_is_worth_what_the_weakest_has_found(levels: list[str], level: str, reasons: list[str]) -> None:
    found = [{**GREEN, "durability": each, "durability_reasons": [] if each == "durable" else [f"why {each}"]} for each in levels]
    told = summary([*found, SILENT])  # type: ignore[list-item]  # made of parts
    assert (told["durability"], told["durability_reasons"]) == (level, reasons)


def test_what_whoever_starts_a_worker_says_of_it_is_red() -> None:
    assert health_of(GREEN, None) == GREEN
    assert health_of(None, None) == health_of({"error": "no"}, None) == SILENT
    assert health_of(AMBER, "worker 0 ended") == {
        **AMBER,
        "colour": "red",
        "reasons": ["the outbox is half full", "worker 0 ended"],
    }
    assert health_of(None, "worker 0 ended") == {"accepting": False, "colour": "red", "reasons": ["worker 0 ended"]}


def ready(
    tmp_path: Path, *workers: Mapping[str, Any] | None, request: bytes = b"GET /ready", host: bytes = b"localhost"
) -> tuple[int, dict[str, str], Any]:
    async def scenario() -> tuple[int, dict[str, str], Any]:
        async with AsyncExitStack() as stack:
            for number, health in enumerate(workers):
                if health:
                    stack.callback((await listen(socket_path(tmp_path, number), answering(health))).close)
            sockets = [socket_path(tmp_path, number) for number in range(len(workers))]
            app = admin_app(sockets, Door(OPEN, ServerSettings(), lambda: 0), leaving=lambda: False, clock=lambda: 0)
            _, port = await stack.enter_async_context(serving(app))
            status, headers, body = await exchange(port, request + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
            return status, headers, json.loads(body) if status in (200, 503) else None

    return asyncio.run(scenario())


def answering(health: Mapping[str, Any]) -> Any:
    async def answer(command: Command) -> Answer:
        assert command == {"do": "health"}
        return dict(health)

    return answer


def test_ready_is_200_while_a_worker_accepts(tmp_path: Path) -> None:
    status, headers, body = ready(tmp_path, AMBER, RED)
    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert body == summary([AMBER, RED])


def test_ready_is_503_where_none_does(tmp_path: Path) -> None:
    status, _, body = ready(tmp_path, RED)
    assert (status, body["accepting"], body["colour"]) == (503, False, "red")


def test_a_worker_that_does_not_answer_is_red_and_the_others_still_count(tmp_path: Path) -> None:
    status, _, body = ready(tmp_path, GREEN, None)
    assert (status, body["colour"], body["reasons"]) == (200, "red", ["this worker does not answer"])
    assert ready(tmp_path / "gone", None, None)[0] == 503


@pytest.mark.parametrize("host", [b"127.0.0.1:8081", b"LOCALHOST:8081", b"[::1]:8081", b"127.1.2.3"])
def test_it_answers_to_the_names_of_this_machine(tmp_path: Path, host: bytes) -> None:
    assert ready(tmp_path, GREEN, host=host)[0] == 200


@pytest.mark.parametrize("host", [b"rebound.example", b"localhost.evil.example", b"127.0.0.1.evil.example"])
def test_a_name_that_was_made_to_point_here_is_refused(tmp_path: Path, host: bytes) -> None:
    assert ready(tmp_path, GREEN, host=host)[0] == 421


def test_what_is_no_name_is_refused(tmp_path: Path) -> None:
    assert ready(tmp_path, GREEN, host=b"a@127.0.0.1")[0] == 400
