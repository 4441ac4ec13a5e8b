"""What the board counts is what the tables hold, whatever happens and in whatever order."""

from __future__ import annotations

import ast
import asyncio
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.component import Batch
from core.types import Delivered, Once, Outbound, Outcome, Payload, Rejected, Response, Retry
from server.delivery.source import Source
from server.outbox import writer
from server.outbox.files import database
from server.outbox.row import FORMAT, State
from tests.server.delivery.conftest import Stage
from tests.server.delivery.test_upkeep import leave_behind
from tests.server.outbox.played import FULL, Faulty, fault

DELIVERY = Path(__file__).parents[3] / "server" / "delivery"
COUNTED = {"pending", "rows", "dead", "held", "suppressed", "not_chosen", "removed", "notes"}
PLACES = ("https://a.example", "https://b.example")
HOUR, DAY = 3600.0, 86400.0
MEMORY = Path("/dev/shm")

WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A step takes some milliseconds of real time: a failing life is told as it was found."""

tags = st.sampled_from(["single", "batching", "unknown"])
places = st.sampled_from(PLACES)
few = st.integers(1, 3)


class Vendor:
    """Answers as it is told to: ``takes``, ``fails``, ``rejects``, ``mixes`` (row by row) or, until it is told otherwise, not."""

    def __init__(self) -> None:
        self.mood = "takes"
        self.speaks = asyncio.Event()

    async def answer(self, _: Outbound) -> Response:
        while self.mood == "silent":
            self.speaks.clear()
            await self.speaks.wait()
        return Response({"takes": 204, "mixes": 207, "fails": 503, "rejects": 400}[self.mood])

    def becomes(self, mood: str) -> None:
        self.mood = mood
        self.speaks.set()


def judge(outbound: Outbound, response: Response) -> Outcome | Sequence[Outcome]:
    if response.status == 207:
        mixed: list[Outcome] = [Delivered(), Rejected("no"), Retry("later")]
        return [mixed[index % 3] for index in range(len(outbound.payloads))]
    whole: dict[int, Outcome] = {204: Delivered(), 400: Rejected("HTTP 400"), 503: Retry("HTTP 503")}
    return whole[response.status]


class Lives(RuleBasedStateMachine):
    """A delivery over real files, which lives through anything."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.stage = Stage(self.root / "0")
        self.stage.folder.mkdir()
        self.stage.dead_max_age = 30 * DAY
        batching = type(self.stage.tag)()
        batching.batch = Batch(3, linger=2.0)
        batching.judging = self.stage.tag.judging = judge
        self.stage.tags = {"single": self.stage.tag, "batching": batching}
        self.runner = asyncio.Runner()
        self.lives = self.keys = self.left = 0
        self.faster = mock.patch.object(writer, "RETRY_WHEN_FULL", 0.002)
        self.faster.start()
        self.do(self.open())

    def do(self, scene: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(scene)

    async def open(self) -> None:
        self.vendor = Vendor()
        self.stage.answer = self.vendor.answer
        self.stage.open()
        await self.stage.delivery.upkeep.stop()  # what its rounds do is done by the rules
        await self.stage.settled()

    async def accept(self, deliveries: list[tuple[str, Payload]]) -> None:
        accepted = self.stage.delivery.accept(deliveries)
        await asyncio.wait([accepted], timeout=60)
        accepted.exception()

    def payloads(self, tag: str, place: str, number: int, *, keyed: bool = False, group: str = "") -> list[tuple[str, Payload]]:
        once = Once(str(self.keys % 5), 10**12) if keyed else None
        self.keys += keyed
        made = [self.stage.payload(str(n), place, group=group, position=n, once=None if n else once) for n in range(number)]
        return [(tag, each) for each in made]

    @rule(tag=tags, place=places, number=few, keyed=st.booleans(), group=st.sampled_from(["", "g"]))
    def accepted(self, tag: str, place: str, number: int, keyed: bool, group: str) -> None:
        self.do(self.accept(self.payloads(tag, place, number, keyed=keyed, group=group)))

    @rule(place=places, keyed=st.booleans())
    def cannot_be_stored(self, place: str, keyed: bool) -> None:
        bad = self.stage.payload({(1, 2): "no key of JSON"}, place)
        self.do(self.accept([*self.payloads("single", place, 2, keyed=keyed), ("single", bad)]))

    @rule(tag=tags, place=places, number=few, keyed=st.booleans())
    def refused_for_room(self, tag: str, place: str, number: int, keyed: bool) -> None:
        async def scene() -> None:
            board = self.stage.delivery.board
            file: Any = board.own.file
            faulty: Any = Faulty(file._connection)
            file._writer._connection = faulty
            faulty.fault = lambda text: fault(*FULL) if text == "COMMIT" else None
            await self.accept(self.payloads(tag, place, number, keyed=keyed))
            file._writer._connection = file._connection
            await self.stage.settled()
            assert board.full
            await self.stage.delivery.upkeep.round()

        self.do(scene())

    @rule(mood=st.sampled_from(["takes", "fails", "rejects", "mixes", "silent"]))
    def the_vendor(self, mood: str) -> None:
        self.vendor.becomes(mood)

    @rule(seconds=st.sampled_from([1.0, 60.0, HOUR]))
    def time_passes(self, seconds: float) -> None:
        self.do(self.stage.passes(seconds))

    @rule(days=st.sampled_from([0.0, 3.0, 31.0]))
    def looked_after(self, days: float) -> None:
        async def scene() -> None:
            self.stage.now += int(days * DAY * 1_000_000)
            await self.stage.delivery.upkeep.slow_round()
            for source in list(self.stage.delivery.board.sources):
                await self.stage.delivery.upkeep.give_keys_back(source)

        self.do(scene())

    def path(self, source: Source) -> Path:
        return database(self.stage.folder, source.file.number)

    @rule(action=st.sampled_from(["retry", "drop"]), state=st.sampled_from(["queued", "dead", "held", None]), tag=tags)
    def an_operator(self, action: str, state: str | None, tag: str) -> None:
        answer = self.do(self.stage.delivery.operate({"do": action, "tag": tag} | ({"state": state} if state else {})))
        assert "error" not in answer

    @rule(tag=tags)
    def stored_payloads_are_spoilt(self, tag: str) -> None:
        for source in self.stage.delivery.board.sources:
            self.write(self.path(source), "UPDATE rows SET body = x'7b' WHERE state = 0 AND tag = ?", tag)

    @rule(state=st.sampled_from([State.QUEUED, State.LEASED, State.DEAD]), number=few)
    def a_file_is_left(self, state: State, number: int) -> None:
        self.left += 1
        leave_behind(self.stage.folder, self.left, *[(str(n), state) for n in range(number)], tag="single", place=PLACES[0])
        self.looked_after(0.0)

    @rule(known=st.booleans())
    def reloaded(self, known: bool) -> None:
        self.do(self.use(self.stage.tags if known else {"single": self.stage.tags["single"]}))

    async def use(self, tags: Any) -> None:
        self.stage.delivery.use(tags)
        await self.stage.settled()

    @rule(crashes=st.integers(0, 6), later=st.booleans())
    def killed(self, crashes: int, later: bool) -> None:
        """The files as they are, and another process that opens them."""
        before, self.lives = self.stage.folder, self.lives + 1
        self.stage.folder = self.root / str(self.lives)
        shutil.copytree(before, self.stage.folder)
        self.do(self.abandon())
        shutil.rmtree(before)
        for path in self.stage.folder.glob("outbox-*.db"):
            self.write(path, "UPDATE rows SET crashes = ? WHERE state = 1", crashes)
            if later:
                self.write(path, f"UPDATE rows SET format = {FORMAT + 1}, state = 3 WHERE state = 0 AND id % 2 = ?", 0)
        self.do(self.open())

    @rule()
    @precondition(lambda self: self.vendor.mood != "silent")
    def stopped_and_started(self) -> None:
        self.do(self.stage.delivery.stop(1.0))
        self.do(self.open())

    @invariant()
    def the_board_is_what_the_tables_say(self) -> None:
        self.do(self.stage.settled())
        board = self.stage.delivery.board
        pending: Counter[tuple[str, str]] = Counter()
        for source in board.sources:
            rows, dead, held = Counter[str](), Counter[str](), 0
            for tag, place, state, number in self.read(self.path(source)):
                held += number * (state == State.HELD)
                dead[tag] += number * (state == State.DEAD)
                rows[tag] += number * (state != State.HELD)
                pending[tag, place] += number * (state in (State.QUEUED, State.LEASED, State.CLAIMED))
            assert (+source.rows, +source.dead, source.held) == (+rows, +dead, held)
            assert not any(number < 0 for number in (*source.rows.values(), *source.dead.values()))
        assert {key: each.pending for key, each in board.destinations.items() if each.pending} == dict(+pending)
        busy = sum(destination._slots.busy for destination in board.destinations.values())
        assert sum(source.on_wire for source in board.sources) == busy == 0 or self.vendor.mood == "silent"

    async def abandon(self) -> None:
        """The old process is stopped over files that nobody looks at any more."""
        self.vendor.becomes("takes")
        await self.stage.delivery.stop(1.0)

    async def drained(self) -> None:
        """With a vendor that takes events everything leaves that was not given up."""
        self.stage.delivery.use(self.stage.tags)
        self.vendor.becomes("takes")
        for _ in range(60):
            await self.stage.passes(HOUR)
            if not any(each.pending for each in self.stage.delivery.board.destinations.values()):
                return
        raise AssertionError("rows are left that nobody delivers")

    def teardown(self) -> None:
        try:
            self.do(self.drained())
            self.the_board_is_what_the_tables_say()
        finally:
            self.do(self.stage.delivery.stop(1.0))
            self.runner.close()
            self.faster.stop()
            shutil.rmtree(self.root)

    @staticmethod
    def read(path: Path) -> list[tuple[str, str, int, int]]:
        connection = sqlite3.connect(path)
        try:
            return connection.execute("SELECT tag, destination, state, count(*) FROM rows GROUP BY 1, 2, 3").fetchall()
        finally:
            connection.close()

    @staticmethod
    def write(path: Path, text: str, *values: Any) -> None:
        connection = sqlite3.connect(path)
        connection.execute(text, values)
        connection.commit()
        connection.close()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=12, stateful_step_count=20, phases=WITHOUT_SHRINKING)


def counting(path: Path) -> list[str]:
    """Where a module changes what only the board counts."""
    changed: list[ast.expr] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.AugAssign):
            changed.append(node.target)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("update", "subtract"):
            changed.append(node.func.value)
    bases = [node.value if isinstance(node, ast.Subscript) else node for node in changed]
    return [f"{path.name}:{node.lineno}" for node in bases if isinstance(node, ast.Attribute) and node.attr in COUNTED]


def test_only_the_board_counts() -> None:
    found = {path.name: counting(path) for path in sorted(DELIVERY.glob("*.py"))}
    assert found.pop("board.py")
    assert [place for places in found.values() for place in places] == []


def test_a_count_elsewhere_would_be_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("destination.pending -= 1\nsource.dead[tag] += 1\nsource.rows.subtract(tags)\nself.on_wire += 1\n")
    assert counting(planted) == ["planted.py:1", "planted.py:2", "planted.py:3"]
