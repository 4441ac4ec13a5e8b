"""What has no counterpart, written as it would stand in the file: its parameters as they are, with the variables resolved."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from server.tag_manager import literals
from server.tag_manager.export import Value
from server.tag_manager.meaning import Lost
from server.tag_manager.secrets import row_name
from server.tag_manager.translation import Translation
from server.tag_manager.yaml_text import Node

UNKNOWN: Final = "unknown"
_PAIRS: Final = ({"name", "value"}, {"key", "value"})


def stub_of(translation: Translation, without: Container[str] = ()) -> dict[str, Node]:
    """What a stub has besides its type."""
    shown = {key: value for key, value in translation.entity.parameters.items() if key not in without}
    settings = {_name(key, translation): node_of(value, translation, key) for key, value in shown.items()}
    return {"settings": settings} if settings else {}


def node_of(value: Value, translation: Translation, place: str) -> Node:
    """A parameter as it stands in a stub; a text without a translation says why there is none."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = translation.text(value, secrets=True, place=place)
        return f"(no value: {literals.spoken(text.reason)})" if isinstance(text, Lost) else text
    if isinstance(value, dict):
        own = row_name(value)
        return {
            _name(key, translation): node_of(item, translation, own if own and key == "value" else key)
            for key, item in value.items()
        }
    table = pairs_of(value)
    if table is None:
        return [node_of(item, translation, place) for item in value]
    return {_name(name, translation): node_of(item, translation, name) for name, item in table}


def _name(name: str, translation: Translation) -> str:
    return literals.spoken(translation.variables.secrets.masked(name))


def pairs_of(rows: Sequence[Value]) -> Sequence[tuple[str, Value]] | None:
    """Names and values of a table of just these, none of them twice and none depending on the event; else None."""
    found: dict[str, Value] = {}
    for row in rows:
        if not isinstance(row, dict) or row.keys() not in _PAIRS:
            return None
        name = row.get("name", row.get("key"))
        if not isinstance(name, str) or name in found or "{{" in name or "${" in name:
            return None
        found[name] = row["value"]
    return list(found.items()) or None
