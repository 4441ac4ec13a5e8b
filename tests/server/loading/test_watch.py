"""A change of any file that the configuration is made of is noticed, once, and not before it is written to the end."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from server.loading import watch as watching
from server.loading.configuration import Configuration
from server.loading.watch import Files, Watch
from server.system.files import Stamp, stamp

A, B, C = Path("a"), Path("b"), Path("c")
CONFIG = """
server: {geo: {database: countries.mmdb}}
clients: {web: {type: measurement_protocol, api_secrets: "${MP_SECRET}"}}
variables: {margins: {file: margins.csv, key: item, value: margin}}
tags: {hook: {type: http_request, url: "https://e.example/", body: {m: "{{ var.margins.a }}"}}}
"""


class Disk:
    """Files with stamps that a test changes."""

    def __init__(self, *paths: Path) -> None:
        self.stamps: dict[Path, Stamp] = dict.fromkeys(paths, (0, 0, 0))

    def watch(self) -> Watch:
        return Watch(lambda: list(self.stamps), lambda path: self.stamps[path])


def test_what_stays_as_it_is_is_no_change() -> None:
    watch = Disk(A, B).watch()
    assert [watch.changed() for _ in range(3)] == [()] * 3


@pytest.mark.parametrize("new", [(1, 0, 0), (0, 1, 0), (0, 0, 1), None])
def test_a_change_is_said_once_when_it_has_stayed_for_two_looks(new: Stamp) -> None:
    disk = Disk(A, B)
    watch = disk.watch()
    disk.stamps[B] = new
    assert [list(watch.changed()) for _ in range(3)] == [[], [B], []]


def test_a_file_that_is_still_being_written_is_waited_for() -> None:
    disk = Disk(A)
    watch = disk.watch()
    for size in range(1, 5):
        disk.stamps[A] = (size, size, 0)
        assert watch.changed() == ()
    assert watch.changed() == [A]


def test_a_file_that_is_back_as_it_was_has_not_changed() -> None:
    disk = Disk(A)
    watch = disk.watch()
    disk.stamps[A] = None
    assert watch.changed() == ()
    disk.stamps[A] = (0, 0, 0)
    assert [watch.changed() for _ in range(3)] == [()] * 3


def test_files_that_come_and_go_are_changes() -> None:
    disk = Disk(A)
    watch = disk.watch()
    disk.stamps[C] = (0, 0, 0)
    assert [list(watch.changed()) for _ in range(2)] == [[], [C]]
    del disk.stamps[A]
    assert [list(watch.changed()) for _ in range(2)] == [[], [A]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "container.yaml").write_text(CONFIG)
    (tmp_path / "margins.csv").write_text("item,margin\na,1\n")
    (tmp_path / "env").write_text("MP_SECRET_FILE=secret.txt\n")
    (tmp_path / "secret.txt").write_text("s3cret")
    monkeypatch.delenv("MP_SECRET", raising=False)
    return tmp_path


def names(files: Files) -> set[str]:
    return {path.name for path in files()}


def test_everything_that_the_file_and_the_environment_name_is_watched(folder: Path) -> None:
    files = Files(Configuration(folder / "container.yaml", folder / "env"))
    assert names(files) == {"container.yaml", "env", "margins.csv", "secret.txt", "countries.mmdb"}


def test_of_a_folder_its_files_are_watched_as_they_come(folder: Path) -> None:
    files = Files(Configuration(folder))
    assert names(files) == {"container.yaml", "margins.csv", "countries.mmdb"}
    (folder / "more.yaml").write_text("triggers: {}")
    assert "more.yaml" in names(files)


def test_what_the_file_names_is_found_out_anew(folder: Path) -> None:
    files = Files(Configuration(folder / "container.yaml"))
    (folder / "container.yaml").write_text(CONFIG.replace("margins.csv", "others.csv"))
    (folder / "others.csv").write_text("item,margin\na,1\n")
    assert "margins.csv" in names(files)
    files.read()
    assert {"others.csv", "margins.csv"} & names(files) == {"others.csv"}


def test_a_file_that_cannot_be_read_is_watched_until_it_can(folder: Path) -> None:
    configuration = Configuration(folder / "container.yaml")
    files = Files(configuration)
    (folder / "container.yaml").unlink()
    files.read()
    assert names(files) == {"container.yaml", "margins.csv", "countries.mmdb"}
    assert stamp(folder / "container.yaml") is None


@pytest.mark.parametrize("broken", ["tags: {hook: [", "clients: {}\ntags: {hook: {type: nothing}}"])
def test_what_a_broken_file_no_longer_says_is_watched_on(folder: Path, broken: str) -> None:
    files = Files(Configuration(folder / "container.yaml"))
    (folder / "container.yaml").write_text(broken)
    files.read()
    assert names(files) == {"container.yaml", "margins.csv", "countries.mmdb"}


def test_what_is_named_anew_counts_as_it_is_and_what_changes_afterwards_is_a_change() -> None:
    disk = Disk(A, B)
    watch = disk.watch()
    disk.stamps = {A: (1, 0, 0), C: (0, 0, 0)}
    watch.renew()
    assert [list(watch.changed()) for _ in range(2)] == [[], [A]]
    disk.stamps[C] = (1, 0, 0)
    assert [list(watch.changed()) for _ in range(2)] == [[], [C]]


def test_a_link_that_leads_elsewhere_is_a_change(tmp_path: Path) -> None:
    """As a ConfigMap changes: what is named stays a link, and another file is behind it."""
    link = tmp_path / "container.yaml"
    for name in ("one", "two"):
        (tmp_path / name).write_text("same")
        os.utime(tmp_path / name, ns=(0, 0))
    link.symlink_to(tmp_path / "one")
    watch = Watch(lambda: [link], stamp)
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert [list(watch.changed()) for _ in range(2)] == [[], [link]]


def test_files_that_cannot_be_looked_at_for_a_while_are_looked_at_again(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    looks = [(), OSError(errno.EMFILE, "Too many open files"), OSError(errno.EMFILE, "Too many open files"), (folder,)]

    class Looking(Watch):
        def changed(self) -> Sequence[Path]:
            found = looks.pop(0)
            if isinstance(found, OSError):
                raise found
            return cast(Sequence[Path], found)

    def told(_: int, number: int) -> None:
        raise InterruptedError(number)

    monkeypatch.setattr(watching, "PAUSE", 0)
    monkeypatch.setattr(os, "kill", told)
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_DFL)  # whoever runs the tests may ignore it
    files = Files(Configuration(folder / "container.yaml"))
    with capture_logs() as lines, pytest.raises(InterruptedError, match=str(int(signal.SIGHUP))):
        watching._run(Looking(files, stamp), files)
    assert [line.get("why") for line in lines] == ["Too many open files", None]
