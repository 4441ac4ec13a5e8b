"""The example of a plugin package: it installs, its types and its own tests hold, and Tagyard uses it like any other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Final

import pytest
from click.testing import CliRunner

from server.cli.main import main
from tagyard.testing import problems
from tests.block_runners import run_by
from tests.documentation import ROOT, Block, Command, commands

pytestmark = pytest.mark.process

EXAMPLE: Final = ROOT / "docs" / "examples" / "brook"
PAGE: Final = ROOT / "docs" / "components.md"
README: Final = EXAMPLE / "README.md"
CONFIG: Final = str(EXAMPLE / "container.yaml")
MYPY: Final = ("mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache" / "example"))
"""It keeps what it has found out about the packages that are installed here."""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of it, so that nothing that is built stays among the sources."""
    return Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("example") / "brook"))


@pytest.fixture(scope="module")
def site(package: Path) -> Path:
    """Where it is installed: from its own folder alone, without asking any index."""
    target = package.parent / "site"
    offline = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--quiet")
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, "--target", target, package], check=True)
    return target


def run(package: Path, site: Path, *words: str, fails: bool = False) -> str:
    """What a command prints in the package's folder, where it and Tagyard are installed."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT)))}
    done = subprocess.run([sys.executable, "-m", *words], cwd=package, env=env, capture_output=True, text=True, check=False)
    assert bool(done.returncode) is fails, done.stdout + done.stderr
    return done.stdout


def test_what_is_installed_is_typed_and_named_by_its_entry_points(site: Path) -> None:
    assert (site / "tagyard_brook" / "py.typed").exists()
    (named,) = site.glob("tagyard_brook-*.dist-info/entry_points.txt")
    assert [line for line in named.read_text().splitlines() if "=" in line] == [
        "brook = tagyard_brook.client:Beacons",
        "brook = tagyard_brook.tag:Brook",
        "brook_channel = tagyard_brook.transformation:Channel",
    ]


def test_mypy_finds_the_types_of_all_that_it_imports(package: Path, site: Path) -> None:
    told = run(package, site, *MYPY, "src", "tests")
    assert told.startswith("Success: no issues found in 5 source files"), told


def test_mypy_knows_those_types(package: Path, site: Path) -> None:
    (package / "wrong.py").write_text("from tagyard import Skip\n\nSkip(1)\n")
    told = run(package, site, *MYPY, "wrong.py", fails=True)
    assert 'wrong.py:3: error: Argument 1 to "Skip" has incompatible type "int"; expected "str"' in told


def test_its_own_tests_pass(package: Path, site: Path) -> None:
    told = run(package, site, "pytest", "-p", "no:cacheprovider")
    assert "passed" in told.splitlines()[-1], told


@pytest.fixture
def used(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is installed here."""
    monkeypatch.syspath_prepend(site)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "tagyard_brook"]:
        del sys.modules[name]


def tagyard(*words: str) -> str:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("used")
def test_a_file_that_names_it_is_checked_and_its_tests_pass(tmp_path: Path) -> None:
    key = tmp_path / "env"
    key.write_text("BROOK_KEY=k-1\n")
    assert tagyard("check", "--strict", "--env-file", str(key), CONFIG).endswith("is fine: 1 client, 1 tag, 1 transformation\n")
    assert "1 test passed" in tagyard("test", CONFIG)


@pytest.mark.usefixtures("used")
def test_explain_tells_what_would_leave() -> None:
    (told,) = [json.loads(line) for line in tagyard("explain", CONFIG, "--json", "--url", "/brook?n=page_view&v=1").splitlines()]
    assert told["client"] == "brook"
    (sent,) = told["requests"]
    assert (sent["url"], sent["headers"]["authorization"]) == ("https://api.brook.example/v1/sites/shop-1/events", "Bearer ***")


@pytest.mark.usefixtures("used")
def test_the_schema_has_its_settings() -> None:
    schema = json.loads(tagyard("schema"))
    assert schema["$defs"]["BrookSettings"]["properties"]["site"]["description"].startswith("The site's name in Brook")
    assert {"brook", "ga4"} <= schema["properties"]["tags"]["properties"].keys()


def _holds(text: str, snippet: str) -> bool:
    """Whether the snippet stands there, line by line, however far it is indented."""
    return any(indent(snippet, " " * by) in text for by in (0, 4, 8))


@pytest.mark.parametrize("block", run_by("test_a_snippet_is_a_piece_of_the_package"), ids=str)
def test_a_snippet_is_a_piece_of_the_package(block: Block) -> None:
    files = [path for ending in ("*.py", "*.toml") for path in EXAMPLE.rglob(ending)]
    assert any(_holds(path.read_text(encoding="utf-8"), block.text) for path in files)


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize("block", run_by("test_the_configuration_of_the_page_loads"), ids=str)
def test_the_configuration_of_the_page_loads(block: Block) -> None:
    assert problems(block.text) == []


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize("command", [each for each in commands() if each.block.page in (PAGE, README) and each.tagyard], ids=str)
def test_tagyard_is_asked_about_the_file_of_the_example(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)
    assert command.tagyard
    tagyard(*command.tagyard)


def test_the_package_is_installed_checked_and_tested_as_the_page_says() -> None:
    others = {command.words for command in commands() if command.block.page in (PAGE, README) and not command.tagyard}
    assert others == {("pip", "install", "--editable", ".[test]"), ("pytest",), ("mypy", "src", "tests")}
    told = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["tool"]["mypy"]["strict"]
    assert told["project"]["optional-dependencies"].keys() == {"test"}


@pytest.mark.parametrize("block", run_by("test_an_image_brings_it_as_it_is_installed_here"), ids=str)
def test_an_image_brings_it_as_it_is_installed_here(block: Block, site: Path) -> None:
    steps = dict(line.split(" ", 1) for line in block.text.splitlines() if line)
    assert steps["RUN"] == "pip install --no-deps --target /plugin /src"
    assert (steps["COPY"], steps["ENV"]) == ("--from=plugin /plugin /plugin", "PYTHONPATH=/plugin")
    env = {**os.environ, "PYTHONPATH": str(site)}
    code = "from core.registry import installed; print(installed().find('tag', 'brook').load().__name__)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert told.stdout == "Brook\n"
