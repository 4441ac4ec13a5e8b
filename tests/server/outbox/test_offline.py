"""An operator's commands over a folder that no process uses: none, where one does."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.outbox import OutboxError, claim_folder, operate_offline
from server.outbox.sqlite import OutboxFile

NOW = 10_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (0, 3):
        OutboxFile.open(tmp_path, number).shut()
    return tmp_path


def test_a_folder_in_use_is_not_opened(folder: Path) -> None:
    release = claim_folder(folder)
    with pytest.raises(OutboxError, match="another Tagyard is using this data folder"):
        operate_offline(folder, {"do": "status"}, NOW)
    release()
    operate_offline(folder, {"do": "status"}, NOW)


def test_a_file_in_use_is_not_opened_and_the_folder_is_given_back(folder: Path) -> None:
    file = OutboxFile.open(folder, 3)
    with pytest.raises(OutboxError, match="already running"):
        operate_offline(folder, {"do": "status"}, NOW)
    file.shut()
    operate_offline(folder, {"do": "status"}, NOW)
