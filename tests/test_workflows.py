"""The workflows of continuous integration and releases: GitHub can read them, and what they name is there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROGRAMS = {"git", "make"}
"""What a step starts that is one command; all runners have them."""

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def read(path: Path) -> dict[Any, Any]:
    """YAML takes the key ``on`` for true."""
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in workflow.items()}


def jobs(path: Path) -> Iterator[dict[str, Any]]:
    yield from read(path)["jobs"].values()


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(path):
        yield from job.get("steps", ())


def test_there_is_one_for_changes_for_releases_for_weaknesses_and_for_the_documentation() -> None:
    assert [path.stem for path in WORKFLOWS] == ["audit", "ci", "docs", "release"]


@each_workflow
def test_it_is_as_githubs_schema_asks(path: Path) -> None:
    schema = json.loads(files("check_jsonschema").joinpath("builtin_schemas/vendor/github-workflows.json").read_text())
    jsonschema.Draft7Validator(schema).validate(read(path))


@each_workflow
def test_actions_of_others_are_pinned_to_a_commit_and_their_release_is_told(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text())
    ours = [use for use in used if use.startswith("./")]
    assert all((ROOT / use).is_file() for use in ours)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", use) for use in used if use not in ours)


@each_workflow
def test_it_may_do_nothing_but_what_each_job_asks_for(path: Path) -> None:
    assert read(path)["permissions"] == {}
    rights = [(name, right) for job in jobs(path) for name, right in job["permissions"].items()]
    assert {right for right in rights if right[1] == "write"} <= {
        ("packages", "write"),
        ("pages", "write"),
        ("id-token", "write"),
    }
    assert {name for name, _ in rights} <= {"contents", "packages", "pages", "id-token"}
    assert not [step for step in steps(path) if "checkout" in step.get("uses", "") and step["with"]["persist-credentials"]]


@each_workflow
def test_its_commands_can_be_run_and_take_nothing_from_outside(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert "${{" not in "".join(scripts)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for script in scripts:
        assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0
        words = script.split()
        assert words[0] in PROGRAMS | {"echo"} or words[0] == "if" or words[0].startswith("version=")
        assert set(words[1:]) <= targets or words[0] != "make"


def step(name: str) -> str:
    found: str = next(each["run"] for each in steps(ROOT / ".github/workflows/release.yml") if each.get("name") == name)
    return found


def ran(script: str, tmp_path: Path, **env: str) -> tuple[int, str, dict[str, str]]:
    """The exit code, what it prints, and the outputs that it sets."""
    output = tmp_path / "output"
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GITHUB_OUTPUT": str(output), **env}
    done = subprocess.run(["bash", "-e", "-c", script], cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    lines = output.read_text().splitlines() if output.exists() else []
    return done.returncode, done.stdout, dict(line.split("=", 1) for line in lines)


def test_a_release_is_of_the_version_that_its_tag_says(tmp_path: Path) -> None:
    path = os.environ["PATH"]
    code, _, outputs = ran(step("The tag is the version"), tmp_path, GITHUB_REF_NAME=f"v{PROJECT['version']}", PATH=path)
    assert (code, outputs["version"]) == (0, PROJECT["version"])
    assert int(outputs["made"]) > 0
    code, said, _ = ran(step("The tag is the version"), tmp_path, GITHUB_REF_NAME="v9.9.9", PATH=path)
    assert (code, said) == (1, f"The tag is v9.9.9, and pyproject.toml says {PROJECT['version']}.\n")


def test_the_images_name_is_one_that_a_registry_takes(tmp_path: Path) -> None:
    _, _, outputs = ran(step("A registry's names are in small letters"), tmp_path, GITHUB_REPOSITORY="Some-Body/Tagyard")
    assert outputs == {"image": "ghcr.io/some-body/tagyard"}


@pytest.mark.parametrize(
    ("version", "is_latest"),
    [
        *(("1.2.0", True), ("1.2", True), ("10.0.3", True), ("1.2.0.post1", True)),
        *(("1.2.0rc1", False), ("1.2.0a1", False), ("1.2.0b2", False), ("1.2.0.dev3", False), ("1.2.0-rc.1", False), ("", False)),
    ],
)
def test_the_latest_image_is_none_of_a_pre_release(version: str, is_latest: bool, tmp_path: Path) -> None:
    code, _, outputs = ran(step("Only a release is the latest"), tmp_path, VERSION=version, IMAGE="ghcr.io/a/b")
    assert (code, outputs) == (0, {"tag": "ghcr.io/a/b:latest" if is_latest else ""})


def test_the_image_has_the_tag_of_its_version_and_no_other_but_the_latest() -> None:
    (build,) = (step["with"] for step in steps(ROOT / ".github/workflows/release.yml") if "build-push" in step.get("uses", ""))
    version = "${{ steps.name.outputs.image }}:${{ needs.build.outputs.version }}"
    assert build["tags"].split("\n") == [version, "${{ steps.latest.outputs.tag }}", ""]


def test_the_image_is_built_with_the_arguments_that_its_file_has() -> None:
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    (build,) = (step["with"] for step in steps(ROOT / ".github/workflows/release.yml") if "build-push" in step.get("uses", ""))
    given = {line.partition("=")[0] for line in build["build-args"].split("\n") if line}
    assert given == {"VERSION", "REVISION", "SOURCE_DATE_EPOCH"}
    assert given <= set(re.findall(r"^ARG (\w+)=", dockerfile, re.MULTILINE))
    assert (ROOT / build["file"]).is_file()
    assert build["platforms"] == "linux/amd64,linux/arm64"


def test_what_the_image_runs_is_tested_as_it_runs_it() -> None:
    job = read(ROOT / ".github/workflows/ci.yml")["jobs"]["compiled"]
    assert "make test-compiled" in [step.get("run") for step in job["steps"]]
    builder = re.search(r"^ARG BUILDER=(.+)$", (ROOT / "docker" / "Dockerfile").read_text(), re.MULTILINE)
    assert builder is not None
    assert job["container"].startswith(f"{builder[1]}-")


def test_each_python_that_the_package_names_is_tested() -> None:
    job = read(ROOT / ".github/workflows/ci.yml")["jobs"]["test"]
    named = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", name)]
    assert job["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"
