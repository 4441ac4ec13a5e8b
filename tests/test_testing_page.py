"""docs/testing.md: its files pass, fail and differ as it says, and its workflows run in a repository of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
import yaml
from click.testing import CliRunner

from config.cases import CaseSettings, GivenSettings, ReplySettings, RequestSettings, SentSettings
from core.types import HeldBack
from server.cli.main import main
from tests.block_runners import run_by
from tests.documentation import ROOT, blocks, text_of

PAGE: Final = ROOT / "docs" / "testing.md"
TEXT: Final = text_of(PAGE)
FILES: Final = [block.text for block in blocks("yaml") if block.page == PAGE]
FILE: Final = FILES[0]
CHANGES: Final = (("[email]", "[mail]"), ('value: "{{', 'total: "{{'))
FAILING, HITS, DIFFERING = (block.text for block in run_by("test_it_tells_what_a_change_breaks_and_what_it_changes"))
GIT: Final = ("git", "-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main")


def changed() -> str:
    """The file as somebody has changed it."""
    file = FILE
    for old, new in CHANGES:
        assert file.count(old) == 1
        file = file.replace(old, new)
    return file


def test_it_tells_what_a_change_breaks_and_what_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(FILE)
    Path("container.yaml").write_text(changed())
    Path("hits.jsonl").write_text(HITS)
    tested = CliRunner().invoke(main, ["test"])
    assert (tested.exit_code, tested.stdout.rstrip()) == (1, FAILING.rstrip())
    compared = CliRunner().invoke(main, ["diff", "old.yaml", "container.yaml", "--hits", "hits.jsonl"])
    assert (compared.exit_code, compared.stdout.rstrip()) == (1, DIFFERING.rstrip())


def test_it_names_every_key_and_every_word_and_shows_each() -> None:
    models = (GivenSettings, CaseSettings, RequestSettings, SentSettings, ReplySettings)
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert keys <= set(re.findall(r"`(\w+)`", TEXT))
    assert {f"`{word}`" for word in HeldBack} <= set(re.findall(r"`\w+`", TEXT))
    shown = set(re.findall(r"(\w+):\s", "".join(FILES[:2])))
    assert keys - shown == {"method", "body_base64"}, "which hardly anybody needs"


def workflow() -> list[str]:
    """What the workflow for GitHub has a shell run, but for what installs the program."""
    (text,) = (file for file in FILES if "runs-on:" in file)
    (job,) = yaml.safe_load(text)["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def pipeline() -> list[str]:
    """The same of GitLab's."""
    (text,) = (file for file in FILES if "artifacts:" in file)
    (job,) = yaml.safe_load(text).values()
    script: list[str] = job["script"]
    return script


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout whose branch changes the file that is on main; the tests of it pass."""
    upstream, here = tmp_path / "upstream", tmp_path / "here"
    upstream.mkdir()
    files = {"container.yaml": FILE, "hits.jsonl": HITS, "ci.env": "ORDERS_TOKEN=made-up\n"}
    for name, text in files.items():
        (upstream / name).write_text(text)
    for words in (["init"], ["add", "."], ["commit", "--message", "The file"]):
        subprocess.run([*GIT, *words], cwd=upstream, check=True, capture_output=True)
    subprocess.run([*GIT, "clone", str(upstream), str(here)], cwd=tmp_path, check=True, capture_output=True)
    (here / "container.yaml").write_text(FILE.replace("body: {order:", "body: {currency: EUR, order:"))
    return here


def run(lines: Sequence[str], folder: Path) -> str:
    """Each of them in a shell of its own, as on GitHub; what installs the program, which is there, is left out."""
    summary = folder / "summary.md"
    given = {"GITHUB_BASE_REF": "main", "GITHUB_STEP_SUMMARY": str(summary), "CI_DEFAULT_BRANCH": "main"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for line in lines:
        if not line.startswith("pip install"):
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", line],
                cwd=folder,
                env={**os.environ, **given, "PATH": path},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "results.xml").read_text().count("<testcase ") == 3
    return summary.read_text() if summary.exists() else done.stdout


@pytest.mark.parametrize("lines", [workflow(), pipeline()], ids=["GitHub", "GitLab"])
def test_a_workflow_checks_tests_and_compares(lines: list[str], repository: Path) -> None:
    told = run(lines, repository)
    assert "1 of 2 requests is treated differently" in told or "1 of 2 requests are treated differently" in told
    assert "EUR" in told


def test_a_workflow_fails_where_a_test_does(repository: Path) -> None:
    (repository / "container.yaml").write_text(changed())
    with pytest.raises(AssertionError, match="2 of 3 tests failed"):
        run(workflow(), repository)


def test_the_version_that_it_installs_is_this_one() -> None:
    (version,) = re.findall(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert f"`tagyard=={version}`" in TEXT
