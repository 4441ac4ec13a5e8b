"""Header lines of answers, as they are written: those that come again and again are kept."""

from __future__ import annotations

from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE

from core.types import Headers
from server.visitors.origins import RawHeaders

MOST_LINES: Final = 1000
"""Header lines that are kept as they are written. Visitors have a part in some, such as their page's origin: then all go."""

LONGEST_LINE: Final = 256
"""Bytes of a header line that is kept."""

LONGEST_BLOCK: Final = 1024
"""Bytes of several lines that are kept together."""

_PASSING: Final = frozenset(
    {
        b"access-control-allow-headers",
        b"content-length",
        b"etag",
        b"last-modified",
        b"location",
        b"retry-after",
        b"set-cookie",
    }
)
"""Names of headers that are another's with every answer, or say what the visitor has said."""

_UNUSUAL: Final = frozenset({b"connection", b"transfer-encoding"})

lines: Final[dict[tuple[bytes, bytes], bytes]] = {}
_blocks: Final[dict[tuple[Any, ...], bytes]] = {}
"""Lines of several headers, by a reply's and whatever else is among them."""


def line_of(name: bytes, value: bytes) -> bytes | None:
    """The line of a header, whose name is in lower case; None where it says how the answer ends, or is for uvicorn to refuse."""
    if name in _UNUSUAL or HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        return None
    line = b"%s: %s\r\n" % (name, value)
    if name not in _PASSING and len(line) <= LONGEST_LINE:
        if len(lines) >= MOST_LINES:
            lines.clear()
        lines[name, value] = line
    return line


def block_of(headers: Headers, others: RawHeaders, unless_said: tuple[tuple[bytes, bytes], ...] = ()) -> bytes | None:
    """The lines of a reply's headers, of others, and of those that the reply has none of; None where one is not usual."""
    key = (headers, unless_said, *others)
    try:
        block = _blocks.get(key)
    except TypeError:  # a plugin's, which may be lists
        return None
    return _worked_out(key, headers, others, unless_said) if block is None else block


def _worked_out(key: Any, headers: Headers, others: RawHeaders, unless_said: tuple[tuple[bytes, bytes], ...]) -> bytes | None:
    pairs = [(name.encode("latin-1").lower(), value.encode("latin-1")) for name, value in headers]
    said = {name for name, _ in pairs}
    pairs += [*others, *(pair for pair in unless_said if pair[0] not in said)]
    names = {name for name, _ in pairs}
    written = [lines.get(pair) or line_of(*pair) for pair in pairs]
    if None in written or b"content-length" in names:
        return None
    block = b"".join(cast("list[bytes]", written))
    if names.isdisjoint(_PASSING) and len(block) <= LONGEST_BLOCK:
        if len(_blocks) >= MOST_LINES:
            _blocks.clear()
        _blocks[key] = block
    return block
