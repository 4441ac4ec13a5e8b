"""What tests of files of events share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.senders.staged_files import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)
