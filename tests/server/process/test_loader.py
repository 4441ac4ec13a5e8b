"""The configuration as a worker reads it: whole, or not at all and with everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.loading.configuration import Configuration
from server.process.loader import ConfigurationError, Loader
from server.process.plan import Plan
from server.system.files import FileError


def loader(folder: Path, text: str, *, dry_run: bool = False) -> Loader:
    (folder / "container.yaml").write_text(text)
    return Loader(Plan(Configuration(folder / "container.yaml"), folder, own_secret="x" * 32, dry_run=dry_run))


def test_each_mistake_is_a_problem_and_a_line_of_the_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loader(tmp_path, "clients: {ga4: {measurment_ids: [G-1]}}\ntags: {lug: {}}\n")()
    lines = str(caught.value).splitlines()
    assert lines == [str(problem) for problem in caught.value.problems]
    assert {problem.line for problem in caught.value.problems if problem.severity == "error"} == {1, 2}


def test_a_file_that_cannot_be_read_is_told_without_a_line(tmp_path: Path) -> None:
    load = loader(tmp_path, "clients: {ga4: {}}\ntags: {log: {}}\nserver: {geo: {database: none.mmdb}}\n")
    with pytest.raises(FileError, match=r"none.mmdb: server.geo.database cannot be read") as caught:
        load()
    assert not isinstance(caught.value, ConfigurationError)


def test_what_serves_needs_every_secret_and_a_dry_run_none(tmp_path: Path) -> None:
    text = 'clients: {ga4: {}}\ntags: {http_request: {url: "https://x.example/", headers: {X-Key: "${NOT_THERE}"}}}\n'
    with pytest.raises(ConfigurationError, match="NOT_THERE"):
        loader(tmp_path, text)()
    serving = loader(tmp_path, text, dry_run=True)()
    assert serving.dry_run
    assert list(serving.assembled.tags) == ["http_request"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_it_is_known_where_everything_stands_and_what_the_environment_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("HOOK_KEY", "canary")
    text = """environment: {STAGE: live}
clients: {ga4: {}}
tags:
  http_request:
    url: https://x.example/
    headers: {X-Key: "${HOOK_KEY}"}
"""
    serving = loader(tmp_path, text, dry_run=dry_run)()
    assert serving.document is not None
    assert serving.document.section("tags")["http_request"].place.line == 4
    assert serving.surroundings.plain == {"STAGE": "test"}
    assert serving.surroundings.secrets == {"HOOK_KEY": "environment"}
    assert "canary" not in repr(serving)
