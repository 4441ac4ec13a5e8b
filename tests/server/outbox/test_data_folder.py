"""The data folder: what it has to be, who else may enter it, and what happens where another Tagyard uses it."""

from __future__ import annotations

import errno
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from server.outbox import FolderOutbox, OutboxError, data_folder
from server.outbox.data_folder import claim, file_system, prepare, warn

USER = 10001
"""Who runs it: the image's user."""
GROUP = 10002
"""The group that a volume was given, which that user is in, as by Kubernetes' ``fsGroup``."""

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")


MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/share\\040one rw - nfs4 server:/x rw
31 30 0:41 / /mnt/share\\040one/local rw - xfs /dev/vdb rw
32 22 0:42 / /mnt/share rw - cifs //a/b rw
33 22 0:43 / /over rw - ext4 /dev/vdc rw
34 33 0:44 / /over rw - fuse.sshfs h: rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/data", "ext4"),
        ("/mnt/share one/data", "nfs4"),
        ("/mnt/share one/local/data", "xfs"),
        ("/mnt/share", "cifs"),
        ("/mnt/shares", "ext4"),
        ("/over/x", "fuse.sshfs"),
    ],
)
def test_the_file_system_is_that_of_the_innermost_and_latest_mount(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "ceph", "fuse.ceph-fuse", "fuse.sshfs"])
def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mounted(tmp_path, monkeypatch, kind)
    with pytest.raises(OutboxError, match=rf"network file system \({kind}\), which cannot hold an outbox; use a local disk"):
        FolderOutbox.open(tmp_path / "data", 0, max_size=1, workers=1)


def test_where_mounts_are_not_told_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "_MOUNTS", tmp_path / "nowhere")
    assert prepare(tmp_path / "data") == tmp_path / "data"


def test_a_folder_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(OutboxError, match="cannot be used as the data folder: File exists"):
        prepare(tmp_path / "data")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutboxError, match="the data folder cannot be written"):
        prepare(tmp_path)


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    folder = prepare(tmp_path / "data")
    assert folder.stat().st_mode & 0o777 == 0o700
    with capture_logs() as said:
        warn(folder)
    assert said == []


def not_ours(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_folder_whose_rights_are_not_ours_to_change_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o775)
    monkeypatch.setattr(Path, "chmod", not_ours)
    release = claim(tmp_path)
    with capture_logs() as said:
        warn(tmp_path)
    (line,) = said
    assert (line["mode"], line["owner"]) == ("0775", f"{os.geteuid()}:{os.getegid()}")
    release()


def test_where_it_cannot_be_used_either_its_rights_are_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "chmod", not_ours)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutboxError, match="cannot be used as the data folder: Operation not permitted"):
        prepare(tmp_path)


def test_a_lock_of_the_folder_that_cannot_be_opened_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "tagyard.lock").mkdir()
    with pytest.raises(OutboxError, match="the lock of the data folder cannot be opened: Is a directory"):
        claim(tmp_path)


def test_a_disk_without_room_for_a_name_keeps_nobody_from_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    claim(tmp_path)()


@pytest.fixture
def volume() -> Iterator[Path]:
    """A volume that belongs to root, as Kubernetes mounts one, below folders that everybody may pass."""
    with tempfile.TemporaryDirectory(prefix="volume-", ignore_cleanup_errors=True) as above:
        Path(above).chmod(0o755)
        folder = Path(above) / "data"
        folder.mkdir()
        yield folder


def given(folder: Path, group: int, mode: int) -> Path:
    os.chown(folder, 0, group)
    folder.chmod(mode)
    return folder


def without_rights(act: Callable[[], str]) -> str:
    """What this says in a process of the image's user, who is in the volume's group and has no other rights."""
    ours, its = Pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn where there are threads; none is needed here
        child = os.fork()
    if child == 0:
        _answer(its, act)
    its.close()
    try:
        return str(ours.recv())
    finally:
        os.waitpid(child, 0)


def _answer(pipe: Connection[str, str], act: Callable[[], str]) -> None:
    try:
        os.setgroups([GROUP])
        os.setgid(USER)
        os.setuid(USER)
        pipe.send(act())
    except BaseException as error:
        pipe.send(f"{type(error).__name__}: {error}")
    finally:
        os._exit(0)


def used(folder: Path) -> str:
    """Takes the folder, opens an outbox in it and says how many files there are, and what was logged."""
    with capture_logs() as said:
        release = claim(folder)
        warn(folder)
        FolderOutbox.open(folder, 0, max_size=1 << 30, workers=1)
        release()
    rights = {f"{path.stat().st_uid} {path.stat().st_mode & 0o777:o}" for path in folder.iterdir()}
    return "\n".join([*sorted(rights), *(f"{line['log_level']} {line['event']} {line['mode']} {line['owner']}" for line in said)])


