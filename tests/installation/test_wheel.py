"""The wheel has all that the code reads, and Tagyard works from it in an environment that has nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest

from core.product import VERSION
from tagyard.hidden import PACKAGES
from tests.installation.conftest import COMMIT, ROOT, Installed, pip, run
from tests.server.process.harness import HIT, Tagyard

pytestmark = pytest.mark.process

FOLDERS = (*PACKAGES, "tagyard")
OPTIONAL = ("confluent_kafka", "nats", "nkeys", "opentelemetry", "pytest")
"""What extras bring, and the tests of whoever writes a component."""

IMPORT_ALL = f"""
import importlib, pkgutil
for folder in {FOLDERS}:
    for found in pkgutil.walk_packages([f"{{importlib.import_module(folder).__path__[0]}}"], f"{{folder}}."):
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in {OPTIONAL}:
                raise
print("imported")
"""


def files(folder: str) -> set[str]:
    """What lies in a folder of this tree."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)) for path in found}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_of_a_package_is_in_the_wheel_and_in_the_archive(folder: str, dist: Path, wheel: zipfile.ZipFile) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert files(folder) - set(wheel.namelist()) == set()
    assert files(folder) - names == set()


def test_there_is_nothing_else_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    assert {name.partition("/")[0] for name in wheel.namelist()} == {*FOLDERS, f"tagyard-{VERSION}.dist-info"}


def test_the_archive_knows_its_commit_too(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        member = tar.extractfile(f"tagyard-{VERSION}/core/commit.py")
        assert member is not None
        assert COMMIT in member.read().decode()


def test_a_configuration_goes_all_the_way_from_init_to_a_hit(installed: Installed, tmp_path: Path) -> None:
    def tagyard(*arguments: str) -> str:
        return run(installed.command, *arguments, cwd=tmp_path)

    assert tagyard("--version") == f"tagyard {VERSION}, commit {COMMIT}\n"
    tagyard("init", "G-TEST00001")
    assert "container.yaml is fine" in tagyard("check")
    assert "claimed by" in tagyard("explain", "--url", HIT.format(id="one"))
    config = tmp_path / "container.yaml"
    with Tagyard(config, options=("--dry-run",), program=(str(installed.command),)) as server:
        hit = f"http://127.0.0.1:{server.port}{HIT.format(id='one')}"
        with urllib.request.urlopen(urllib.request.Request(hit, method="POST"), timeout=60) as answer:
            assert answer.status == 204
        page = read(f"http://127.0.0.1:{server.admin}/")
        assert "page_view" in page
        (style, *_) = re.findall(r'"(/[^"]+\.css[^"]*)"', page)
        assert "{" in read(f"http://127.0.0.1:{server.admin}{style}")
        assert server.stop() == 0


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def test_its_examples_come_with_the_files_that_they_name(installed: Installed) -> None:
    full = installed.packages / "config" / "examples" / "full.yaml"
    said = run(installed.command, "test", full)
    assert "margin" in full.read_text()
    assert " passed" in said


def test_all_of_its_modules_can_be_imported_with_what_it_asks_for(installed: Installed, tmp_path: Path) -> None:
    assert run(installed.python, "-c", IMPORT_ALL, cwd=tmp_path) == "imported\n"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An environment with nothing in it. What Tagyard needs need not be there for it to find out what is in its way."""
    folder = tmp_path_factory.mktemp("beside")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    return Installed(folder)


def said(environment: Installed, folder: Path) -> str:
    """What the command says on its errors' stream; empty where nothing is in its way, and click would be its next wish."""
    done = subprocess.run([environment.command, "--version"], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 1
    return "" if done.stderr.endswith("No module named 'click'\n") else done.stderr


def test_it_says_what_the_other_one_has_done_and_what_to_do(bare: Installed, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    ours = str(wheel.filename)
    pip(bare.folder, "install", "config==0.5.1")
    pip(bare.folder, "install", "--no-deps", ours)
    assert said(bare, tmp_path) == ""

    pip(bare.folder, "uninstall", "--yes", "config")
    first = (
        f"Error: {bare.packages}/config/__init__.py is missing; another package that was uninstalled may have taken it along.\n"
    )
    assert said(bare, tmp_path).startswith(first)
    pip(bare.folder, "install", "--force-reinstall", "--no-deps", ours)
    assert said(bare, tmp_path) == ""

    pip(bare.folder, "install", "config==0.5.1")
    assert said(bare, tmp_path) == (
        f"Error: Tagyard's package 'config' is not what was installed: {bare.packages}/config/__init__.py is of another, "
        "which the package 'config' has installed.\n"
        "Tagyard needs an environment of its own: `pipx install tagyard`, or a new one by `python3 -m venv`.\n"
    )
