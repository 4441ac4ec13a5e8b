"""One item of ``items`` as the value of ``pr1`` … ``pr200``: two-letter keys, each followed by its value, joined by ``~``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wire.ga4 import numbers
from wire.ga4.table import FALLBACK
from wire.ga4.values import write_custom

MOST_ITEMS = 200

FIELDS = {
    "id": "item_id",
    "nm": "item_name",
    "br": "item_brand",
    "ca": "item_category",
    "c2": "item_category2",
    "c3": "item_category3",
    "c4": "item_category4",
    "c5": "item_category5",
    "va": "item_variant",
    "pr": "price",
    "qt": "quantity",
    "cp": "coupon",
    "ds": "discount",
    "af": "affiliation",
    "ln": "item_list_name",
    "li": "item_list_id",
    "lp": "index",
    "lo": "location_id",
    "pi": "promotion_id",
    "pn": "promotion_name",
    "cn": "creative_name",
    "cs": "creative_slot",
}
SLOTS = "0123456789ABCDEFGHIJKLMNOPQ"
"""Custom parameters stand in pairs, ``k0`` the name and ``v0`` the value: 27 of them at most."""

_NUMERIC = frozenset({"pr", "qt", "ds", "lp"})
_KEYS = {field: key for key, field in FIELDS.items()}
_CUSTOM = f"{FALLBACK}k."
"""Before the name of a custom parameter that is the name of a field as well: it leaves as it came, and is not that field."""


def read_item(text: str, odd: list[tuple[str, str]]) -> dict[str, Any]:
    """The item, its fields in the order of arrival; of a repeated key the first counts.

    ``odd`` gets the fields that should be numbers, with the texts that they are.
    """
    item: dict[str, Any] = {}
    slots: dict[str, str] = {}
    for token in _tokens(text):
        key, value = token[:2], token[2:]
        field = FIELDS.get(key)
        if field is not None:
            if key not in _NUMERIC:
                item.setdefault(field, value)
            elif field not in item:
                number = item[field] = numbers.read(value)
                if number is value:
                    odd.append((field, value))
        elif len(key) == 2 and key[1] in SLOTS and key[0] in "kv":
            _put_custom(item, slots, key, value)
        elif len(key) == 2:
            item.setdefault(FALLBACK + key, value)
    return item


def _put_custom(item: dict[str, Any], slots: dict[str, str], key: str, value: str) -> None:
    """``slots`` are the names whose values have not come yet. A value without a name is ignored."""
    kind, slot = key[0], key[1]
    if kind == "k":
        name = f"{_CUSTOM}{value}" if value in _KEYS or value.startswith(FALLBACK) else value
        if name not in item:
            slots[slot] = name
            item[name] = ""
    elif slot in slots:
        item[slots.pop(slot)] = value


def _tokens(text: str) -> list[str]:
    """The text split on ``~``, where ``~~`` is one ``~`` of a value."""
    if "~~" not in text:
        return text.split("~")
    tokens = [""]
    for at, part in enumerate(text.split("~~")):
        first, *rest = part.split("~")
        tokens[-1] += f"~{first}" if at else first
        tokens += rest
    return tokens


def write_item(item: Mapping[str, Any]) -> str:
    """The item's text, its fields in their order. Custom parameters beyond the 27th are left out."""
    tokens: list[str] = []
    slots = iter(SLOTS)
    for field, value in item.items():
        text = write_custom(value)
        if text is not None:
            tokens += _write_field(field, str(text), slots)
    return "~".join(tokens)


def _write_field(field: str, text: str, slots: Iterator[str]) -> list[str]:
    key = _KEYS.get(field)
    if len(field) > len(_CUSTOM) and field.startswith(_CUSTOM):
        field = field.removeprefix(_CUSTOM)
    elif key is None and field.startswith(FALLBACK):
        key = field.removeprefix(FALLBACK)
        if len(key) != 2:
            return []
    if key is not None:
        return [_escape(key + text)]
    slot = next(slots, None)
    return [] if slot is None else [_escape(f"k{slot}{field}"), _escape(f"v{slot}{text}")]


def _escape(token: str) -> str:
    return token.replace("~", "~~") if "~" in token else token
