"""What is kept in memory and on disk, what is forgotten first, and what a file on disk is believed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.scripts.cached import Copy, Key, Variant
from server.scripts.disk import Disk
from server.scripts.memory import Memory

COPY = Copy(b"body\nof two lines", 1_700_000_000_000_000, 900)
KEY = Key("script", "https://up.example/gtm.js?id=GTM-1", "DE", "BY")


def key(number: int) -> Key:
    return Key("script", f"https://up.example/gtm.js?id=GTM-1&n={number}")


def names(memory: Memory) -> set[str]:
    return {each.url.rpartition("=")[2] for each, _ in memory}


class TestMemory:
    def test_the_least_recently_used_goes_first(self) -> None:
        memory = Memory(most=3)
        for number in (1, 2, 3):
            memory.put(key(number), COPY)
            memory.get(key(number))
        memory.get(key(1))
        memory.put(key(4), COPY)
        assert names(memory) == {"1", "3", "4"}

    def test_what_is_asked_for_once_does_not_drive_out_what_is_asked_for_again(self) -> None:
        memory = Memory(most=10)
        memory.put(key(1), COPY)
        memory.get(key(1))
        for number in range(100, 200):
            memory.put(key(number), COPY)
        assert "1" in names(memory)
        assert len(memory) == 10

    def test_a_newcomer_stays_long_enough_to_be_asked_for_again(self) -> None:
        memory = Memory(most=5)
        for number in range(5):
            memory.put(key(number), COPY)
            memory.get(key(number))
        memory.put(key(9), COPY)
        assert memory.get(key(9)) is not None
        assert len(memory) == 5

    def test_bytes_are_bounded_too_with_what_was_made_of_a_copy(self) -> None:
        memory = Memory(most_bytes=100)
        first, second = (memory.put(key(number), Copy(bytes(40), 0, 1)) for number in (1, 2))
        assert names(memory) == {"1", "2"}
        second.variants["a.example", "br"] = Variant.of(bytes(30), "br")
        assert second.weight == 70
        memory.fit()
        assert names(memory) == {"2"}
        assert first.weight == 40

    def test_one_that_is_larger_than_everything_is_held_alone(self) -> None:
        memory = Memory(most_bytes=10)
        memory.put(key(1), COPY)
        memory.put(key(2), Copy(bytes(99), 0, 1))
        assert names(memory) == {"2"}

    def test_a_renewed_copy_keeps_what_was_made_of_the_same_bytes(self) -> None:
        memory = Memory()
        held = memory.put(KEY, COPY)
        held.variants["a.example", "br"] = Variant.of(b"x", "br")
        held.failed("HTTP 500", 5)
        same = memory.put(KEY, Copy(COPY.body, 2, 900))
        assert (same, same.failure, len(same.variants), same.copy.fetched_at) == (held, None, 1, 2)
        other = memory.put(KEY, Copy(b"other", 3, 900))
        assert (other.copy.body, len(other.variants)) == (b"other", 0)
        assert memory.get(KEY) is other

    def test_what_was_never_there_is_none(self) -> None:
        assert Memory().get(KEY) is None


class TestDisk:
    def test_what_was_stored_is_loaded(self, tmp_path: Path) -> None:
        Disk(tmp_path / "scripts").store(KEY, COPY)
        assert Disk(tmp_path / "scripts").load(KEY) == COPY
        assert Disk(tmp_path / "scripts").load(KEY._replace(region="BE")) is None

    def test_only_the_owner_may_look(self, tmp_path: Path) -> None:
        Disk(tmp_path / "scripts").store(KEY, COPY)
        assert (tmp_path / "scripts").stat().st_mode & 0o777 == 0o700
        [file] = (tmp_path / "scripts").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600

    def test_another_copy_takes_the_place_of_the_first(self, tmp_path: Path) -> None:
        disk = Disk(tmp_path)
        disk.store(KEY, COPY)
        disk.store(KEY, Copy(b"newer", 5, 60))
        assert disk.load(KEY) == Copy(b"newer", 5, 60)
        assert len(list(tmp_path.iterdir())) == 1

    @pytest.mark.parametrize("content", [b"", b"\n", b"{}\nbody", b"[]\nbody", b"\xff\nbody", b"null\nx", b'{"key": 1}\n'])
    def test_what_is_no_copy_is_as_good_as_not_there(self, tmp_path: Path, content: bytes) -> None:
        disk = Disk(tmp_path)
        disk.store(KEY, COPY)
        [file] = tmp_path.iterdir()
        file.write_bytes(content)
        assert disk.load(KEY) is None

    def test_every_shortened_or_changed_file_is_noticed(self, tmp_path: Path) -> None:
        disk = Disk(tmp_path)
        disk.store(KEY, COPY)
        [file] = tmp_path.iterdir()
        whole = file.read_bytes()
        body = whole.index(b"\n") + 1
        for length in range(len(whole)):
            file.write_bytes(whole[:length])
            assert disk.load(KEY) is None
        for at in range(body, len(whole)):
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert disk.load(KEY) is None

    def test_a_file_of_another_key_is_not_believed(self, tmp_path: Path) -> None:
        disk = Disk(tmp_path)
        disk.store(key(1), COPY)
        [one] = tmp_path.iterdir()
        disk.store(key(2), Copy(b"other", 0, 1))
        [two] = set(tmp_path.iterdir()) - {one}
        one.replace(two)
        assert disk.load(key(2)) is None

    @pytest.mark.parametrize(("most", "most_bytes"), [(3, 1 << 20), (100, 700)])
    def test_the_oldest_are_forgotten(self, tmp_path: Path, most: int, most_bytes: int) -> None:
        disk = Disk(tmp_path, most, most_bytes)
        for number in range(6):
            disk.store(key(number), COPY)
            for path in tmp_path.iterdir():
                about = path.stat()
                os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns - 1_000_000_000))
        kept = [number for number in range(6) if disk.load(key(number))]
        assert kept == [3, 4, 5]

    def test_a_single_one_stays_however_large(self, tmp_path: Path) -> None:
        disk = Disk(tmp_path, most_bytes=1)
        disk.store(KEY, COPY)
        assert disk.load(KEY) == COPY
