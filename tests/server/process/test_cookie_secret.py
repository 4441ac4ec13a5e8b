"""The installation's own secret: made once, whole or not there, the same for whoever asks, and told to nobody."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from server.process.cookie_secret import FILE, kept_secret, new_secret
from server.system.files import FileError


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = kept_secret(tmp_path)
    assert len(first) == 64
    assert kept_secret(tmp_path) == first
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_two_folders_have_two() -> None:
    assert new_secret() != new_secret()


def _ask(folder: Path, answers: multiprocessing.Queue[str]) -> None:
    answers.put(kept_secret(folder))


def test_many_who_start_at_once_get_the_same(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    answers: multiprocessing.Queue[str] = context.Queue()
    processes = [context.Process(target=_ask, args=(tmp_path, answers)) for _ in range(16)]
    for process in processes:
        process.start()
    found = {answers.get(timeout=20) for _ in processes}
    for process in processes:
        process.join(60)
    assert found == {kept_secret(tmp_path)}


@pytest.mark.parametrize("left", [b"", b"half of a secr"])
def test_what_a_crash_left_behind_is_not_taken_for_it(tmp_path: Path, left: bytes) -> None:
    (tmp_path / FILE).with_suffix(".part").write_bytes(left)
    (tmp_path / FILE).write_bytes(b"")
    assert len(kept_secret(tmp_path)) == 64


@pytest.mark.parametrize("text", ["0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef\r\n"])
def test_one_that_an_operator_puts_there_is_used(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert kept_secret(tmp_path) == text.strip()
    assert (tmp_path / FILE).read_text().strip() == text.strip()


@pytest.mark.parametrize("text", [b"short\n", b"\0" * 65, b"\xff" * 65])
def test_what_is_no_secret_is_refused_in_words_and_not_shown(tmp_path: Path, text: bytes) -> None:
    (tmp_path / FILE).write_bytes(text)
    with pytest.raises(FileError, match="holds no secret; restore it from a backup, or remove it") as error:
        kept_secret(tmp_path)
    assert "short" not in str(error.value)
    assert (tmp_path / FILE).read_bytes() == text


def test_one_that_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    (tmp_path / FILE / "x").touch()
    with pytest.raises(FileError, match="the secret of the visitors' cookies cannot be kept there: "):
        kept_secret(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="cannot be kept there: Permission denied"):
        kept_secret(tmp_path)
