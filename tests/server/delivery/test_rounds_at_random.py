"""Whatever a vendor answers, and whatever comes meanwhile: each row is delivered once, or given up for its own fault."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from core.component import Batch
from core.types import Delivered, Outbound, Outcome, Response, Retry
from server.delivery import source
from tests.server.delivery.test_rounds import naming_all, naming_none, naming_the_first, wrong

Stage = Any

ROUNDS = 20
ROWS_OF_A_ROUND = 15


class Vendor:
    """Is unwell now and then, and refuses a batch in one way or another. ``taken`` has the names of what it took."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        self.requests = 0
        self.taken: list[str] = []

    async def answer(self, _: Outbound) -> Response:
        self.requests += 1
        return Response(self.luck.choices([200, 503, 429], [8, 1, 1])[0])

    def judge(self, outbound: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
        if response.status != 200:
            return Retry(f"HTTP {response.status}", after=3.0 if response.status == 429 else 0.0)
        if wrong(outbound):
            return self.luck.choice([naming_none, naming_the_first, naming_all])(outbound, response)
        names = getattr(outbound, "body", b"").decode().split(",")
        outcomes = [Delivered() if self.luck.random() < 0.9 else Retry("stopped") for _ in names]
        self.taken += [name for name, outcome in zip(names, outcomes, strict=True) if isinstance(outcome, Delivered)]
        return outcomes


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_each_is_delivered_once_or_given_up(stage: Stage, seed: int, shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = Vendor(seed)
    rows = ROUNDS * ROWS_OF_A_ROUND
    names = [f"bad{number}" if vendor.luck.random() < 0.1 else f"e{number}" for number in range(rows)]

    async def scene(stage: Stage) -> None:
        stage.delivery.board.own.shared = shared
        for beginning in range(0, rows, ROWS_OF_A_ROUND):
            for name in names[beginning : beginning + ROWS_OF_A_ROUND]:
                await stage.accept(name)
            await stage.passes(1)
        for _ in range(1000):
            if stage.delivery.board.rows_by_tag() == stage.delivery.board.dead_letters():
                break
            await stage.passes(1)
        assert sorted(vendor.taken) == sorted(name for name in names if not name.startswith("bad"))
        parked = [body for (body,) in stage.stored("CAST(body AS TEXT)")]
        assert sorted(parked) == sorted(f'"{name}"' for name in names if name.startswith("bad"))
        assert vendor.requests < rows

    monkeypatch.setattr(source, "REMEMBERED", 20)
    stage.answer, stage.tag.judging = vendor.answer, vendor.judge
    stage.tag.batch = Batch(50, linger=1.0)
    stage.play(scene)
