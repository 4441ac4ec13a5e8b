"""The live page's stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from core.types import Delivered, Response
from server.admin.pages import stream as live
from server.admin.pages.stream import COUNTS_EVERY, MOST, WATCHED, Stream
from server.admin.workers import Workers
from server.control.following import Answer
from server.control.sockets import Command, socket_path
from server.control.workers import listen
from tests.server.admin.conftest import TOKEN, Port, Worker
from tests.server.inspection.conftest import HIT, NOW, Desk
from tests.server.raw import connected


class Screen:
    """An open page in front of workers' memories; each look is made by hand."""

    def __init__(self, folder: Path, desks: Sequence[Desk], **filters: str) -> None:
        self.folder = folder
        self.desks = desks
        self.asked: list[Command] = []
        self.workers = Workers([socket_path(folder, number) for number in range(len(desks))])
        self.stream = Stream(self.workers, filters, lambda: False)

    async def look(self) -> Any:
        return await self.stream._look()

    def play(self, scene: Any) -> None:
        async def run() -> None:
            async with AsyncExitStack() as stack:
                for number, desk in enumerate(self.desks):
                    stack.callback((await listen(socket_path(self.folder, number), self._answering(desk))).close)
                await scene()

        asyncio.run(run())

    def _answering(self, desk: Desk) -> Any:
        async def answer(command: Command) -> Answer:
            self.asked.append(command)
            return desk.inspector.answer(command)

        return answer


def events(told: Any) -> list[str]:
    return [line["events"][0] for line in told["requests"]]


def test_a_page_is_told_what_is_remembered_and_then_what_is_new(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk])
    desk.hit("first")

    async def scene() -> None:
        told = await screen.look()
        assert (events(told), told["missed"]) == (["first"], 0)
        assert await screen.look() is None
        desk.hit("second")
        desk.hit("third")
        told = await screen.look()
        assert (events(told), told["missed"]) == (["second", "third"], 0)

    screen.play(scene)


def test_a_page_is_told_how_many_were_turned_away_unread_by_all_workers(tmp_path: Path) -> None:
    desks = [Desk(tmp_path, worker=0), Desk(tmp_path, worker=1)]
    screen = Screen(tmp_path, desks)

    async def scene() -> None:
        assert await screen.look() is None
        assert sum(screen.stream._refused) == 0
        desks[0].turned_away = {"too_large": 2, "full": 1}
        desks[1].turned_away = {"too_large": 3}
        assert await screen.look() is None, "it is no news of a request"
        assert screen.stream._totals["refused"] == 6

    screen.play(scene)


def test_what_is_kept_and_what_matches_is_counted_every_few_looks(tmp_path: Path) -> None:
    screen = Screen(tmp_path, [Desk(tmp_path, worker=number) for number in range(2)], event="wanted")

    async def scene() -> None:
        screen.desks[0].hit("wanted")
        screen.desks[1].hit("other")
        await screen.look()
        first = screen.stream.counts
        assert (first["kept"], first["matching"], first["views"][""]) == (2, 1, 2)
        screen.desks[1].hit("wanted")
        await screen.look()
        assert screen.stream.counts == first
        for _ in range(COUNTS_EVERY):
            await screen.look()
        assert (screen.stream.counts["kept"], screen.stream.counts["matching"]) == (3, 2)

    screen.play(scene)


def test_the_filters_go_to_the_workers(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk], event="wanted", view="")
    desk.hit("wanted")
    desk.hit("other")

    async def scene() -> None:
        assert events(await screen.look()) == ["wanted"]
        assert screen.asked[0]["filters"] == {"event": "wanted", "view": ""}

    screen.play(scene)


def test_what_comes_faster_than_a_page_takes_is_counted(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk])

    async def scene() -> None:
        desk.hit("one")
        await screen.look()
        for number in range(MOST + 15):
            desk.hit(f"e{number}")
        told = await screen.look()
        assert events(told) == [f"e{number}" for number in range(15, MOST + 15)]
        assert told["missed"] == 15

    screen.play(scene)


def test_nothing_that_came_before_the_page_was_opened_is_missed(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk])
    for number in range(MOST + 15):
        desk.hit(f"e{number}")

    async def scene() -> None:
        told = await screen.look()
        assert (len(told["requests"]), told["missed"]) == (MOST, 0)

    screen.play(scene)


