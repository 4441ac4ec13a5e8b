"""The stores that every test of the contract runs over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.outbox.stores import FilePlace, MemoryPlace, Place
from tests.server.outbox.streams import Server, StreamPlace, running


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with JetStream, for all tests of a process."""
    with running(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(params=["file", "memory", "memory, by lease only", "streams"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a store is kept that has not been opened yet."""
    if request.param == "file":
        return FilePlace(tmp_path)
    if request.param == "streams":
        return StreamPlace(request.getfixturevalue("nats"))
    return MemoryPlace(straight=request.param == "memory")