@ROOT
@pytest.mark.parametrize("mode", [0o2775, 0o770])
def test_a_volume_of_root_that_a_group_of_ours_may_write_is_used_and_told_of(volume: Path, mode: int) -> None:
    given(volume, GROUP, mode)
    assert without_rights(lambda: used(volume)).splitlines() == [
        f"{USER} 600",
        f"warning others than this user may enter the data folder, and only its owner can change that {mode:04o} 0:{GROUP}",
    ]
    assert volume.stat().st_mode & 0o7777 == mode


@ROOT
@pytest.mark.parametrize(
    ("group", "mode"),
    [(0, 0o755), (0, 0o770), (GROUP, 0o750), (GROUP, 0o730), (GROUP, 0o760)],
    ids=["of root", "of another group", "read-only", "not readable", "not to be entered"],
)
def test_a_volume_that_we_cannot_use_is_refused_with_whose_rights_are_missing(volume: Path, group: int, mode: int) -> None:
    given(volume, group, mode)
    assert without_rights(lambda: used(volume)) == (
        f"OutboxError: {volume}: cannot be used as the data folder: Operation not permitted (this runs as user {USER})"
    )


@ROOT
@pytest.mark.parametrize(
    ("group", "mode"), [(GROUP, 0o2777), (0, 0o777), (0, 0o1777)], ids=["as an emptyDir", "everybody's", "as /tmp"]
)
def test_a_volume_that_anybody_may_write_is_refused_and_a_folder_in_it_is_taken(volume: Path, group: int, mode: int) -> None:
    given(volume, group, mode)
    refused = without_rights(lambda: used(volume))
    assert refused.startswith(f"OutboxError: {volume}: anybody may put files of their own there")
    own = volume / "tagyard"
    assert refused.endswith(f"name a folder in it, which is made: --data {own}, or TAGYARD_DATA")
    assert without_rights(lambda: used(own)) == f"{USER} 600"
    assert (own.stat().st_uid, own.stat().st_mode & 0o777) == (USER, 0o700)


@ROOT
def test_a_lock_that_another_user_has_left_behind_is_named(volume: Path) -> None:
    claim(given(volume, GROUP, 0o700))()
    given(volume, GROUP, 0o2775)
    assert without_rights(lambda: used(volume)) == (
        f"OutboxError: {volume}/tagyard.lock: the lock of the data folder cannot be opened: "
        f"Permission denied (this runs as user {USER})"
    )


@pytest.mark.parametrize("kind", ["9p", "virtiofs", "fuse", "fuse.bindfs", "fuseblk"])
def test_a_file_system_that_a_program_serves_is_told_of_at_every_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounted(tmp_path, monkeypatch, kind)
    for _ in range(2):
        with capture_logs() as said:
            warn(prepare(tmp_path / "data"))
        (line,) = said
        assert "was not tested for durability" in line["event"]
        assert (line["log_level"], line["file_system"]) == ("warning", kind)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "overlay", "tmpfs"])
def test_of_a_file_system_of_the_kernels_own_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mounted(tmp_path, monkeypatch, kind)
    with capture_logs() as said:
        warn(prepare(tmp_path / "data"))
    assert said == []


def mounted(folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mounts = folder / "mountinfo"
    mounts.write_text(f"1 1 0:1 / {folder} rw - {kind} source rw\n")
    monkeypatch.setattr(data_folder, "_MOUNTS", mounts)


def test_a_folder_in_use_is_waited_for_once_said_by_whom_and_then_given_up(tmp_path: Path) -> None:
    release = claim(tmp_path)
    with capture_logs() as said, pytest.raises(OutboxError, match="another Tagyard is using this data folder"):
        claim(tmp_path, patience=0.3)
    (line,) = said
    assert line["event"] == "waits for the data folder, which another Tagyard is using"
    assert line["used_by"] == f"process {os.getpid()} on {os.uname().nodename}"
    release()
    with capture_logs() as said:
        claim(tmp_path, patience=0.3)()
    assert said == []


def test_without_patience_nothing_is_waited_for_or_said(tmp_path: Path) -> None:
    release = claim(tmp_path)
    with capture_logs() as said, pytest.raises(OutboxError, match="another Tagyard is using this data folder"):
        claim(tmp_path)
    assert said == []
    release()
