"""Lines appended to files and standard output."""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from core.types import Line
from server.http import TransportError
from server.senders.lines import Lines, write_line


def line(target: object, text: str = "x") -> Line:
    return Line(str(target), text, (0,))


def test_lines_are_appended_one_after_another(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    path.write_text("before\n")
    assert write_line(line(path, "first")).status == 200
    write_line(line(path, "zweite Zeile ü"))
    assert path.read_text(encoding="utf-8") == "before\nfirst\nzweite Zeile ü\n"


def test_a_new_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    write_line(line(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_rotated_file_is_left_alone_and_a_new_one_begun(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    write_line(line(path, "old"))
    path.rename(tmp_path / "events.log.1")
    write_line(line(path, "new"))
    assert path.read_text() == "new\n"
    assert (tmp_path / "events.log.1").read_text() == "old\n"


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        write_line(line(tmp_path / "events.log"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_dash_is_standard_output_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_line(line("-", '{"event_name":"page_view"}')).status == 200
    assert capsys.readouterr().out == '{"event_name":"page_view"}\n'


@pytest.mark.parametrize(("target", "why"), [("missing/events.log", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_written_is_a_transport_error(tmp_path: Path, target: str, why: str) -> None:
    with pytest.raises(TransportError, match=why) as raised:
        write_line(line(tmp_path / target, "visitor@example.com"))
    assert "visitor" not in str(raised.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_forbidden_file_is_a_transport_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(TransportError, match="Permission denied"):
        write_line(line(tmp_path / "events.log"))


def test_a_permission_error_is_a_transport_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(TransportError, match="Permission denied"):
        write_line(line(tmp_path / "events.log"))


def test_a_closed_pipe_on_standard_output_is_a_transport_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(TransportError, match="Broken pipe"):
        write_line(line("-"))


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.log"
    path.write_text("whole\n")
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:2]))
    with pytest.raises(TransportError, match="only a part"):
        write_line(line(path, "torn"))
    assert path.read_text() == "whole\n"


def test_a_pipe_that_nobody_reads_blocks_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TransportError, match="pipe"):
        write_line(line(tmp_path / "pipe"))


def test_a_line_waits_for_another_workers(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    path.touch()
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        writing = threading.Thread(target=write_line, args=(line(path, "mine"),))
        writing.start()
        assert path.read_bytes() == b""
    writing.join(60)
    assert path.read_text() == "mine\n"


def test_a_line_that_takes_too_long_is_a_transport_error_and_those_behind_it_are_not_written_late(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    path.touch()

    async def scenario() -> None:
        lines = Lines("test", patience=0.05)
        with path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            for text in ("first", "second", "third"):
                with pytest.raises(TransportError, match=r"events\.log: the line was not taken within 0\.05 s"):
                    await lines.write(line(path, text))
        lines._turns._patience = 20
        assert (await lines.write(line(path, "fourth"))).status == 200
        lines.close()

    asyncio.run(scenario())
    assert path.read_text() == "first\nfourth\n"
