"""A delivery is sent once more by an operator: what he is asked, when he cannot, and that one yes sends once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import pytest
import structlog

from core.types import Response
from server.delivery import Suppressed
from server.inspection import Sending
from server.inspection.sending import MOST_LISTED, MOST_QUESTIONS, MOST_TIMES
from server.observe import Record
from tests.server.delivery.conftest import START, Stage
from tests.server.inspection.conftest import FILE, Desk, payload_of, reload

ONCE = FILE + "deduplicate: {bought: {triggers: all, key: '{{ event.transaction_id }}'}}\n"
EXPIRED = "Its vendor takes it no more: it is older than the vendor takes."


class Counter:
    """An operator at a worker with an outbox, in front of a vendor who is played. ``tokens`` are 1, 2, 3 and so on."""

    def __init__(self, desk: Desk, stage: Stage) -> None:
        self.desk, self.stage = desk, stage
        stage.tags, stage.watch = dict(desk.serving.assembled.tags), desk.observer
        self.numbers: Iterator[int] = count(1)

    def play(self, scene: Callable[[], Awaitable[None]]) -> None:
        async def played(stage: Stage) -> None:
            self.sending = Sending(0, self.desk.observer, stage.delivery, lambda: START, lambda: str(next(self.numbers)))
            await scene()

        self.stage.play(played)

    async def bought(self) -> Record:
        """A purchase that was accepted; its deliveries to ga4 and hook are over."""
        record = self.desk.hit("purchase", "&ep.transaction_id=T-1", ip="203.0.113.7")
        deliveries = [each for each in record.run.deliveries() if each[0] != "archive"]
        await self.stage.delivery.accept(deliveries)
        await self.stage.settled()
        return record

    async def ask(self, record: Record, tag: str = "ga4", event: object = 1) -> Any:
        return await self.sending.answer({"do": "delivery", "id": record.request.id, "tag": tag, "event": event})

    async def send(self, record: Record, token: str) -> Any:
        return await self.sending.answer({"do": "send_again", "id": record.request.id, "token": token})


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    folder = tmp_path / "outbox"
    folder.mkdir()
    return Counter(Desk(tmp_path, ONCE), Stage(folder))


def test_one_yes_sends_once_however_often_it_is_said(counter: Counter) -> None:
    async def scene() -> None:
        record = await counter.bought()
        asked = await counter.ask(record)
        assert (asked["state"], asked["why_not"], asked["token"], asked["keyed"]) == ("delivered", "", "1", True)
        assert (asked["name"], asked["destination"]) == ("purchase", "https://www.google-analytics.com")
        before = len(counter.stage.sent)
        with structlog.testing.capture_logs() as logs:
            first, second = await asyncio.gather(counter.send(record, "1"), counter.send(record, "1"))
            assert first == second == await counter.send(record, "1")
        await counter.stage.settled()
        assert (first["tag"], first["event"], first["row"]) == ("ga4", 1, "0-3")
        assert len(counter.stage.sent) == before + 1, "and no key keeps it out"
        (line,) = [each for each in logs if "operator" in each["event"]]
        assert (line["log_level"], line["tag"], line["row"], line["request"]) == ("warning", "ga4", "0-3", record.request.id)
        assert counter.desk.observer.counts.sent_once_more == {"ga4": 1}

    counter.play(scene)


def test_it_shows_as_a_row_of_its_own_and_as_a_further_attempt(counter: Counter) -> None:
    async def scene() -> None:
        record = await counter.bought()
        counter.stage.answers(Response(503))
        await counter.send(record, (await counter.ask(record))["token"])
        await counter.stage.settled()
        asked = await counter.ask(record)
        assert [(row["state"], row["name"], row["again"]) for row in asked["rows"]] == [
            ("delivered", "", False),
            ("failed", "0-3", True),
        ]
        (ga4, _, _) = counter.desk.detail(record)["outgoing"]
        assert (ga4["state"], ga4["row"]) == ("failed", "0-3")
        assert [(each["number"], each["again"], each["status"]) for each in ga4["attempts"]] == [(1, False, 204), (1, True, 503)]
        assert ga4["rows"] == [{"name": "0-3", "event": 1, "state": "failed", "again": True}]

    counter.play(scene)


def test_what_waits_can_be_sent_beside_itself(counter: Counter) -> None:
    async def scene() -> None:
        counter.stage.answers(Response(503))
        record = await counter.bought()
        asked = await counter.ask(record)
        assert (asked["state"], asked["why_not"], [row["name"] for row in asked["rows"]]) == ("failed", "", ["0-1"])
        counter.stage.answers(Response(204))
        await counter.send(record, asked["token"])
        await counter.stage.settled()
        states = [(row["state"], row["again"]) for row in (await counter.ask(record))["rows"]]
        assert states == [("failed", False), ("delivered", True)]

    counter.play(scene)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  hook:\n", "  other:\n", "has no tag hook any more"),
        ("triggers: purchases\n", "triggers: purchases\n    paused: true\n", "is paused"),
        ("  hook:\n    type: http_request", "  hook: {type: log}\n  other:\n    type: http_request", "is of another type now"),
    ],
)
def test_a_tag_that_would_not_send_it_says_why(counter: Counter, old: str, new: str, words: str) -> None:
    async def scene() -> None:
        record = await counter.bought()
        token = (await counter.ask(record, "hook"))["token"]
        reload(counter.desk, old, new)
        counter.desk.observer.serving = counter.desk.serving
        asked = await counter.ask(record, "hook")
        assert words in asked["why_not"]
        assert asked["token"] == ""
        before = len(counter.stage.sent)
        assert words in (await counter.send(record, token))["error"], "it became so after the question"
        await counter.stage.settled()
        assert len(counter.stage.sent) == before

    counter.play(scene)


def test_a_delivery_that_is_not_there_or_is_better_retried_says_so(counter: Counter) -> None:
    async def scene() -> None:
        desk, record = counter.desk, await counter.bought()
        refused, twice = desk.hit(), desk.hit()
        desk.observer.refused(refused, "the outbox is full")
        desk.observer.suppressed(twice, [Suppressed("ga4", payload_of(twice, "ga4"), 5)])
        assert "its sender was told so" in (await counter.ask(refused))["why_not"]
        assert "left out as a duplicate" in (await counter.ask(twice))["why_not"]
        for tag, event in (("ga4", 2), ("none", 1), ("hook", "1"), ("ga4", None)):
            assert "did not fire" in (await counter.ask(record, tag, event))["error"]

    counter.play(scene)


def test_a_dead_letter_is_to_be_retried(counter: Counter) -> None:
    async def scene() -> None:
        counter.stage.answers(Response(400))
        record = await counter.bought()
        asked = await counter.ask(record, "hook")
        assert (asked["state"], asked["token"]) == ("dead", "")
        assert "retry it" in asked["why_not"]
        assert [row["name"] for row in asked["rows"]] == ["0-2"]

    counter.play(scene)


def test_what_its_vendor_takes_no_more_is_not_sent(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        record = await counter.bought()
        tag = type(counter.desk.serving.assembled.tags["ga4"])
        monkeypatch.setattr(tag, "expired", lambda *_: "it is older than the vendor takes")
        assert (await counter.ask(record))["why_not"] == EXPIRED

    counter.play(scene)


def test_a_dry_run_sends_nothing(desk: Desk) -> None:
    async def scene() -> None:
        record, sending = desk.hit(), Sending(0, desk.observer, None, lambda: START)
        asked = await sending.answer({"do": "delivery", "id": record.request.id, "tag": "ga4", "event": 1})
        assert (asked["state"], asked["why_not"], asked["token"]) == ("not sent", "This is a dry run: nothing is sent.", "")

    asyncio.run(scene())


def test_where_nothing_can_be_stored_nothing_is_sent_and_nothing_is_shown_of_it(counter: Counter) -> None:
    async def scene() -> None:
        record = await counter.bought()
        token = (await counter.ask(record))["token"]
        counter.stage.delivery.board.stopped = True
        assert (await counter.send(record, token))["error"] == "Nothing was sent: stopping."
        counter.stage.delivery.board.stopped = False
        assert [row["again"] for row in (await counter.ask(record))["rows"]] == [False]
        assert counter.desk.observer.counts.sent_once_more == {}

    counter.play(scene)


def test_only_who_was_asked_says_yes_and_only_about_that(counter: Counter) -> None:
    async def scene() -> None:
        record, other = await counter.bought(), counter.desk.hit()
        token = (await counter.ask(record))["token"]
        for answer in (await counter.send(record, "made up"), await counter.send(other, token)):
            assert "Nothing was sent" in answer["error"]
        for _ in range(MOST_QUESTIONS):
            await counter.ask(record)
        assert "asked too long ago" in (await counter.send(record, token))["error"]
        forgotten = await counter.sending.answer({"do": "send_again", "id": "gone", "token": token})
        assert "no longer remembered" in forgotten["error"]

    counter.play(scene)


def test_it_is_not_sent_for_ever(counter: Counter) -> None:
    async def scene() -> None:
        record = await counter.bought()
        for _ in range(MOST_TIMES):
            await counter.send(record, (await counter.ask(record))["token"])
            await counter.stage.settled()
        asked = await counter.ask(record)
        assert (asked["why_not"], len(asked["rows"])) == ("It was sent once more 10 times already.", 1 + MOST_TIMES)

    counter.play(scene)


def test_all_deliveries_of_a_request_are_told(counter: Counter) -> None:
    async def scene() -> None:
        record = await counter.bought()
        told = await counter.sending.answer({"do": "deliveries", "id": record.request.id})
        assert [(each["tag"], each["event"], each["state"]) for each in told["deliveries"]] == [
            ("ga4", 1, "delivered"),
            ("hook", 1, "delivered"),
            ("archive", 1, "waiting"),
        ]
        assert counter.sending.knows({"do": "deliveries"})
        assert not counter.sending.knows({"do": "drop"})

    counter.play(scene)


def test_what_is_told_of_deliveries_is_worked_out_beside_the_event_loop_and_bounded(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []

    def personal(*_: object) -> set[str]:
        threads.append(current_thread() is main_thread())
        return set()

    monkeypatch.setattr("server.inspection.glance.personal_values", personal)
    body = "\r\n".join("en=page_view" for _ in range(MOST_LISTED)).encode()

    async def scene() -> None:
        record = counter.desk.met(counter.desk.request("v=2&tid=G-ABC1234567&cid=1.2", body))
        told = await counter.sending.answer({"do": "deliveries", "id": record.request.id})
        assert (len(told["deliveries"]), told["more"]) == (MOST_LISTED, len(record.run.deliveries()) - MOST_LISTED)
        assert told["more"] > 0
        await counter.ask(record)
        assert threads == [False, False], "once for all of them, and never in the loop"

    counter.play(scene)
