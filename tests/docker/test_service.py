"""The systemd unit, as systemd itself reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli.main import main
from server.process.plan import BROKEN_DISK
from tests.server.process.harness import ROOT

UNIT = ROOT / "docker" / "tagyard.service"
TEXT = UNIT.read_text()
SYSTEMD = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd-analyze")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists here: systemd looks for it."""
    (tmp_path / "tagyard").write_text("#!/bin/sh\n")
    (tmp_path / "tagyard").chmod(0o755)
    unit = tmp_path / "tagyard.service"
    unit.write_text(TEXT.replace("/opt/tagyard/bin/tagyard", str(tmp_path / "tagyard")))
    return unit


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60)


@SYSTEMD
def test_systemd_understands_every_line(unit: Path) -> None:
    done = analyzed("--man=no", "verify", str(unit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@SYSTEMD
def test_it_is_among_the_least_exposed_services(unit: Path) -> None:
    """systemd's own score, from 0 to 10; its words for up to 2 are "OK"."""
    done = analyzed("security", "--offline=true", "--no-pager", "--threshold=15", str(unit))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("line", "command", "file"), [("ExecStart", "serve", ["/etc/tagyard/container.yaml"]), ("ExecReload", "reload", [])]
)
def test_what_it_starts_and_what_reloads_it_are_commands_about_the_same_folder(line: str, command: str, file: list[str]) -> None:
    started = re.search(rf"^{line}=/opt/tagyard/bin/tagyard (.*)$", TEXT, re.MULTILINE)
    assert started is not None
    assert started[1].split() == [command, *file, "--data", "/var/lib/tagyard"]
    assert "--data" in {option for parameter in main.commands[command].params for option in parameter.opts}
    assert CliRunner().invoke(main, ["outbox", "status", "--help"]).output.count("--data") == 1


def test_a_disk_that_failed_does_not_make_it_start_again_and_again() -> None:
    assert f"RestartPreventExitStatus={BROKEN_DISK}\n" in TEXT


def test_it_is_never_given_up_since_events_wait_in_its_outbox() -> None:
    assert "\nStartLimitIntervalSec=0\n" in TEXT
