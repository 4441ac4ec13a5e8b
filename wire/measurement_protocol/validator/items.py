"""``items``: the products of an event."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from wire.measurement_protocol import names
from wire.measurement_protocol.checks import Check
from wire.measurement_protocol.validator.findings import Findings
from wire.measurement_protocol.validator.values import LONGEST_NAME, LONGEST_VALUE, MOST_EXAMINED, NUMBERS, is_numeric

_MOST_ITEMS: Final = 200
_MOST_CUSTOM: Final = 27
_AMOUNTS: Final = frozenset({"price", "quantity", "discount", "index"})
_FIELDS: Final = frozenset(
    {
        "affiliation",
        "coupon",
        "creative_name",
        "creative_slot",
        "currency",
        "discount",
        "google_business_vertical",
        "index",
        "item_brand",
        "item_category",
        "item_category2",
        "item_category3",
        "item_category4",
        "item_category5",
        "item_id",
        "item_list_id",
        "item_list_name",
        "item_name",
        "item_variant",
        "location_id",
        "price",
        "promotion_id",
        "promotion_name",
        "quantity",
    }
)
_MISSING: Final = (None, "")


def check_items(found: Findings, i: int, name: str, items: Any) -> None:  # noqa: ARG001  one of many checks of a parameter
    """The value of ``items`` of one event."""
    if not isinstance(items, list):
        found.add(Check.ITEMS, i=i)
        return
    if not all(isinstance(item, dict) for item in items):
        found.add(Check.ITEMS, i=i)
    if len(items) > _MOST_ITEMS:
        found.add(Check.MANY_ITEMS, i=i, n=len(items))
    for j, item in enumerate(items[:_MOST_ITEMS]):
        if isinstance(item, dict):
            _check_item(found, i, j, item)


def _check_item(found: Findings, i: int, j: int, item: Mapping[str, Any]) -> None:
    if item.get("item_id") in _MISSING and item.get("item_name") in _MISSING:
        found.add(Check.ITEM_NAMELESS, i=i, j=j)
    custom = 0
    for name, value in islice(item.items(), MOST_EXAMINED):
        if name not in _FIELDS:
            custom += 1
            if not names.is_name(name) or len(name) > LONGEST_NAME:
                found.add(Check.ITEM_PARAM_NAME, i=i, j=j, k=name)
        if type(value) not in NUMBERS:
            _check_value(found, i, j, name, value)
    if custom > _MOST_CUSTOM:
        found.add(Check.ITEM_CUSTOM, i=i, j=j, n=custom)


def _check_value(found: Findings, i: int, j: int, name: str, value: Any) -> None:
    if isinstance(value, str):
        if len(value) > LONGEST_VALUE:
            found.add(Check.ITEM_LONG, i=i, j=j, k=name, n=len(value), max=LONGEST_VALUE)
    elif isinstance(value, dict | list):
        found.add(Check.ITEM_VALUE, i=i, j=j, k=name)
    if name in _AMOUNTS and not is_numeric(value):
        found.add(Check.ITEM_AMOUNT, i=i, j=j, k=name)
