"""Takes an outbound message to the one sender of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.component import Tag
from core.types import Messages, Outbound, OutboundRequest, Response, Rows
from server.http import Answered, HttpSender, UnderWay
from server.senders.files import Files
from server.senders.granted import Granted
from server.senders.kafka import Kafka
from server.senders.lines import Lines
from server.senders.told import told
from server.system.clock import Steady, wall
from server.tokens import Tokens


class Sender:
    """Sends HTTP requests, and lines in threads of their own: standard output that nobody reads holds up no file.

    ``rows`` writes those that follow each other in a folder.

    Origins that the file spells out may be private addresses; others must be global. What needs a token gets it on the way.
    """

    def __init__(
        self, http: HttpSender, rows: Files, clock: Callable[[], int] = wall, steady: Callable[[], int] | None = None
    ) -> None:
        self._http = http
        self._rows = rows
        self._kafka = Kafka()
        self._granted = Granted(Tokens(self._ask, clock, steady or Steady()), self._begin, self._send)
        self._files, self._output = Lines("files"), Lines("standard output")
        self._literal: frozenset[str] = frozenset()

    def use(self, tags: Mapping[str, Tag], folders: Sequence[str] = ()) -> None:
        """Learns which origins the tags of this configuration have in writing (their ``literal_origins``), and which folders."""
        self._rows.use(folders)
        self._literal = frozenset(origin for tag in tags.values() for origin in tag.literal_origins)

    def send(self, outbound: Outbound, answered: Answered) -> UnderWay:
        """``answered`` hears, later, what the vendor answers, or a server.http.TransportError. Raises InvalidRequest."""
        if isinstance(outbound, OutboundRequest):
            if outbound.grant is not None:
                return self._granted.begin(outbound, outbound.grant, answered)
            return self._begin(outbound, answered)
        if isinstance(outbound, Rows):
            return told(self._rows.write(outbound), answered)
        if isinstance(outbound, Messages):
            return told(self._kafka.publish(outbound), answered)
        return told((self._output if outbound.target == "-" else self._files).write(outbound), answered)

    def _begin(self, request: OutboundRequest, answered: Answered) -> UnderWay:
        return self._http.begin(request, answered, literal_host=self._is_literal(request.url))

    async def _send(self, request: OutboundRequest) -> Response:
        return await self._http.send(request, literal_host=self._is_literal(request.url))

    async def _ask(self, request: OutboundRequest) -> Response:
        """Whoever gives tokens: the file, or the key in it, says who that is."""
        return await self._http.send(request, literal_host=True)

    def _is_literal(self, url: str) -> bool:
        return url[: url.find("/", 8)] in self._literal

    async def close(self) -> None:
        """Closes idle connections. Files of a folder are finished; a line that nobody reads is not waited for."""
        self._files.close()
        self._output.close()
        await self._rows.close()
        await self._kafka.close()
        await self._http.close()
