"""What leaves, event by event: an outgoing request that carries several is read as one message for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from core.types import Headers, Line, Outbound, OutboundRequest
from server.explain.explanation import Explanation
from server.explain.printed import groups

Texts: TypeAlias = Mapping[str, str | list[str]]
"""Texts by name; a list where a name comes more than once."""

_FORM = "application/x-www-form-urlencoded"
_LINE_OF_A_HIT = b"en="


@dataclass(frozen=True, slots=True)
class Message:
    """What a tag sends for one event. ``position`` is the event's place in its request.

    ``query`` is that of the URL, merged with the event's own line where the body of a GA4 hit has one; ``body`` is then
    empty. A line for a file has no method, and the file is its ``url``.
    """

    tag: str
    position: int
    method: str
    url: str
    query: Texts
    headers: Texts
    body: str

    @property
    def place(self) -> str:
        """The URL without its query."""
        return self.url.partition("?")[0]

    @property
    def is_form(self) -> bool:
        """Whether the body holds the fields of a form."""
        return self.headers.get("content-type") == _FORM

    def value(self) -> Any:
        """The body's JSON, or the fields of a form; the text where it is neither."""
        if self.is_form:
            return _texts(parse_qsl(self.body, keep_blank_values=True))
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return self.body

    def __str__(self) -> str:
        return f"{self.method} {self.place}" if self.method else f"a line to {self.url}"


def messages(explanation: Explanation) -> list[Message]:
    """Everything that would leave, by tag in the order of the file, then by event."""
    payloads = groups(explanation.run.deliveries())
    found = [
        _message(tag, payloads[tag][index].position, outbound, at)
        for tag, outbound in explanation.requests
        for at, index in enumerate(outbound.payloads)
    ]
    order = {tag: number for number, tag in enumerate(dict.fromkeys(each.tag for each in found))}
    return sorted(found, key=lambda each: (order[each.tag], each.position))


def texts(headers: Headers) -> Texts:
    """Headers by their lower-case names."""
    return _texts((name.lower(), value) for name, value in headers)


def _message(tag: str, position: int, outbound: Outbound, at: int) -> Message:
    if isinstance(outbound, Line):
        return Message(tag, position, "", outbound.target, {}, {}, outbound.text)
    query = _texts(parse_qsl(urlsplit(outbound.url).query, keep_blank_values=True))
    body = outbound.body.decode("utf-8", errors="replace")
    lines = _lines(outbound)
    if lines:
        query, body = {**query, **_texts(parse_qsl(lines[at], keep_blank_values=True))}, ""
    return Message(tag, position, outbound.method, outbound.url, query, texts(outbound.headers), body)


def _lines(request: OutboundRequest) -> Sequence[str]:
    """The lines of a GA4 hit that has a body, one for each event."""
    if not urlsplit(request.url).path.endswith("/g/collect") or not request.body.startswith(_LINE_OF_A_HIT):
        return ()
    lines = request.body.decode("utf-8", errors="replace").split("\r\n")
    return lines if len(lines) == len(request.payloads) else ()


def _texts(pairs: Iterable[tuple[str, str]]) -> Texts:
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    return dict(_alone(named))


def _alone(named: Mapping[str, list[str]]) -> Iterator[tuple[str, str | list[str]]]:
    for name, values in named.items():
        yield name, values[0] if len(values) == 1 else values
