"""Which rows share a job, and what keeps a faulty tag or payload from harming the others."""

from __future__ import annotations

from typing import Any

import pytest

from core.component import Batch
from core.types import Outbound, OutboundRequest, Payload, Response
from server.delivery import source as sources
from server.delivery.batching import Batching
from server.delivery.source import Part
from server.outbox.jetstream.leasing import MOST_IN_HANDS
from server.outbox.row import Row
from tests.core.tiny import Keep
from tests.server.outbox.memory import MemoryStore
from tests.server.outbox.memory_disk import Disk

Stage = Any


class Named(Keep):
    """A tag that names companions by the first letter of the body."""

    def companions(self, payload: Payload, now: int) -> str | None:  # noqa: ARG002
        if payload.body == "faulty":
            raise RuntimeError("a fault")
        return payload.body[0] if payload.body.startswith("x") else None


def row(id: int, body: str, *, group: str = "", attempts: int = 1, crashes: int = 0, at: int = 0, position: int = 0) -> Row:
    payload = Payload(body, "https://v.example", received_at=at, group=group, position=position)
    return Row(id, "ga4", payload, at, attempts, crashes)


@pytest.mark.parametrize(
    ("rows", "jobs"),
    [
        ([row(1, "a", group="g"), row(2, "b", group="g"), row(3, "c", group="h")], [[1, 2], [3]]),
        ([row(1, "a", group="g", position=1), row(2, "b", group="g", position=0)], [[2, 1]]),
        ([row(1, "a", group="g", attempts=2), row(2, "b", group="g", attempts=2)], [[1], [2]]),
        ([row(1, "x1", group="g", attempts=9, at=5), row(2, "x2", group="h", at=3)], [[2, 1]]),
        ([row(1, "x1", crashes=1), row(2, "x2")], [[1], [2]]),
        ([row(7, "x1"), row(2, "x2"), row(8, "x3"), row(3, "x4"), row(9, "x5")], [[7, 8], [2, 3], [9]]),
        ([row(7, "a", attempts=2), row(8, "b", attempts=2)], [[7], [8]]),
        ([row(1, "faulty", group="g"), row(2, "faulty", group="g")], [[1, 2]]),
        ([row(1, "a"), row(2, "b")], [[1], [2]]),
        ([], []),
    ],
)
def test_which_rows_travel_together(rows: list[Row], jobs: list[list[int]]) -> None:
    half, other = Part(1), Part(1)
    parts = {7: half, 8: half, 9: other}
    assert [[each.id for each in group.rows] for group in Batching(Named(), int).together(rows, parts)] == jobs


def test_a_tag_that_names_no_companions_has_none() -> None:
    groups = Batching(None, int).together([row(1, "x1"), row(2, "x2")], {})
    assert [(len(group.rows), group.full) for group in groups] == [(1, True), (1, True)]


class Collecting(Named):
    """Three payloads, or twelve bytes as they are stored, at once."""

    batch = Batch(3, most_bytes=12, linger=2.5)


@pytest.mark.parametrize(
    ("bodies", "groups"),
    [
        (["x1"], [(["x1"], False)]),
        (["x1", "x2", "x3"], [(["x1", "x2", "x3"], True)]),
        (["x1", "x2", "x3", "x4"], [(["x1", "x2", "x3"], True), (["x4"], False)]),
        (["x1", "xxxxxx", "x2"], [(["x1", "xxxxxx"], True), (["x2"], False)]),
        (["x1", "xxxxxxx", "x2"], [(["x1"], True), (["xxxxxxx"], True), (["x2"], False)]),
        (["xxxxxxxxxxxxxxxxxxxx", "x2"], [(["xxxxxxxxxxxxxxxxxxxx"], True), (["x2"], False)]),
        (["y", "x1", "z"], [(["y"], True), (["x1"], False), (["z"], True)]),
    ],
)
def test_a_batch_keeps_within_its_limits(bodies: list[str], groups: list[tuple[list[str], bool]]) -> None:
    found = Batching(Collecting(), int).together([row(number, body) for number, body in enumerate(bodies, 1)], {})
    assert [([each.payload.body for each in group.rows], group.full) for group in found] == groups


