"""What a protocol writes to when there is no socket, and every way in which bytes may arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final


class Wire(asyncio.Transport):
    """What is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.said = b""
        self.closing = False

    def write(self, data: Any) -> None:
        self.said += bytes(data)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002
        return default

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def cuts(data: bytes) -> Iterator[list[bytes]]:
    """In two at every place, and byte by byte."""
    for at in range(len(data) + 1):
        yield [data[:at], data[at:]]
    yield [data[at : at + 1] for at in range(len(data))]


DATE: Final = [(b"date", b"Sun, 29 Nov 2026 21:00:00 GMT")]


class Socket(Wire):
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("203.0.113.7", 5), "sockname": ("192.0.2.1", 80)}.get(name, default)

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.closing = True
