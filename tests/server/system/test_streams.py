"""Text that is written without waiting for whoever reads it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from server.system.streams import Stream

PATIENCE = 20
LINE = b"x" * 127 + b"\n"
ROOT = Path(__file__).parents[3]


class Pipe:
    """A pipe that nobody reads until ``read`` is called."""

    def __init__(self, most: int = 1000) -> None:
        self.reading, self.writing = os.pipe()
        self.told: list[int] = []
        self.heard = threading.Event()
        self.stream = Stream(self.writing, self._hear, most)

    def _hear(self, lines: int) -> None:
        self.told.append(lines)
        self.stream.write(f"dropped {lines}\n")
        self.heard.set()

    def fill(self) -> int:
        """Fills the pipe, and then writes until lines are dropped, and five more; how many were written and not dropped."""
        os.set_blocking(self.writing, False)
        lines = 0
        with suppress(BlockingIOError):
            while True:
                lines += os.write(self.writing, LINE) // len(LINE)
        os.set_blocking(self.writing, True)
        while not self.stream.dropped:
            self.stream.write(LINE.decode())
            lines += 1
        for _ in range(5):
            self.stream.write(LINE.decode())
            lines += 1
        return lines - self.stream.dropped

    def read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            found += os.read(self.reading, size - len(found))
        return found


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    for each in (made.reading, made.writing):
        with suppress(OSError):
            os.close(each)


def test_lines_come_out_whole_and_in_order(pipe: Pipe) -> None:
    for text in ("one\n", "tw", "o", "\nthree\nfo", "ur \ud800ü\n"):
        pipe.stream.write(text)
    assert pipe.read(26) == "one\ntwo\nthree\nfour \\ud800ü\n".encode()[:26]
    assert pipe.stream.drain(PATIENCE)


def test_a_line_that_has_only_begun_waits_for_its_end(pipe: Pipe) -> None:
    pipe.stream.write("half")
    assert pipe.stream.drain(0)
    pipe.stream.write(" and half\n")
    assert pipe.read(14) == b"half and half\n"


def test_whoever_writes_never_waits_and_what_does_not_fit_is_counted_and_told_of(pipe: Pipe) -> None:
    kept = pipe.fill()
    assert pipe.stream.stalled
    assert not pipe.stream.drain(0)
    dropped = pipe.stream.dropped
    assert dropped >= 6
    assert pipe.read(kept * len(LINE)) == LINE * kept
    assert pipe.heard.wait(PATIENCE)
    assert sum(pipe.told) == dropped
    assert pipe.read(10).startswith(b"dropped ")
    assert pipe.stream.drain(PATIENCE)
    assert not pipe.stream.stalled


def test_a_reader_that_has_gone_costs_the_lines_and_nothing_else(pipe: Pipe) -> None:
    pipe.fill()
    os.close(pipe.reading)
    assert pipe.stream.drain(PATIENCE)
    assert pipe.stream.stalled
    before = pipe.stream.dropped
    pipe.stream.write("to nobody\n")
    assert pipe.stream.dropped == before + 1
    assert pipe.stream.drain(0)


def test_a_log_on_a_full_disk_goes_on_when_there_is_room_again(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    room, write = threading.Event(), os.write

    def full(descriptor: int, data: bytes) -> int:
        if descriptor == pipe.writing and not room.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    pipe.stream.write("lost\n")
    assert pipe.stream.drain(PATIENCE)
    assert (pipe.stream.dropped, pipe.stream.stalled, pipe.told) == (1, True, [])
    room.set()
    pipe.stream.write("kept\n")
    assert pipe.heard.wait(PATIENCE)
    assert pipe.read(15) == b"kept\ndropped 1\n"
    assert not pipe.stream.stalled


def test_a_descriptor_that_does_not_block_is_waited_for_as_well() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    stream = Stream(writing, lambda _: None)
    text = b"y" * 200_000 + b"\n"
    stream.write(text.decode())
    found = b""
    while len(found) < len(text):
        found += os.read(reading, 1 << 16)
    assert found == text
    assert stream.drain(PATIENCE)


def test_it_is_what_it_writes_to(pipe: Pipe) -> None:
    assert (pipe.stream.fileno(), pipe.stream.isatty(), pipe.stream.writable()) == (pipe.writing, False, True)
    pipe.stream.flush()


LAST_WORDS = """
import sys
from server.system.logs import configure_logs
from server.system.streams import unblock_log
unblock_log()
configure_logs("json")
import structlog
structlog.get_logger("tagyard").info("last words")
{end}
"""


@pytest.mark.parametrize(("end", "code"), [("", 0), ("sys.exit(3)", 3), ("raise ValueError('of this test')", 1)])
def test_the_last_words_of_a_process_are_written(end: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LAST_WORDS.format(end=end)], cwd=ROOT, stderr=subprocess.PIPE, timeout=PATIENCE, check=False
    )
    assert done.returncode == code
    assert b'"event": "last words"' in done.stderr
    assert (b"of this test" in done.stderr) is ("raise" in end)


def test_a_process_whose_log_nobody_reads_ends_all_the_same() -> None:
    flood = "for _ in range(20_000): structlog.get_logger('tagyard').info('x' * 200)"
    process = subprocess.Popen([sys.executable, "-c", LAST_WORDS.format(end=flood)], cwd=ROOT, stderr=subprocess.PIPE)
    assert process.wait(PATIENCE) == 0
    assert process.stderr is not None
    process.stderr.close()
