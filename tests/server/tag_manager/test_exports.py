"""Each export becomes the file and the report that were written by hand for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main
from server.tag_manager.product import Imported, imported
from server.tag_manager.reading import read
from server.tag_manager.report import as_text
from tests.server.tag_manager import given


def made(name: str) -> Imported:
    return imported(read((given.EXPORTS / f"{name}.json").read_bytes()))


@pytest.mark.parametrize("name", given.NAMES)
def test_the_file_says_what_is_expected(name: str) -> None:
    assert given.values(made(name).text) == given.values(given.of(name, "yaml"))


@pytest.mark.parametrize("name", [name for name in given.NAMES if given.has(name, "stubs.yaml")])
def test_with_its_stubs_it_says_the_rest(name: str) -> None:
    assert given.values(given.uncommented(made(name).text)) == given.values(given.of(name, "stubs.yaml"))


@pytest.mark.parametrize("name", given.NAMES)
def test_the_report_has_a_line_for_each_entity(name: str) -> None:
    report = "\n".join(as_text(made(name).report, "container.yaml"))
    assert sorted(given.told(report)) == sorted(given.told(given.of(name, "report.txt")))


@pytest.mark.parametrize("name", [name for name in given.NAMES if given.has(name, "tests.yaml")])
def test_what_leaves_is_what_left(name: str, tmp_path: Path) -> None:
    (tmp_path / "container.yaml").write_text(made(name).text, encoding="utf-8")
    shutil.copy(given.EXPORTS / f"{name}.tests.yaml", tmp_path / "tests.yaml")
    run = CliRunner().invoke(main, ["test", str(tmp_path)])
    assert run.exit_code == 0, run.output
