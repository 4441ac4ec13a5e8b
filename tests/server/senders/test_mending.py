"""Files of events that nobody finished: what is whole in them is kept, and what was cut off is not."""

from __future__ import annotations

import fcntl
import gzip
import io
import os
import random
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.senders.mending import end_of_lines, end_of_members, mend

NAME = "events-2026-12-01-host-0-0001.jsonl"
LINES = [b'{"id":"r%d-0","event_name":"page_view"}\n' % number for number in range(300)]
MEMBERS = [gzip.compress(b"".join(LINES[at : at + 50]), mtime=0) for at in range(0, 300, 50)]


def ends(pieces: list[bytes]) -> list[int]:
    """Where each of them ends, and where the first begins."""
    return [sum(map(len, pieces[:count])) for count in range(len(pieces) + 1)]


def left(folder: Path, content: bytes, suffix: str = "") -> Path:
    path = folder / f"{NAME}{suffix}.part"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("pieces", "end"), [(LINES, end_of_lines), (MEMBERS, end_of_members)], ids=["lines", "members"])
def test_of_what_was_cut_off_anywhere_all_that_is_whole_is_kept(pieces: list[bytes], end: object) -> None:
    assert callable(end)
    whole, borders = b"".join(pieces), ends(pieces)
    cuts = {*borders, *(each - 1 for each in borders[1:]), *(each + 1 for each in borders[:-1])}
    for cut in cuts | set(random.Random(1).sample(range(len(whole)), 100)):
        assert end(io.BytesIO(whole[:cut])) == max(each for each in borders if each <= cut)


@pytest.mark.parametrize("tail", [bytes(5000), bytes(70_000), bytes(100) + LINES[0], b"{" + bytes(9) + b"}\n"])
def test_blocks_that_were_never_written_are_no_lines(tail: bytes) -> None:
    whole = b"".join(LINES * 20)
    assert end_of_lines(io.BytesIO(whole + tail)) == len(whole)


@pytest.mark.parametrize("tail", [bytes(5000), b"\x1f\x8b\x08", MEMBERS[0][:-8] + bytes(8), b"no gzip at all"])
def test_what_is_no_whole_member_is_not_kept(tail: bytes) -> None:
    whole = b"".join(MEMBERS)
    assert end_of_members(io.BytesIO(whole + tail)) == len(whole)


def test_a_large_member_is_found_in_pieces() -> None:
    member = gzip.compress(random.Random(2).randbytes(300_000))
    assert end_of_members(io.BytesIO(member + MEMBERS[0] + member[:-1])) == len(member + MEMBERS[0])


@pytest.mark.parametrize(("suffix", "pieces"), [("", LINES), (".gz", MEMBERS)])
def test_a_file_that_was_left_behind_is_finished_without_its_torn_end(tmp_path: Path, suffix: str, pieces: list[bytes]) -> None:
    left(tmp_path, b"".join(pieces[:4]) + pieces[4][:-3], suffix)
    with capture_logs() as logs:
        mend(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}{suffix}"]
    content = (tmp_path / f"{NAME}{suffix}").read_bytes()
    assert content == b"".join(pieces[:4])
    [told] = logs
    assert (told["log_level"], told["kept"], told["cut_off"]) == ("warning", len(content), len(pieces[4]) - 3)


def test_a_whole_one_is_finished_as_it_is_and_no_warning_told(tmp_path: Path) -> None:
    left(tmp_path, LINES[0])
    with capture_logs() as logs:
        mend(tmp_path)
    assert (tmp_path / NAME).read_bytes() == LINES[0]
    assert [told["log_level"] for told in logs] == ["info"]


@pytest.mark.parametrize("content", [b"", b'{"id":', bytes(4096)])
def test_one_without_a_whole_line_is_removed(tmp_path: Path, content: bytes) -> None:
    left(tmp_path, content)
    mend(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_that_somebody_writes_is_left_alone(tmp_path: Path) -> None:
    path = left(tmp_path, b"half")
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        mend(tmp_path)
    assert path.read_bytes() == b"half"


@pytest.mark.parametrize(
    "name", ["notes.part", "events-2026-12-01-host-0-0001.csv.part", "events.jsonl.part", NAME, f"{NAME}.gz"]
)
def test_what_is_none_of_ours_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"half")
    mend(tmp_path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(name, b"half")]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"half")
    (tmp_path / f"{NAME}.part").symlink_to(elsewhere)
    (tmp_path / f"{NAME.replace('0001', '0002')}.part").write_bytes(LINES[0])
    with capture_logs() as logs:
        mend(tmp_path)
    assert elsewhere.read_bytes() == b"half"
    assert [told["why"] for told in logs if told["log_level"] == "error"] == ["Too many levels of symbolic links"]
    assert (tmp_path / NAME.replace("0001", "0002")).exists()


def test_a_finished_file_of_that_name_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(LINES[1])
    path = left(tmp_path, LINES[0])
    with capture_logs() as logs:
        mend(tmp_path)
    assert ((tmp_path / NAME).read_bytes(), path.read_bytes()) == (LINES[1], LINES[0])
    assert [(told["log_level"], told["why"]) for told in logs] == [("error", f"there is a {NAME} already")]


def test_a_cut_is_on_the_disk_before_the_name_says_that_it_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = left(tmp_path, LINES[0] + b"torn")
    flushed: list[tuple[bool, int]] = []
    monkeypatch.setattr(os, "fsync", lambda file: flushed.append((path.exists(), os.fstat(file).st_size)))
    mend(tmp_path)
    assert flushed[0] == (True, len(LINES[0]))
    assert flushed[1][0] is False
