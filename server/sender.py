"""Takes an outbound message to the one sender of its kind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from core.component import Tag
from core.types import Line, Outbound, Response
from server.http import HttpSender
from server.lines import write_line


class Sender:
    """Sends HTTP requests, and lines in a thread of their own.

    Origins that the file spells out may be private addresses; others must be global.
    """

    def __init__(self, http: HttpSender) -> None:
        self._http = http
        self._lines = ThreadPoolExecutor(1, "lines")
        self._literal: frozenset[str] = frozenset()

    def use(self, tags: Mapping[str, Tag]) -> None:
        """Learns which origins the tags of this configuration have in writing (their ``literal_origins``)."""
        self._literal = frozenset(origin for tag in tags.values() for origin in getattr(tag, "literal_origins", ()))

    async def send(self, outbound: Outbound) -> Response:
        """The vendor's answer. Raises server.http.TransportError where there is none."""
        if isinstance(outbound, Line):
            return await asyncio.get_running_loop().run_in_executor(self._lines, write_line, outbound)
        origin = outbound.url[: outbound.url.find("/", 8)]
        return await self._http.send(outbound, literal_host=origin in self._literal)

    async def close(self) -> None:
        """Closes idle connections. A line that cannot be written, since nobody reads it, is not waited for."""
        self._lines.shutdown(wait=False, cancel_futures=True)
        await self._http.close()