def test_how_long_a_payload_waits_and_for_whom() -> None:
    batching = Batching(Collecting(), int)
    assert batching.linger == 2_500_000
    assert [batching.company(row(1, body).payload) for body in ("x1", "y", "faulty")] == ["x", None, None]
    assert [batching.is_full(*much) for much in ((2, 11), (3, 0), (1, 12))] == [False, True, True]
    assert Batching(Named(), int).linger == 0


def test_a_batch_of_companions_that_is_refused_goes_in_halves_from_then_on(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        async def answer(outbound: Outbound) -> Response:
            assert isinstance(outbound, OutboundRequest)
            return Response(503) if stage.down else Response(400 if b"bad" in outbound.body else 204)

        stage.answer, stage.down = answer, True
        stage.tag.batch = Batch(100, linger=0)
        for body in ("a", "bad", "c"):
            await stage.accept(body)
        await stage.settled()
        stage.down = False
        stage.sent.clear()
        for _ in range(8):
            await stage.passes(60)
        assert stage.sent[0].count(",") > 0
        assert [row[0] for row in stage.stored("body")] == [b'"bad"']
        assert "bad" in stage.sent
        assert stage.delivery.board.own.parts == {}

    stage.play(scene)


def test_a_fault_while_an_answer_is_taken_leaves_no_row_behind(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        stage.tag.noting = lambda *_: 1 / 0
        await stage.accept("a")
        await stage.settled()
        assert stage.stored("state, why") == [(0, "a fault of ours: ZeroDivisionError")]
        stage.tag.noting = lambda *_: None
        await stage.passes(60)
        assert stage.stored() == []

    stage.play(scene)


def test_a_request_of_which_one_payload_cannot_be_stored_leaves_nothing_behind(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        accepted = stage.delivery.accept([("ga4", stage.payload("a")), ("ga4", stage.payload({(1, 2): "no key of JSON"}))])
        with pytest.raises(TypeError):
            await accepted
        await stage.settled()
        assert (stage.sent, stage.stored()) == ([], [])
        for number in range(200):
            await stage.accept(str(number))
        await stage.settled()
        assert len(stage.sent) == 200
        assert stage.delivery.health()["destinations"][0]["pending"] == 0

    stage.play(scene)


def test_a_job_that_was_handed_over_at_the_last_moment_is_put_back(stage: Stage) -> None:
    async def scene(stage: Stage) -> None:
        await stage.accept("a")
        await stage.settled()
        (destination,) = stage.delivery.board.destinations.values()
        accepted = stage.delivery.accept([("ga4", stage.payload("b"))])
        await accepted
        destination.hold()
        for job in list(destination._under_way):
            destination._work.give_up(destination, job)
        await stage.settled()
        assert stage.stored("state, why") == [(0, "the process stopped before this was sent")]

    stage.play(scene)


@pytest.mark.parametrize("shared", [False, True])
def test_of_rows_that_others_share_not_all_parts_are_remembered(shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "REMEMBERED", 4)
    store = MemoryStore(Disk(), 0, straight=False, now=None)
    store.shared = shared
    source = sources.Source(store)
    for first in range(0, 12, 2):
        source.divide([first, first + 1])
        assert source.parts.keys() >= {first, first + 1}
        assert source.parts[first] != source.parts[first + 1]
    assert source.parts.keys() == (set(range(8, 12)) if shared else set(range(12)))
    source.divide(range(12, 20))
    assert source.parts.keys() >= {*range(12, 20)}


def test_more_rows_are_remembered_than_a_shared_store_gives_at_once() -> None:
    assert sources.REMEMBERED >= 4 * MOST_IN_HANDS