def test_a_request_that_is_answered_late_is_not_lost(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk])

    async def scene() -> None:
        slow = desk.met(desk.request(HIT.format(event="slow")), status=0)
        desk.hit("quick")
        assert events(await screen.look()) == ["quick"]
        assert await screen.look() is None
        desk.observer.answered(slow, 204, 9000)
        assert events(await screen.look()) == ["slow"]
        assert await screen.look() is None

    screen.play(scene)


def test_a_request_is_told_again_when_its_deliveries_go_on_and_no_more_once_they_are_over(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk])

    async def scene() -> None:
        record = desk.hit()
        assert [line["state"] for line in (await screen.look())["requests"]] == ["waiting"]
        assert await screen.look() is None
        desk.attempted(record, "ga4", Delivered(), Response(204))
        (line,) = (await screen.look())["requests"]
        assert (line["state"], [mark["mark"] for mark in line["marks"]]) == ("waiting", ["sent", "waiting"])
        desk.attempted(record, "archive", Delivered())
        told = await screen.look()
        assert [(line["id"], line["state"]) for line in told["requests"]] == [(record.request.id, "delivered")]
        assert told["missed"] == 0
        await screen.look()
        assert screen.asked[-1]["watch"] == []

    screen.play(scene)


def test_only_so_many_requests_are_watched(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk])

    async def scene() -> None:
        for _ in range(4):
            for _ in range(WATCHED // 2):
                desk.hit()
            await screen.look()
        assert await screen.look() is None
        assert len(screen.asked[-1]["watch"]) == WATCHED

    screen.play(scene)


def test_the_requests_of_all_workers_come_in_the_order_of_their_time_whatever_their_numbers(tmp_path: Path) -> None:
    desks = []
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        desks.append(Desk(tmp_path / str(number), worker=number))
    screen = Screen(tmp_path, desks)

    async def scene() -> None:
        desks[1].hit("before", at=NOW - 1)
        for number in range(MOST - 1):
            desks[number % 2].hit(f"e{number}", at=NOW + number)
        assert events(await screen.look()) == ["before", *(f"e{number}" for number in range(MOST - 1))]
        for desk in desks:
            for _ in range(MOST):
                desk.hit()
        told = await screen.look()
        assert (len(told["requests"]), told["missed"]) == (MOST, MOST)

    screen.play(scene)


def test_a_worker_that_does_not_answer_does_not_end_the_page(tmp_path: Path, desk: Desk) -> None:
    screen = Screen(tmp_path, [desk])
    desk.hit("seen")
    screen.stream = Stream(Workers([socket_path(tmp_path, 0), tmp_path / "nobody.sock"]), {}, lambda: False)

    async def scene() -> None:
        assert events(await screen.look()) == ["seen"]

    screen.play(scene)


def test_the_stream_ends_when_the_server_leaves(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY", 0.0)
    desk.hit("</script>\n\nevent: forged")
    looks = iter([False, False, True])
    screen = Screen(tmp_path, [desk])
    screen.stream = Stream(screen.workers, {}, lambda: next(looks))

    async def scene() -> None:
        told = [event async for event in screen.stream.events()]
        assert told[0] == "retry: 1000\n\n"
        assert len(told) == 3
        for event, name in zip(told[1:], ("requests", "counts"), strict=True):
            head, data, end, last = event.split("\n")
            assert (head, end, last) == (f"event: {name}", "", "")
            assert json.loads(data.removeprefix("data: "))

    screen.play(scene)


def test_a_quiet_stream_says_that_it_is_still_there(tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "EVERY", 0.0)
    monkeypatch.setattr(live, "QUIET", -1.0)
    screen = Screen(tmp_path, [desk])

    async def scene() -> None:
        stream: AsyncIterator[str] = screen.stream.events()
        assert [await anext(stream), await anext(stream)] == ["retry: 1000\n\n", ": still here\n\n"]

    screen.play(scene)


def test_an_open_page_is_told_over_the_wire_and_let_go_when_the_server_leaves(closed: Port, desk: Desk) -> None:
    desk.hit()
    closed.workers = [Worker(requests=desk.inspector.answer)]
    request = f"GET /live/stream?client=web HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            port = await closed.open(stack)
            raw = await stack.enter_async_context(connected(port))
            await raw.send(request.encode())
            head = await asyncio.wait_for(raw.reader.readuntil(b"\r\n\r\n"), 60)
            assert b"content-type: text/event-stream" in head.lower()
            assert b"content-security-policy" in head.lower()
            await asyncio.wait_for(raw.reader.readuntil(b"event: requests"), 60)
            closed.leaving = True
            await asyncio.wait_for(raw.reader.readuntil(b"0\r\n\r\n"), 60)

    asyncio.run(scenario())
