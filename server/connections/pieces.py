"""How bytes become requests: the httptools protocol, fed in pieces that never reach past the end of a head or a body.

So a request line is seen before the parser sees it, and raw UTF-8 in it takes the one form that everything below reads; and
where the parser would stop at a wish to upgrade, nothing of what follows is lost. Where a head or a body ends is the
parser's word alone. A piece may end earlier, never later: a head, and a body in chunks, ends with an empty line and
nowhere else, a body of a known length after so many bytes.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import structlog
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from core.target import carried
from core.types import Headers
from server.connections.exchanging import ExchangingProtocol
from server.connections.head import head_of, pairs, written
from server.connections.refusals import MAX_URL, TOO_LONG, TUNNEL, RefusedError, fault_of, signature

log = structlog.get_logger("tagyard")

_EMPTY_LINE = b"\r\n\r\n"
_AROUND_URL = 64
"""Bytes of a request line that may stand around its URL."""

_FRAMING = frozenset({"content-length", "transfer-encoding"})


class Reading(Enum):
    """Where in a message the next byte belongs."""

    LINE = "before a request, or in its first line"
    HEAD = "in the head, after the first line"
    BODY = "in a body of known length"
    CHUNKS = "in a body of chunks, or its trailer"


_LINE, _HEAD, _BODY, _CHUNKS = Reading
"""By names that are found faster: each request asks for them a dozen times."""


class PiecewiseProtocol(ExchangingProtocol):
    """One connection, as far as reading goes. What cannot be read raises HttpParserError in ``feed``.

    Its attributes have no defaults in the class: reading one that has is ten times as slow.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.unfinished = 0
        """Bytes since something was complete: a head, a part of a body, a request."""
        self.most_unfinished = 0
        self.fields: list[bytes] = []
        """What the parser has told of a head, or of a trailer: name, value, name, value."""
        self._place = _LINE
        self._left = 0
        """Bytes of a body of known length that are still to come."""
        self._longest = MAX_URL
        """Bytes that the URL may have: more than the peer's own where raw bytes were encoded."""
        self._line = bytearray()
        """A first line that is not whole yet."""
        self._tail = b""
        self._open = b""
        """How the last line begins, which is not complete."""
        self._is_usual = False
        """The first line ends as those of nearly all requests do: asking the parser for the version takes longer."""
        self._resumed: HttpRequestParser | None = None
        self._spent = False

    def feed(self, data: bytes) -> None:
        """Parses what has come. Raises HttpParserError; RefusedError, which is one, says why."""
        at = 0
        while at < len(data):
            at = self._feed_line(data, at) if self._place is _LINE else self._feed_on(data, at)

    def parse(self, piece: bytes, line: bytes | None = None) -> None:
        """Gives a piece to the parser, and another parser to what follows an upgrade that is ignored. Raises HttpParserError.

        ``line`` is the first of a request where the piece begins with it: then RefusedError says what is wrong.
        """
        self.unfinished += len(piece)
        try:
            self.parser.feed_data(piece)
        except HttpParserUpgrade:
            self.parser, self._resumed = self._resumed or self._new_parser(), None
        except HttpParserError as error:
            if isinstance(error.__context__, RefusedError):
                raise RefusedError(error.__context__.refusal, b"" if line is None else piece) from None
            if error.__context__ is not None and not isinstance(error.__context__, HttpParserError):
                log.error("a request was refused by a fault of ours", exc_info=error.__context__)
            raise (error if line is None else RefusedError(fault_of(line, error), piece)) from None
        if self._place is not _LINE:
            self._midway(piece)
        if self.unfinished > self.most_unfinished:
            self.overflowed()
        if self._spent:
            self.parser, self._spent = self._new_parser(), False

    def unanswered(self) -> bytes | None:
        """The head of the request that is being read, as far as it came; None where none is, or it is answered already."""
        if self._place is _LINE:
            return bytes(self._line) or None
        if self._place is _HEAD:
            line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
            return written(line, zip(self.fields[::2], self.fields[1::2], strict=False))
        return None if self.cycle.response_started else self.cycle.head.written()

    def version(self) -> str:
        """Of HTTP, as the request says it."""
        version: str = "1.1" if self._is_usual else self.parser.get_http_version()
        return version

    def began(self) -> None:
        """The first bytes of a request have come; told once more when the parser has them."""

    def overflowed(self) -> None:
        """More than ``most_unfinished`` bytes belong to nothing that is complete. Raises RefusedError."""

    def on_message_begin(self) -> None:
        self.url = b""
        self.fields.clear()
        self._place = _HEAD
        self.began()

    def take_head(self, headers: Headers, named: dict[str, str]) -> None:
        """The parser has a whole head."""
        if self.parser.should_upgrade():
            self._resumed = self._parser_of_body(_framing(headers))
        self.begin_exchange(head_of(self.parser.get_method(), self.version(), self.url, headers, named, self.unfinished))
        self._place, self._left = _BODY, -1

    def take_end(self) -> None:
        """The parser has a whole request, unless what comes after an ignored upgrade is still to be read."""
        if self._resumed is None:
            cycle = self.cycle
            if not cycle.response_complete:
                cycle.more_body = False
                cycle.stir()
            self._place = _LINE

    def _feed_line(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at) + 1
        if self._line or not end:
            return self._hold(data[at : end or len(data)], at)
        line = data[at:end]
        if not line.isascii() or data.find(b"#", at, end) >= 0 or line == b"\r\n":
            self._parse_line(line)
            return end
        self._longest = MAX_URL
        found = data.find(_EMPTY_LINE, end - 2)
        whole = found + 4 if found >= 0 else len(data)
        self._is_usual = line.endswith(b" HTTP/1.1\r\n")
        self.parse(data if whole - at == len(data) else data[at:whole], line)
        return whole

    def _hold(self, part: bytes, at: int) -> int:
        """A first line that comes in parts waits here until it is whole, or cannot become one."""
        self._line += part
        line = bytes(self._line)
        if line.endswith(b"\n"):
            self._line.clear()
            self._parse_line(line)
        elif refusal := signature(line):
            raise RefusedError(refusal, line)
        elif line != b"\r":
            self.began()
        if len(line) > MAX_URL + _AROUND_URL:
            raise RefusedError(TOO_LONG, line)
        return at + len(part)

    def _parse_line(self, line: bytes) -> None:
        sent = carried(line)
        self._longest = MAX_URL + len(sent) - len(line)
        self._is_usual = line.endswith(b" HTTP/1.1\r\n")
        self.parse(sent, line)

    def _midway(self, piece: bytes) -> None:
        """A head or a body goes on after this piece."""
        if self._place is _BODY and self._left < 0:
            ((name, value), *_) = _framing(self.cycle.head.headers)
            self._place, self._left = (_BODY, int(value)) if name == "content-length" else (_CHUNKS, 0)
        if self._place is not _BODY:
            self._tail = (self._tail + piece)[-3:] if len(piece) < 3 else piece[-3:]
        if self._place is _HEAD and (line := piece.rfind(b"\n") + 1):
            self._open = piece[line : line + 7]

    def _feed_on(self, data: bytes, at: int) -> int:
        if self._place is _BODY:
            end = min(len(data), at + self._left)
            self._left -= end - at
        else:
            end = self._after_empty_line(data, at)
        self.parse(data if end - at == len(data) else data[at:end])
        return end

    def _after_empty_line(self, data: bytes, at: int) -> int:
        """Where the next empty line ends, which may have begun in the piece before; the end of the data where there is none."""
        across = (self._tail + data[at : at + 3]).find(_EMPTY_LINE)
        if across >= 0:
            return at + across + 4 - len(self._tail)
        found = data.find(_EMPTY_LINE, at)
        return found + 4 if found >= 0 else len(data)

    def _new_parser(self) -> HttpRequestParser:
        parser = HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _parser_of_body(self, framing: Headers) -> HttpRequestParser | None:
        """A parser that stands where the body begins; None where there is no body. It checks the fields that say its length.

        httptools takes what follows an upgrade for another protocol. An upgrade that is ignored changes nothing
        (RFC 9110, 7.8).
        """
        if self.parser.get_method() == b"CONNECT":
            raise RefusedError(TUNNEL)
        listener = _Body(self)
        parser = HttpRequestParser(listener)
        parser.feed_data(b"POST / HTTP/1.1\r\n%s\r\n" % b"".join([b"%s: %s\r\n" % field for field in pairs(framing)]))
        listener.begun = True
        return None if listener.ended else parser

    def body_parsed(self) -> None:
        """The body after an ignored upgrade is complete: the next request has a parser of its own."""
        self._spent = True
        self.on_message_complete()


def _framing(headers: Headers) -> Headers:
    """Those that say how long the body is: one, by the parser's own check, where there is a body."""
    return tuple([pair for pair in headers if pair[0] in _FRAMING])


class _Body:
    """Hears of one body, and not of the head that was made up for its parser."""

    def __init__(self, protocol: PiecewiseProtocol) -> None:
        self._protocol = protocol
        self.begun = self.ended = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.begun:
            self._protocol.on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._protocol.on_body(body)

    def on_message_complete(self) -> None:
        self.ended = True
        if self.begun:
            self._protocol.body_parsed()
