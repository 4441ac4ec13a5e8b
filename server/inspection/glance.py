"""What of a request does not change any more: what the live page shows of it at a glance, and what it is searched by.

It is worked out when somebody looks, in two ways: masked, which alone is shown, and as it came, which is quick and tells what
need not be masked, since it holds nothing of what is searched for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypedDict
from urllib.parse import parse_qsl, quote
from zlib import crc32

from core.expressions.urls import url_host, url_path
from core.types import Event
from server.inspection.privacy import CREDENTIALS, Privacy, is_personal, leaves, personal_values
from server.observe import Record

COLOURS: Final = 8
"""Colours that visitors are told apart by."""

_MOST_EVENTS: Final = 20
_LONGEST: Final = 80
"""Characters of a name, a page or a client id; of more, a part is shown."""
_LONGEST_VALUE: Final = 24
_SHORT: Final = 6
_LARGEST: Final = 1e15
_LEFT_OUT: Final = CREDENTIALS | {"cookie", "set-cookie"}


class Masks(Protocol):
    """What hides secrets and personal data in a text, or in a value of event data that stands at a path."""

    def text(self, text: str, /) -> str: ...

    def value(self, value: Any, path: str = "", /) -> Any: ...


class AsItCame:
    """Hides nothing."""

    def text(self, text: str, /) -> str:
        """The same text."""
        return text

    def value(self, value: Any, path: str = "", /) -> Any:  # noqa: ARG002  a mask's form
        """The same value."""
        return value


class Visitor(TypedDict):
    """A client id, ``short`` as a row takes it, and the path of its page; empty where the id holds what is masked."""

    id: str
    short: str
    colour: int
    link: str


@dataclass(frozen=True, slots=True)
class Glance:
    """``data`` are the values of all event data, one a line. ``page`` is a path, ``location`` the same with its host."""

    path: str
    events: list[str]
    page: str
    location: str
    visitor: Visitor | None
    value: str
    data: str


def masks_of(record: Record) -> Privacy:
    """The masks of a request, those of its personal data included."""
    query = dict(parse_qsl(record.request.query_string, errors="replace"))
    personal = personal_values(record.request, [query, *(run.event for run in record.run.events)])
    return Privacy(record.serving.secret_values, personal)


def glance(record: Record, masks: Masks) -> Glance:
    """The first page, visitor and value that its events tell of stand for the request."""
    events = [run.event for run in record.run.events]
    location = next((each for event in events if (each := _location(event))), "")
    id = next((text for event in events if (text := _text(event.get("client_id")))), "")
    value = next((text for event in events if (text := _value(event))), "")
    names = dict.fromkeys(clipped(masks.text(_text(event.get("event_name")))) for event in events)
    return Glance(
        path=clipped(masks.text(record.request.path)),
        events=list(names)[:_MOST_EVENTS],
        page=clipped(masks.text(url_path(location) or "")) if location else "",
        location=clipped(masks.text(_without_query(location))),
        visitor=_visitor(id, masks.text(id)) if id else None,
        value=clipped(masks.text(value), _LONGEST_VALUE),
        data="\n".join(text for event in events for text in _data(event, masks)),
    )


def clipped(text: str, longest: int = _LONGEST) -> str:
    """The text, of which the end is left out where it is too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _location(event: Event) -> str:
    location, path = event.get("page_location"), event.get("page_path")
    if isinstance(location, str) and location:
        return location
    return path if isinstance(path, str) else ""


def _without_query(location: str) -> str:
    return f"{url_host(location) or ''}{url_path(location) or ''}" if location else ""


def _visitor(id: str, shown: str) -> Visitor:
    """The last characters of what stands before the last dot, where Google's ids have their random part."""
    head = shown.rpartition(".")[0] or shown
    link = f"/visitors/{quote(id, safe='')}" if shown == id and len(id) <= _LONGEST and id.strip(".") else ""
    return {"id": clipped(shown), "short": head[-_SHORT:], "colour": crc32(id.encode("utf-8", "replace")) % COLOURS, "link": link}


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _value(event: Event) -> str:
    """``1,234.50 EUR``."""
    value, currency = event.get("value"), _text(event.get("currency"))
    whole = f"{value:,.2f}" if isinstance(value, int | float) and abs(value) < _LARGEST else _text(value)
    return f"{whole} {currency}".rstrip() if whole else ""


def _data(event: Event, masks: Masks) -> Iterator[str]:
    """What stands where personal data or a secret stands is left out, and texts that hold JSON are masked part by part."""
    plain = []
    for path, text in leaves(event):
        lower = path.lower()
        if is_personal(lower) or lower.rpartition(".")[2] in _LEFT_OUT:
            continue
        if text.startswith(("{", "[")):
            yield str(masks.value(text, path))
        else:
            plain.append(text)
    yield masks.text("\n".join(plain))
