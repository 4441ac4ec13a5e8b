"""Why a connection is ended before its request reaches the application: what the peer is told, and the word to count it by."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from httptools import HttpParserError, HttpParserInvalidMethodError, HttpParserInvalidURLError

MAX_URL: Final = 16 * 1024
MAX_HEAD: Final = 32 * 1024
MAX_FIELDS: Final = 100
MAX_PIPELINED: Final = 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """``reason`` counts it. The peer is told ``status`` and ``text``; one without a status gets no answer, it took too long.

    ``warn``: whoever runs this has something to set right, and is told in the log, once.
    """

    reason: str
    status: int
    text: str
    warn: bool = False

    def answer(self, status_lines: Mapping[int, bytes]) -> bytes:
        """The whole answer, after which the connection is closed."""
        body = f"{self.text}\n".encode("ascii")
        head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        return status_lines[self.status] + head + body


Closed: TypeAlias = Callable[[Refusal, str | None, bytes | None], None]
"""Told of every connection that we end: why, whose it was, and the head of the request that is refused by it, as far as it came;
None where no request is."""


class RefusedError(HttpParserError):
    """The request cannot be accepted. Raised while it is parsed, which stops the parser.

    ``head`` is how the request begins, where that came in one piece with what is wrong.
    """

    def __init__(self, refusal: Refusal, head: bytes = b"") -> None:
        super().__init__(refusal.text)
        self.refusal = refusal
        self.head = head


TOO_LONG: Final = Refusal("long_request_line", 414, f"the request line is longer than {MAX_URL} bytes")
TOO_MUCH: Final = Refusal(
    "large_headers", 431, f"more than {MAX_FIELDS} header fields, or more than {MAX_HEAD} bytes of them beside the cookies"
)
COOKIES: Final = Refusal("large_cookies", 431, "the cookies are larger than this server accepts (server.max_cookies)")
NO_HOST: Final = Refusal("no_host", 400, "exactly one Host header is needed, and there is none")
TWO_HOSTS: Final = Refusal("two_hosts", 400, "exactly one Host header is needed, and there is more than one")
BAD_HOST: Final = Refusal(
    "malformed_host", 400, "the Host header is no name and no address, with a port or without, such as data.example.com:8080"
)
CODING: Final = Refusal(
    "transfer_coding", 400, "Transfer-Encoding can only be chunked: send a compressed body with Content-Encoding instead"
)
TOO_MANY: Final = Refusal("pipelined", 429, f"more than {MAX_PIPELINED} requests on one connection wait for their answers")
FULL: Final = Refusal(
    "too_many_connections",
    503,
    "more connections are open than this server accepts, and none is idle (server.max_connections)",
    warn=True,
)
CROWD: Final = Refusal(
    "too_many_of_one",
    429,
    "more connections are open from this address than this server accepts (server.max_connections_per_address)",
    warn=True,
)
TUNNEL: Final = Refusal("tunnel", 400, "CONNECT asks for a tunnel, and this server is no proxy")
EXPECTATION: Final = Refusal("expectation", 417, "Expect can only be 100-continue")

PROXY: Final = Refusal(
    "proxy_protocol",
    400,
    "this begins with the PROXY protocol, which is not spoken here: the balancer sends it, turn it off at the balancer "
    "(X-Forwarded-For names the visitor instead)",
    warn=True,
)
TLS: Final = Refusal(
    "tls",
    400,
    "this is TLS, and the port speaks plain HTTP: let the proxy in front end TLS, and speak http:// to this port",
    warn=True,
)
HTTP2: Final = Refusal(
    "http2",
    400,
    "this is HTTP/2 without TLS, and the port speaks HTTP/1.1: set the proxy's protocol towards this server to HTTP/1.1",
    warn=True,
)

METHOD: Final = Refusal("unknown_method", 400, "this is not a well-formed HTTP/1.1 request: no method is known by this name")
SPACE: Final = Refusal(
    "space_in_url", 400, "this is not a well-formed HTTP/1.1 request: a space in the URL has to be written as %20"
)
CONTROL: Final = Refusal(
    "control_character", 400, "this is not a well-formed HTTP/1.1 request: a control character in the request line"
)
VERSION: Final = Refusal(
    "unknown_version", 400, "this is not a well-formed HTTP/1.1 request: the version is none of HTTP/1.1 and HTTP/1.0"
)
LINE: Final = Refusal(
    "malformed_request_line", 400, "this is not a well-formed HTTP/1.1 request: its first line is not METHOD /path HTTP/1.1"
)
HEADERS: Final = Refusal("malformed_headers", 400, "this is not a well-formed HTTP/1.1 request: the header fields are malformed")
BODY: Final = Refusal("malformed_body", 400, "this is not a well-formed HTTP/1.1 request: the chunks of the body are malformed")

MEMORY: Final = Refusal(
    "memory", 503, "requests that are not complete hold too much memory together, and this one the most for the longest time"
)

SILENT: Final = Refusal("no_request", 0, "nothing came after the connection was opened")
IDLE: Final = Refusal("idle", 0, "no further request came")
SLOW_HEAD: Final = Refusal("slow_head", 0, "the head of a request took too long")
SLOW_BODY: Final = Refusal("slow_body", 0, "a body took too long")
UNREAD: Final = Refusal("unread_answer", 0, "the peer does not read its answers")
GAVE_WAY: Final = Refusal(
    "gave_way", 0, "it was not in use while a new connection found no place (server.max_connections)", warn=True
)

SIGNATURES: Final = ((b"PROXY ", PROXY), (b"\0\r\n", PROXY), (b"\x16\x03", TLS), (b"PRI * HTTP/2", HTTP2))
"""How what is no HTTP/1.1 begins. Version 2 of the PROXY protocol has two empty lines before its NUL."""

_VERSION = re.compile(rb" HTTP/(?!1\.[01]\r\n)[0-9]+(?:\.[0-9]+)?\r\n\Z")
_WHOLE = re.compile(rb"[!-~]+ [!-~]+ HTTP/1\.[01]\r\n")


def signature(start: bytes) -> Refusal | None:
    """The refusal of what is no HTTP/1.1, by its first bytes."""
    return next((refusal for begins, refusal in SIGNATURES if start.startswith(begins)), None)


def fault_of(line: bytes, error: HttpParserError) -> Refusal:
    """What is wrong with a head whose first line is this, and of which the parser said ``error``."""
    if found := signature(line):
        return found
    text = line.removesuffix(b"\n").removesuffix(b"\r")
    if any(byte < 0x20 or byte == 0x7F for byte in text):
        return CONTROL
    if isinstance(error, HttpParserInvalidMethodError):
        return METHOD
    if _VERSION.search(line):
        return VERSION
    if text.count(b" ") > 2:
        return SPACE
    return LINE if isinstance(error, HttpParserInvalidURLError) or not _WHOLE.fullmatch(line) else HEADERS
