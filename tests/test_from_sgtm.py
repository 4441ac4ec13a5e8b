"""The page about moving: what it shows of an import is what the command says and writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import main

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "from-sgtm.md").read_text(encoding="utf-8")
EXPORT = ROOT / "tests" / "server" / "tag_manager" / "exports" / "10_shop.json"
COMMAND = "$ tagyard import GTM-SHOP123_v7.json\n"


def shown(begin: str) -> str:
    """The rest of the block of the page that begins so."""
    return PAGE.partition(begin)[2].partition("\n```\n")[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs."""
    (tmp_path / "GTM-SHOP123_v7.json").write_bytes(EXPORT.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_report_is_the_one_that_is_printed(folder: Path) -> None:
    run = CliRunner().invoke(main, ["import", "GTM-SHOP123_v7.json"])
    assert run.exit_code == 0
    assert run.output.rstrip("\n") == shown(COMMAND)
    assert (folder / ".env.example").exists()


def test_the_file_is_the_one_that_is_written(folder: Path) -> None:
    CliRunner().invoke(main, ["import", "GTM-SHOP123_v7.json"])
    written = (folder / "container.yaml").read_text(encoding="utf-8")
    assert written.split("\n\n", 1)[1].rstrip("\n") == shown("The file that comes of it:\n\n```yaml\n")


def test_its_next_command_passes(folder: Path) -> None:
    CliRunner().invoke(main, ["import", "GTM-SHOP123_v7.json"])
    run = CliRunner().invoke(main, ["check", "container.yaml"])
    assert run.exit_code == 0, run.output
    assert (folder / "container.yaml").exists()


@pytest.mark.parametrize(("flag", "code"), [("--json", 0), ("--strict", 1)])
def test_its_options_do_what_it_says(flag: str, code: int, folder: Path) -> None:
    run = CliRunner().invoke(main, ["import", "GTM-SHOP123_v7.json", flag, "--output", "other.yaml"])
    assert run.exit_code == code
    assert (folder / "other.yaml").exists()


def test_it_says_all_that_a_line_can_begin_with() -> None:
    rows = re.findall(r"^\| `([a-z]+)[ `…]", PAGE.partition("### What to do with the report")[2], re.MULTILINE)
    assert {"imported", "approximated", "skipped", "unused", "secret", "added"} <= set(rows)
