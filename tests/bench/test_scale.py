"""docs/scaling.md says what its program prints, and what it prints follows from the measured figures."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.broker import in_streams
from bench.cases import CASES
from bench.figures import Figures, read
from bench.page import EVENTS_A_VISIT, PEAK
from bench.page import FIGURES as MEASURED
from bench.scale import PAGE, Need, found, main, render, tables
from config import ServerSettings, SourceFile, load
from core.registry import installed

COMPARED: Figures = {
    "sqlite/rate": 8000.0,
    "sqlite/cpu": 100.0,
    "jetstream/rate": 2000.0,
    "jetstream/cpu": 250.0,
    "nats/cpu": 60.0,
}
MACHINE = {"date": "1 May 2026", "commit": "abc1234", "python": "3.13.1", "processor": "A Processor"}


@pytest.fixture(scope="module")
def measured() -> Figures:
    return read(MEASURED)


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def rows(table: str) -> list[list[str]]:
    """The cells of each row below the head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_page_says_what_the_program_prints_and_writes(
    page: str,
    measured: Figures,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = tmp_path / PAGE.name
    written.write_text(re.sub(r"^\|.*\n", "", page, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.setattr("bench.scale.PAGE", written)
    monkeypatch.setattr("sys.argv", ["bench.scale"])
    main()
    printed = capsys.readouterr().out
    assert written.read_text(encoding="utf-8") == page == render(page, measured, *found()), "run `python -m bench.scale`"
    for name, table in tables(measured, *found()).items():
        assert f"<!-- {name} -->\n{table}\n<!-- /{name} -->" in page
        assert table in printed


def test_workers_follow_from_the_measured_rate_and_none_is_more_than_half_busy(measured: Figures) -> None:
    rate = measured["usual/rate"]
    needs = rows(tables(measured, {}, {})["capacity"])
    assert [row[0] for row in needs] == ["100,000", "1,000,000", "10,000,000", "100,000,000", "1,000,000,000"]
    for row in needs:
        visits, busiest, workers = (float(cell.replace(",", "")) for cell in row[:3])
        assert busiest == pytest.approx(visits * EVENTS_A_VISIT * PEAK / 86_400, abs=0.5)
        assert workers == max(1, math.ceil(busiest / (rate / 2)))
        assert int(row[3].removesuffix("%")) == pytest.approx(busiest / workers / rate * 100, abs=0.51)


@pytest.mark.parametrize(("visits", "workers"), [(1, 1), (432_000, 1), (432_001, 2), (864_000, 2), (4_320_000_000, 10_000)])
def test_a_worker_that_would_be_more_than_half_busy_is_helped_by_another(visits: int, workers: int) -> None:
    assert Need.of(visits, rate=1000.0).workers == workers


def test_a_surge_waits_the_longer_the_larger_it_is_and_is_refused_where_all_places_are_taken(measured: Figures) -> None:
    surges = [[float(cell.rstrip("%")) for cell in row] for row in rows(tables(measured, {}, {})["surges"])]
    assert [each[1] for each in surges] == [pytest.approx(each[0] * 50, abs=0.51) for each in surges]
    assert [each[2] for each in surges] == sorted(each[2] for each in surges)
    most = ServerSettings().max_connections / measured["usual/rate"] * 1000
    for times, busy, longest, refused in surges:
        assert (refused > 0) == (busy > 100), times
        assert longest <= most + 1


def test_figures_that_were_not_taken_are_not_told_and_those_that_were_are(measured: Figures, page: str) -> None:
    assert tables(measured, {}, {})["jetstream"].startswith("Not measured")
    table = tables(measured, COMPARED, MACHINE)["jetstream"]
    assert rows(table)[:2] == [["in files", "8,000", "100", "1.00"], ["in JetStream, one server", "2,000", "250", "0.25"]]
    assert table.endswith("\n\nTaken on 1 May 2026, commit abc1234, Python 3.13.1, A Processor.")
    assert table in render(page, measured, COMPARED, MACHINE)


def test_the_rate_in_streams_falls_by_more_than_the_work_grows_as_the_page_says(page: str) -> None:
    kept, _ = found()
    assert kept["jetstream/rate"] / kept["sqlite/rate"] < kept["sqlite/cpu"] / kept["jetstream/cpu"]
    assert "So the rate falls by more than Tagyard's own work grows" in page


def test_a_page_without_a_place_for_a_table_is_told(measured: Figures, page: str) -> None:
    with pytest.raises(ValueError, match=r"scaling\.md has no place for surges"):
        render(page.replace("<!-- surges -->", ""), measured, {}, {})


def test_both_outboxes_have_the_same_load_and_differ_in_nothing_else() -> None:
    def settings(file: str) -> Mapping[str, object]:
        source = SourceFile("container.yaml", file.encode())
        loaded = load([source], registry=installed(), environ={}, read=lambda _: b"", serve=True)
        assert loaded.settings is not None
        return {name: getattr(loaded.settings, name) for name in ("server", "outbox", "triggers")}

    usual = CASES["usual"]
    streams = in_streams(usual, "nats://127.0.0.1:4222/BENCH")
    assert streams.hit == usual.hit
    files, shared = settings(usual.file(9)), settings(streams.file(9))
    assert {name for name in files if files[name] != shared[name]} == {"outbox"}
    assert re.search(r'"url": "nats://127.0.0.1:4222/BENCH"', streams.file(9))
