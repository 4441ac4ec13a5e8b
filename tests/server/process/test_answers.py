"""What a worker answers on its control socket of itself; what it is asked about requests and rows has tests where that is."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.inspection import Inspector, Sending
from server.loading.serving import Serving
from server.outbox.durability import Durability
from server.process import answers
from server.process.answers import Answers
from server.process.loader import Loader
from server.process.outcome import Outcome
from server.process.reloading import Reloading
from tests.server.process.test_parts import Desk, file, run


class Slow:
    """Reads the file once somebody lets it."""

    def __init__(self, load: Loader) -> None:
        self.may = threading.Event()
        self._load = load

    def __call__(self) -> Serving:
        assert self.may.wait(60)
        return self._load()


def worker(desk: Desk, slow: Slow) -> Answers:
    observer = desk.parts.observer
    inspector = Inspector(3, lambda: observer.recorder, lambda: observer.serving, lambda: 1)

    def take(serving: Serving) -> Outcome:
        inspector.reloads.accepted(serving.since)
        return Outcome(serving.path, configuration="digest")

    def refuse(error: Exception) -> Outcome:
        inspector.reloads.refused(1_700_000_000_000_000, str(error).splitlines())
        return Outcome(desk.path, failure=str(error))

    sending = Sending(3, observer, desk.parts.delivery, lambda: 1)
    return Answers(3, 4, ("127.0.0.1", 8080), desk.parts, inspector, sending, Reloading(slow, take, refuse))


def test_a_reload_that_takes_its_time_is_answered_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(desk: Desk) -> None:
        slow = Slow(desk.load)
        answer = worker(desk, slow)
        monkeypatch.setattr(answers, "STEP", 0.01)
        first = await answer({"do": "reload"})
        assert first == await answer({"do": "reload", "from": first["next"]})
        slow.may.set()
        monkeypatch.setattr(answers, "STEP", 10)
        told = await answer({"do": "reload", "from": first["next"]})
        assert (told["worker"], told["workers"], told["ok"], told["configuration"]) == (3, 4, True, "digest")

    run(tmp_path, scenario)


@pytest.mark.parametrize("number", [1, 0, "1", {"a": 1}])
def test_a_reload_that_this_worker_did_not_begin_is_an_error(tmp_path: Path, number: Any) -> None:
    async def scenario(desk: Desk) -> None:
        answer = worker(desk, Slow(desk.load))
        assert "worker 3 was started meanwhile" in (await answer({"do": "reload", "from": number}))["error"]

    run(tmp_path, scenario)


def test_health_tells_what_a_shared_outbox_is_worth_and_nothing_of_one_in_files(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        answer = worker(desk, Slow(desk.load))
        assert "durability" not in await answer({"do": "health"})
        shared = replace(answer, durability=Durability(weak=["it has 1 of 3 replicas"], unverified="nobody knows"))
        told = await shared({"do": "health"})
        assert (told["durability"], told["durability_reasons"]) == ("weak", ["it has 1 of 3 replicas", "nobody knows"])

    run(tmp_path, scenario)


def test_health_and_metrics_tell_of_the_last_reload_until_the_next(tmp_path: Path) -> None:
    async def scenario(desk: Desk) -> None:
        slow = Slow(desk.load)
        slow.may.set()
        answer = worker(desk, slow)
        health = await answer({"do": "health"})
        assert (health["last_reload"], health["colour"], health["at"]) == (None, "green", ("127.0.0.1", 8080))
        desk.path.write_text(file(listen=0, max_body=0))
        await answer({"do": "reload"})
        health = await answer({"do": "health"})
        last = health["last_reload"]
        assert (last["at"], last["ok"], len(last["problems"])) == ("2023-11-14 22:13:20.000 UTC", False, 2)
        assert (health["colour"], health["accepting"]) == ("amber", True)
        assert health["reasons"] == [
            f"the last reload failed, and what was loaded before is still running: {last['problems'][0]} (and 1 more)"
        ]
        assert (await answer({"do": "metrics"}))["reload"]["successful"] == 0
        desk.path.write_text(file())
        await answer({"do": "reload"})
        health = await answer({"do": "health"})
        assert (health["last_reload"]["ok"], health["colour"], health["reasons"]) == (True, "green", [])
        metrics = await answer({"do": "metrics"})
        assert metrics["reload"] == {"successful": 1, "success_at": desk.parts.observer.serving.since / 1_000_000}

    run(tmp_path, scenario)


def test_pages_leave_the_threads_alone_that_visitors_wait_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(desk: Desk) -> None:
        answer, names = worker(desk, Slow(desk.load)), list[str]()

        def look(*_: object) -> dict[str, Any]:
            names.append(threading.current_thread().name)
            return {"looked": True}

        monkeypatch.setattr(Inspector, "answer", look)
        assert await answer({"do": "requests"}) == {"looked": True}
        assert [name.rpartition("_")[0] for name in names] == ["looking"]

    run(tmp_path, scenario)
