"""The stores that every test of the contract runs over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.outbox.stores import FilePlace, MemoryPlace, Place


@pytest.fixture(params=["file", "memory", "memory, by lease only"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a store is kept that has not been opened yet."""
    if request.param == "file":
        return FilePlace(tmp_path)
    return MemoryPlace(straight=request.param == "memory")
