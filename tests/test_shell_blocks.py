"""The programs that the pages call: each line of a shell block is run as it stands, as far as a machine without a cluster can."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.block_runners import SHELL
from tests.docker.compose import copy
from tests.documentation import ROOT, Block, Command, blocks, commands

TRIED: Final = {
    "tagyard": "test_documentation.py::test_its_commands_do_what_they_say",
    "docker": "test_documentation.py::test_its_compose_commands_name_services_that_there_are",
    "kubectl": "test_shell_blocks.py::test_kubectl_understands_its_command",
    "git": "test_shell_blocks.py::test_git_does_it_in_a_repository_with_a_past",
    "ssh": "test_shell_blocks.py::test_ssh_understands_where_the_tunnel_leads",
    "make": "test_shell_blocks.py::test_make_knows_what_to_do",
    "curl": "test_served_commands.py::test_what_curl_asks_is_answered",
    **dict.fromkeys(("cd", "cp", "echo", "$EDITOR"), "test_shell_blocks.py::test_the_steps_before_compose_are_taken"),
    "jq": "test_shell_blocks.py::test_jq_makes_a_hits_file_of_a_visit",
    **dict.fromkeys(
        ("pip", "pytest", "mypy"),
        "tagyard/test_example.py::test_the_package_is_installed_checked_and_tested_as_the_page_says",
    ),
    "install": "test_shell_blocks.py::test_a_folder_is_given_to_the_user_of_the_image",
}
"""By program, the test that runs it."""


def of(*programs: str) -> list[Command]:
    """Every line that calls one of these."""
    return [command for command in commands() if command.words[0] in programs]


def run(words: Sequence[str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "HOME": str(folder), **env}
    return subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)


def test_every_program_is_tried_by_a_test() -> None:
    assert {command.words[0] for command in commands()} == TRIED.keys()
    for test in (*TRIED.values(), SHELL):
        file, _, function = test.partition("::")
        assert f"def {function}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="this machine has no kubectl")
@pytest.mark.parametrize("command", of("kubectl"), ids=str)
def test_kubectl_understands_its_command(command: Command, tmp_path: Path) -> None:
    """What makes a manifest makes it; what asks a cluster comes as far as to find none."""
    (tmp_path / "tagyard.creds").touch()
    (tmp_path / "kustomization.yaml").write_text("configMapGenerator: [{name: tagyard, literals: [a=b]}]\n")
    words = [word.replace("$(openssl rand -hex 24)", "0123456789abcdef") for word in command.words]
    if words[1] == "create":
        made = run([*words, "--dry-run=client", "--output", "name"], tmp_path)
        assert (made.returncode, made.stderr) == (0, "")
        return
    at = words.index("--") if "--" in words else len(words)
    asked = run([*words[:at], "--server", "http://127.0.0.1:1", *words[at:]], tmp_path)
    assert re.search(r"127\.0\.0\.1:1\b.*\brefused", asked.stderr), asked.stderr


GIT: Final = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits of a file; and another repository that it comes from."""
    upstream, here = tmp_path / "upstream", tmp_path / "here"
    run(["git", *GIT, "init", str(upstream)], tmp_path)
    for text in ("one", "two"):
        (upstream / "container.yaml").write_text(text)
        run(["git", "add", "."], upstream)
        run(["git", *GIT, "commit", "--message", text], upstream)
    run(["git", "clone", str(upstream), str(here)], tmp_path)
    run(["git", "reset", "--hard", "HEAD~1"], here)
    return here


@pytest.mark.parametrize("command", of("git"), ids=str)
def test_git_does_it_in_a_repository_with_a_past(command: Command, repository: Path) -> None:
    done = run(["git", *GIT, *command.words[1:]], repository)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("ssh") is None, reason="this machine has no ssh")
@pytest.mark.parametrize("command", of("ssh"), ids=str)
def test_ssh_understands_where_the_tunnel_leads(command: Command, tmp_path: Path) -> None:
    told = run(["ssh", "-G", *command.words[1:]], tmp_path)
    assert "localforward 8081 [127.0.0.1]:8081" in told.stdout, told.stderr


@pytest.mark.skipif(shutil.which("jq") is None, reason="this machine has no jq")
@pytest.mark.parametrize("command", of("jq"), ids=str)
def test_jq_makes_a_hits_file_of_a_visit(command: Command, tmp_path: Path) -> None:
    asked = {"method": "POST", "url": "https://data.example.com/g/collect?v=2", "headers": [], "postData": {"text": "en=scroll"}}
    (tmp_path / "visit.har").write_text(json.dumps({"log": {"entries": [{"request": asked}]}}))
    (hit,) = run(command.words, tmp_path).stdout.splitlines()
    assert json.loads(hit) == {"method": "POST", "url": asked["url"], "body": "en=scroll"}


@pytest.mark.parametrize("command", of("make"), ids=str)
def test_make_knows_what_to_do(command: Command, tmp_path: Path) -> None:
    done = run(["make", "--dry-run", f"--directory={ROOT}", *command.words[1:]], tmp_path)
    assert done.returncode == 0, done.stderr


BEFORE_COMPOSE: Final = [block for block in blocks("sh") if block.text.startswith("cd docker")]


@pytest.mark.parametrize("block", BEFORE_COMPOSE, ids=str)
def test_the_steps_before_compose_are_taken(block: Block, tmp_path: Path) -> None:
    folder = copy(tmp_path)
    (folder / ".env").unlink()
    lines = [line for line in block.text.splitlines() if not line.startswith("docker ")]
    done = run(["sh", "-e", "-c", "\n".join(lines)], tmp_path, EDITOR="test -f")
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / ".env").read_text().startswith((folder / "env.example").read_text())


def test_those_steps_are_all_that_is_copied_and_echoed() -> None:
    there = [command.block for command in of("cd", "cp", "echo", "$EDITOR")]
    assert {str(block) for block in there} == {str(block) for block in BEFORE_COMPOSE}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
@pytest.mark.parametrize("command", of("install"), ids=str)
def test_a_folder_is_given_to_the_user_of_the_image(command: Command, tmp_path: Path) -> None:
    assert run(command.words, tmp_path).returncode == 0
    made = (tmp_path / command.words[-1]).stat()
    assert f"USER {made.st_uid}:{made.st_gid}" in (ROOT / "docker" / "Dockerfile").read_text()
