"""Files that are taken away from under a running process: it notices, and stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from server.outbox.presence import Presence


def replaced(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    copy.rename(path)


@pytest.mark.parametrize("change", [Path.unlink, replaced])
def test_a_file_that_is_gone_or_another_one_is_missed(tmp_path: Path, change: Callable[[Path], None]) -> None:
    here, later = tmp_path / "here", tmp_path / "later"
    here.touch()
    presence = Presence()
    assert presence.missing([here, later]) is None
    later.touch()
    assert presence.missing([here, later]) is None
    change(later)
    assert presence.missing([here, later]) == later
