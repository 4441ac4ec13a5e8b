"""What leaves, event by event: an outgoing request that carries several is read as one message for each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from core.component import EventPart
from core.pairs import shown_values
from core.types import OutboundRequest
from server.explain.explanation import Explanation, Texts, texts
from server.explain.packed import PackedRequest
from server.explain.printed import groups

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Message:
    """What a tag sends for one event. ``position`` is the event's place in its request.

    ``query`` is that of the URL, merged with what the event has besides; ``body`` is what it has of the request's. A line
    for a file has no method, and the file is its ``url``.
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
            return _pairs(self.body)
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
        _message(each, payloads[each.tag][index].position, part)
        for each in explanation.requests
        for index, part in zip(each.request.payloads, each.parts, strict=True)
    ]
    order = {tag: number for number, tag in enumerate(dict.fromkeys(each.tag for each in found))}
    return sorted(found, key=lambda each: (order[each.tag], each.position))


def _message(packed: PackedRequest, position: int, part: EventPart) -> Message:
    request, body = packed.request, part.body.decode("utf-8", errors="replace")
    if not isinstance(request, OutboundRequest):
        return Message(packed.tag, position, "", request.target, {}, {}, body)
    query = {**_pairs(urlsplit(request.url).query), **_pairs(part.query)}
    return Message(packed.tag, position, request.method, request.url, query, texts(request.headers), body)


def _pairs(query: str) -> Texts:
    return shown_values(parse_qsl(query, keep_blank_values=True))
