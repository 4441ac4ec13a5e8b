"""What the data tags of hosted server containers send: an event as it is, and parts of it in an envelope of their own."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Final

import orjson

from core.types import Event
from wire.depth import is_deep

_TABLE: Final = "data_tag_custom_data"
_ENVELOPE: Final = frozenset({_TABLE, "data_tag", "dtcd", "dtdc"})
_VERSION: Final = "v"


def unwrapped(item: Mapping[str, Any], from_query: bool) -> Event:
    """The event. What a table of names and values holds, or JSON within the query (``dtcd``; ``dtdc`` in base64), is its own.

    The version of the tag's protocol (``v``) is none of the event. An item without an envelope is the event as it is.
    """
    if not from_query and _TABLE not in item and "data_tag" not in item:
        return dict(item)
    event = {name: value for name, value in item.items() if name not in _ENVELOPE and name != _VERSION}
    return {**event, **_within(item.get("dtcd")), **_within(_decoded(item.get("dtdc"))), **_listed(item.get(_TABLE))}


def _listed(table: Any) -> Event:
    rows = table if isinstance(table, list) else ()
    named = [row for row in rows if isinstance(row, dict) and isinstance(row.get("name"), str) and row["name"]]
    return {row["name"]: row["value"] for row in named if "value" in row}


def _within(text: Any) -> Event:
    """The object that a text is; nothing for any other text."""
    if not isinstance(text, str | bytes) or not text:
        return {}
    try:
        written = text.encode() if isinstance(text, str) else text
        value = orjson.loads(written)
    except ValueError:
        return {}
    return value if isinstance(value, dict) and not is_deep(written, value) else {}


def _decoded(text: Any) -> bytes:
    try:
        return b64decode(text.replace(" ", "+") + "==") if isinstance(text, str) else b""
    except ValueError:
        return b""
