"""Snippets of the pages that need no process: Dockerfiles, probes, what Prometheus reads, names of files."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import duckdb
import pytest
import yaml

from config import ServerSettings
from server.public.probes import ALIVE, HEALTH, probe_of_health
from server.senders.names import PART, Names
from tests.block_runners import RUNNERS, NotRun, Runner, run_by, runner_of
from tests.documentation import ROOT, Block, all_blocks

TESTS = ROOT / "tests"


def test_somebody_runs_every_block() -> None:
    nobody = [f"{block}: no test runs a block of {block.language!r}" for block in all_blocks() if runner_of(block) is None]
    assert nobody == [], "name a test, or the reason why there is none, in tests/block_runners.py"


def test_whoever_is_said_to_run_blocks_exists_and_has_some() -> None:
    busy = {runner_of(block) for block in all_blocks()}
    for runner in RUNNERS:
        assert runner in busy, runner
        if not isinstance(runner, NotRun):
            file, _, function = runner.test.partition("::")
            text = (TESTS / file).read_text(encoding="utf-8")
            assert f"def {function}(" in text, runner.test
            assert f'run_by("{function}")' in text or _looks_at(text, runner), f"{runner.test} looks at no block of {runner.page}"


def _looks_at(text: str, runner: Runner) -> bool:
    """Whether a test's file takes blocks of the language, or names each page of which alone it is said to run blocks."""
    if runner.page == "*":
        return True
    pages = {Path(block.page) for block in all_blocks() if runner_of(block) is runner}
    return f'blocks("{runner.language}")' in text or all(
        any(word in text for word in {page.stem, page.parent.name} - {"docs", ""}) for page in pages
    )


@pytest.mark.parametrize("block", run_by("test_an_image_of_ones_own_has_its_file_where_it_is_looked_for"), ids=str)
def test_an_image_of_ones_own_has_its_file_where_it_is_looked_for(block: Block) -> None:
    image = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]["tagyard"]["image"]
    (begin, copy) = block.text.splitlines()
    assert re.fullmatch(rf"FROM registry\.example\.com/{image.partition(':')[0]}:\d+\.\d+\.\d+", begin)
    instruction, _, place = copy.split()
    assert instruction == "COPY"
    assert f"TAGYARD_CONFIG={place} " in (ROOT / "docker" / "Dockerfile").read_text()


@pytest.mark.parametrize("block", run_by("test_probes_of_kubernetes_ask_for_what_there_is"), ids=str)
def test_probes_of_kubernetes_ask_for_what_there_is(block: Block) -> None:
    probes = yaml.safe_load(block.text)
    asked = {name: probe_of_health("GET", probe["httpGet"]["path"], ()) for name, probe in probes.items()}
    assert asked == {"livenessProbe": ALIVE, "readinessProbe": HEALTH}
    assert {probe["httpGet"]["port"] for probe in probes.values()} == {ServerSettings().listen.port}


@pytest.mark.parametrize("block", run_by("test_prometheus_is_told_where_the_metrics_are"), ids=str)
def test_prometheus_is_told_where_the_metrics_are(block: Block) -> None:
    (job,) = yaml.safe_load(block.text)["scrape_configs"]
    targets = [target for static in job["static_configs"] for target in static["targets"]]
    assert targets == [str(ServerSettings().admin)]


@pytest.mark.parametrize("block", run_by("test_files_of_events_are_named_as_the_page_says"), ids=str)
def test_files_of_events_are_named_as_the_page_says(block: Block, tmp_path: Path) -> None:
    finished, written, last = [line.split()[0] for line in block.text.splitlines()]
    names = Names(tmp_path, "events", "web1-0", ".jsonl.gz")
    paths = []
    for _ in range(2):
        _, path = names.next("2026-12-01")
        path.touch()
        paths.append(path.name)
    names.close()
    assert [finished, written.removesuffix(PART)] == paths
    assert (tmp_path / last).exists()


@pytest.mark.parametrize("block", run_by("test_of_lines_that_are_there_twice_one_is_read"), ids=str)
def test_of_lines_that_are_there_twice_one_is_read(block: Block, tmp_path: Path) -> None:
    """From a file of two members, as they are flushed, and one that a crash had written again."""
    flushed = [b'{"id": "a", "order": "T-1"}\n', b'{"id": "b", "order": "T-2"}\n']
    (tmp_path / "events-2026-12-01-web1-0-0001.jsonl.gz").write_bytes(b"".join(map(gzip.compress, flushed)))
    (tmp_path / "events-2026-12-01-web1-0-0002.jsonl.gz").write_bytes(gzip.compress(flushed[1]))
    read = duckdb.sql(block.text.replace("/events/", f"{tmp_path}/"))
    assert read is not None
    assert sorted(read.fetchall()) == [("a", "T-1"), ("b", "T-2")]
