"""A server that was forked is what one is that was started by its command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.process.forked import can_fork, command
from tests.server.process.harness import ROOT, Tagyard

pytestmark = pytest.mark.process

CONFIG = "clients: {ga4: {measurement_ids: [G-TEST00001]}}\ntags: {log: {}}\n"


@pytest.mark.parametrize("arguments", [["--version"], ["serve", "no-such-file.yaml"], ["serve", "--workers", "none"]], ids=str)
def test_it_says_and_ends_with_the_same(arguments: list[str]) -> None:
    asked = [sys.executable, "-m", "tagyard", *arguments]
    executed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    done = command(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (executed.returncode, executed.stdout, executed.stderr)


def test_it_is_in_its_own_session_and_place_and_has_nothing_of_others_open(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(CONFIG)
    server = Tagyard(tmp_path / "a.yaml", descriptors=200)
    with Tagyard(tmp_path / "b.yaml", options=("--dry-run",)) as other, server:
        about = Path(f"/proc/{server.process.pid}")
        assert os.getsid(server.process.pid) == server.process.pid != os.getsid(other.process.pid)
        assert (about / "cwd").resolve() == ROOT
        assert "Max open files            200" in (about / "limits").read_text()
        assert not {each.resolve() for each in (about / "fd").iterdir()} & {other.log}
        assert server.process.poll() is None
        assert server.stop() == 0
        assert server.process.poll() == 0


def test_how_it_was_killed_is_told_and_it_is_gone(tmp_path: Path) -> None:
    (tmp_path / "container.yaml").write_text(CONFIG)
    with Tagyard(tmp_path / "container.yaml", options=("--dry-run",)) as server:
        with pytest.raises(subprocess.TimeoutExpired):
            server.process.wait(0.01)
        server.process.send_signal(signal.SIGKILL)
        assert server.process.wait(10) == -signal.SIGKILL
        server.process.send_signal(signal.SIGKILL)
        with pytest.raises(ProcessLookupError):
            os.kill(server.process.pid, 0)


@pytest.mark.parametrize("name", ["PYTHONUTF8", "LD_PRELOAD", "NO_COLOR"])
def test_what_is_read_as_modules_are_imported_needs_a_new_interpreter(name: str) -> None:
    assert not can_fork({**os.environ, name: "of the test"})
    assert can_fork({**os.environ, "OF_THE_TEST": "1"})


def test_what_a_test_sets_for_its_own_process_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/of/the/test")
    assert not can_fork(os.environ)
    monkeypatch.undo()
    assert can_fork(os.environ)
