"""The time of one connection, which passes when the test says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.connections.protocol import GuardedProtocol
from tests.server.raw import Raw


class Clock:
    """A peer whose time is ours: each piece arrives when we say."""

    def __init__(self, connection: GuardedProtocol, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
        self._connection = connection
        self._raw = raw
        self.now = 1000.0
        monkeypatch.setattr(connection, "loop", self)
        connection.connection_made(connection.transport)

    def time(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio.get_running_loop(), name)

    def arrives(self, data: bytes, after: float = 0.0) -> bool:
        """Whether the connection still stands after this much later came that."""
        self.now += after
        self._connection.expire(self.now)
        if not self._connection.transport.is_closing():
            self._connection.data_received(data)
        return not self._connection.transport.is_closing()
