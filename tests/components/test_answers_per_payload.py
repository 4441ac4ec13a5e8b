"""A vendor may answer for each event of a request: every tag's rows are then settled one by one, and no other row with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.component import Setup, Tag
from core.types import Delivered, Outbound, Outcome, Payload, Rejected, Response, Retry
from server.outbox.row import State
from tests.components.test_every_component import TAGS, context, load
from tests.plugin.bulk import Bulk, BulkSettings
from tests.server.delivery.conftest import Stage

EVENTS = 6
SAYS: tuple[Outcome, ...] = (Delivered(), Retry("not yet"), Rejected("never"))
"""What the vendor says of every first, second and third event."""


def left_of(payloads: Sequence[Payload], tag: Tag, stage: Stage, answer: Response) -> list[tuple[int, int, str]]:
    """What is stored of the payloads of one request once the vendor has answered: place, state and reason."""
    stage.tags = {"tag": tag}
    found: list[tuple[int, int, str]] = []

    async def send(_: Outbound) -> Response:
        return answer

    async def scene(stage: Stage) -> None:
        await stage.delivery.accept([("tag", payload) for payload in payloads])
        first = min((row[0] for row in stage.stored("id")), default=1)
        await stage.passes(2)
        found.extend((id - first, state, why) for id, state, why in stage.stored("id, state, why"))

    stage.send = send  # type: ignore[method-assign,assignment]  # a line is sent like a request
    stage.play(scene)
    return found


def judged(name: str, settings: Any, positions: list[int]) -> Tag:
    """The installed tag, with a vendor who says something else of each event."""
    component = load("tag", name)

    class Judged(component):  # type: ignore[misc,valid-type]  # whichever it is
        def pack(self, payloads: Sequence[Payload], now: int) -> Sequence[Outbound]:
            positions[:] = [payload.position for payload in payloads]
            packed: Sequence[Outbound] = super().pack(payloads, now)
            return packed

        def judge(self, request: Outbound, response: Response) -> Sequence[Outcome]:  # noqa: ARG002
            return [SAYS[positions[index] % 3] for index in request.payloads]

    tag: Tag = Judged(component.Settings.model_validate(settings), Setup(name))
    return tag


@pytest.mark.parametrize("name", TAGS)
def test_what_is_said_of_one_event_is_done_to_no_other(name: str, tmp_path: Path) -> None:
    example = load("tag", name).examples[0]
    tag, stage = judged(name, example.settings, []), Stage(tmp_path)
    payloads = [tag.map(example.event, context(example.event, position)) for position in range(EVENTS)]
    mapped = [payload for payload in payloads if isinstance(payload, Payload)]
    stage.now = mapped[0].received_at
    left = left_of(mapped, tag, stage, Response(200))
    waiting, dead = (State.QUEUED, "not yet"), (State.DEAD, "never")
    assert left == [(1, *waiting), (2, *dead), (4, *waiting), (5, *dead)]


def test_entries_that_a_vendor_refuses_are_parked_with_its_words(tmp_path: Path) -> None:
    tag = Bulk(BulkSettings(url="https://bulk.example/v1"), Setup("bulk"))
    stage = Stage(tmp_path)
    payloads = [stage.payload({"n": n}, "https://bulk.example", group="r", position=n) for n in range(4)]
    answer = Response(200, (), b'{"refused": {"1": "no price", "3": "no id"}}')
    assert left_of(payloads, tag, stage, answer) == [(1, State.DEAD, "no price"), (3, State.DEAD, "no id")]
