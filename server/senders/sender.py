"""Takes an outbound message to the one sender of its kind."""

from __future__ import annotations

from collections.abc import Mapping

from core.component import Tag
from core.types import Line, Outbound
from server.http import Answered, HttpSender, UnderWay
from server.senders.lines import Lines
from server.senders.told import told


class Sender:
    """Sends HTTP requests, and lines in threads of their own: standard output that nobody reads holds up no file.

    Origins that the file spells out may be private addresses; others must be global.
    """

    def __init__(self, http: HttpSender) -> None:
        self._http = http
        self._files, self._output = Lines("files"), Lines("standard output")
        self._literal: frozenset[str] = frozenset()

    def use(self, tags: Mapping[str, Tag]) -> None:
        """Learns which origins the tags of this configuration have in writing (their ``literal_origins``)."""
        self._literal = frozenset(origin for tag in tags.values() for origin in tag.literal_origins)

    def send(self, outbound: Outbound, answered: Answered) -> UnderWay:
        """``answered`` hears, later, what the vendor answers, or a server.http.TransportError. Raises InvalidRequest."""
        if isinstance(outbound, Line):
            return told((self._output if outbound.target == "-" else self._files).write(outbound), answered)
        url = outbound.url
        return self._http.begin(outbound, answered, literal_host=url[: url.find("/", 8)] in self._literal)

    async def close(self) -> None:
        """Closes idle connections. A line that cannot be written, since nobody reads it, is not waited for."""
        self._files.close()
        self._output.close()
        await self._http.close()
