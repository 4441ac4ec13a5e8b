"""The example of a plugin package: it installs, its types and its own tests hold, and Tagyard uses it like any other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from server.cli.main import main

ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = ROOT / "docs" / "examples" / "brook"
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
