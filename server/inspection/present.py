"""Values, times and bodies in the form that pages show: plain JSON, masked already."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, TypedDict
from urllib.parse import parse_qsl, quote

from core.query import plain_ampersands
from core.secret import MASK
from core.types import OutboundRequest
from core.undefined import UNDEFINED
from server.inspection.bodies import masked_json, text_of
from server.inspection.privacy import HIDDEN, Privacy

Shown = dict[str, Any]
Pairs: TypeAlias = list[tuple[str, str]]


class ShownValue(TypedDict):
    """A value of event data as text, and of what kind it is."""

    text: str
    kind: str


class ShownBody(TypedDict):
    """A body as it came, and decoded: ``body_parts`` (pairs, line by line) or ``body_json``; both empty where it is neither."""

    body: str
    body_parts: list[Pairs]
    body_json: str | None
    truncated: bool


class ShownRequest(TypedDict):
    """What leaves, masked. A ``line`` for a file has no method, and its ``target`` is the file."""

    method: str
    url: str
    target: str
    query: Pairs
    headers: Pairs
    body: str
    curl: str
    line: bool


LONGEST_BODY: Final = 64 * 1024
"""Characters of a body that are shown."""
_MARGIN: Final = 4096

_JSON_BEGINS: Final = ("{", "[", '"')

_MASKS = re.compile(f"({re.escape(HIDDEN)}|{re.escape(MASK)})")


def moment(at: int) -> str:
    """``2025-11-28 14:31:51.502 UTC``."""
    return f"{_utc(at):%Y-%m-%d %H:%M:%S}.{at // 1000 % 1000:03} UTC"


def clock(at: int) -> str:
    """``14:31:51.502``."""
    return f"{_utc(at):%H:%M:%S}.{at // 1000 % 1000:03}"


def day(at: int) -> str:
    """``2025-11-28``."""
    return f"{_utc(at):%Y-%m-%d}"


def _utc(at: int) -> datetime:
    return datetime.fromtimestamp(at // 1_000_000, UTC)


def duration(microseconds: int) -> str:
    """``3.2 ms`` or ``1.25 s``."""
    return f"{microseconds / 1000:.1f} ms" if microseconds < 1_000_000 else f"{microseconds / 1_000_000:.2f} s"


def value(value: Any) -> ShownValue:
    """A value with its kind, as it stands in event data."""
    if value is UNDEFINED:
        return {"text": "undefined", "kind": "undefined"}
    if value == HIDDEN:
        return {"text": HIDDEN, "kind": "masked"}
    if isinstance(value, str):
        return {"text": value, "kind": "text"}
    kinds = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}
    return {"text": json.dumps(value, ensure_ascii=False, default=str), "kind": kinds.get(type(value), "text")}


def pairs(query: str, privacy: Privacy) -> Pairs:
    """A query or a form, decoded."""
    return privacy.pairs(parse_qsl(plain_ampersands(query), keep_blank_values=True, max_num_fields=None, errors="replace"))


def body(raw: bytes, privacy: Privacy) -> ShownBody:
    """The body, masked. Of a long one the beginning."""
    whole = text_of(raw)
    text = _beginning(whole)
    read = _json(whole)
    if read is not None:
        masked = privacy.value(read)
        pretty = json.dumps(masked, ensure_ascii=False, indent=2)[:LONGEST_BODY]
        shown = text if privacy.reveal else json.dumps(masked, ensure_ascii=False, separators=(",", ":"))[:LONGEST_BODY]
        return _body(privacy.text(shown), [], privacy.text(pretty), len(whole))
    if whole.lstrip().startswith(_JSON_BEGINS):
        return _body(masked_json(text, privacy), [], None, len(whole))
    lines = [line for line in text.replace("\r", "\n").split("\n") if line] if "=" in text else []
    parts = [pairs(line, privacy) for line in lines]
    shown = "\n".join(masked_query(line, privacy) for line in lines) if lines else privacy.text(text)
    return _body(shown, parts, None, len(whole))


def _beginning(text: str) -> str:
    """As much as is shown; it ends between two fields or words, so that nothing to be masked is cut in two."""
    if len(text) <= LONGEST_BODY:
        return text
    last = max(text.rfind(mark, LONGEST_BODY - _MARGIN, LONGEST_BODY) for mark in '&\n ",')
    return text[: last if last > 0 else LONGEST_BODY]


def _body(text: str, parts: list[Pairs], pretty: str | None, length: int) -> ShownBody:
    return {"body": text[:LONGEST_BODY], "body_parts": parts, "body_json": pretty, "truncated": length > LONGEST_BODY}


def masked_query(query: str, privacy: Privacy) -> str:
    """The query as it was written, but for what is masked."""
    pieces = []
    for piece in query.split("&"):
        if not piece:
            pieces.append("")
            continue
        name, equals, written = piece.partition("=")
        decoded = parse_qsl(plain_ampersands(f"&{piece}"), keep_blank_values=True, errors="replace")
        plain = decoded[0] if decoded else (name, "")
        masked = privacy.named(*plain)
        as_written = masked == plain[1] and MASK not in masked
        pieces.append(f"{privacy.text(name)}{equals}{privacy.text(written) if as_written else _encoded(masked)}")
    return "&".join(pieces)


def _encoded(masked: str) -> str:
    """A parameter's value, percent-encoded but for the masks in it."""
    return "".join(piece if piece in (HIDDEN, MASK) else quote(piece, safe="") for piece in _MASKS.split(masked))


def masked_url(url: str, privacy: Privacy) -> str:
    """The URL as it was written, but for what is masked."""
    path, mark, query = url.partition("?")
    return privacy.text(path) + mark + (masked_query(query, privacy) if query else "")


def curl(method: str, url: str, headers: Iterable[tuple[str, str]], text: str) -> str:
    """The request as a command for a shell."""
    words = [f"curl -X {method} {shlex.quote(url)}", *(f"-H {shlex.quote(f'{name}: {content}')}" for name, content in headers)]
    return " \\\n  ".join([*words, *([f"--data-raw {shlex.quote(text)}"] if text else [])])


def outbound(request: OutboundRequest, privacy: Privacy) -> ShownRequest:
    """A request to a vendor: what is sent, masked."""
    headers, content = privacy.pairs(request.headers), body(request.body, privacy)
    url = masked_url(request.url, privacy)
    return {
        "method": request.method,
        "url": url,
        "target": privacy.text(request.url.partition("?")[0]),
        "query": pairs(request.url.partition("?")[2], privacy),
        "headers": headers,
        "body": content["body"],
        "curl": curl(request.method, url, headers, content["body"]),
        "line": False,
    }


def lines(text: str, privacy: Privacy) -> str:
    """Lines for a file, masked. Of many the first; JSON in them is masked as in a body."""
    shown = (_masked_line(line, privacy) for line in _beginning(text).split("\n"))
    return "\n".join(shown)[:LONGEST_BODY]


def _masked_line(line: str, privacy: Privacy) -> str:
    return body(line.encode(), privacy)["body"] if line.startswith(_JSON_BEGINS) else privacy.text(line)


def _json(text: str) -> Any:
    if not text.lstrip().startswith(_JSON_BEGINS):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
