"""What of a request a page shows, as it stands in an address, and back: which event, tab and tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode

_NAMES: Final = ("event", "tab", "tag", "text")
_LONGEST: Final = 1000


def view_of(asked: Mapping[str, str]) -> dict[str, str]:
    """The view for a worker's command."""
    return {name: asked[name] for name in _NAMES if asked.get(name)}


def asked_by(button: str) -> dict[str, str]:
    """What a button asks for that stands in for a link: its value is written as a query."""
    return dict(parse_qsl(button[:_LONGEST]))


def query_of(view: Mapping[str, object], **changes: object) -> str:
    """The query of a view with these changes. What is empty is left out; an ``event`` or ``tag`` is kept unless it is changed."""
    return urlencode({name: value for name, value in {**view, **changes}.items() if value})
