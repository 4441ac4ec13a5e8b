"""The items of a hit: products, impressions and promotions of enhanced e-commerce, and the one item of an ``item`` hit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias

from wire.ga4 import numbers
from wire.ga4.findings import Findings
from wire.ga4.query import remember

Item: TypeAlias = dict[str, Any]


class Family(IntEnum):
    """What an item is of, in the order in which items are listed."""

    PRODUCT = 0
    OWN = 1
    IMPRESSION = 2
    PROMOTION = 3


class ItemPlace(NamedTuple):
    """Where a parameter belongs: the ``at``-th item of a family (and of its ``list``, where it has lists), and there ``key``."""

    family: Family
    list: int
    at: int
    key: str
    numeric: bool


_CATEGORIES = ("item_category", "item_category2", "item_category3", "item_category4", "item_category5")
_NUMERIC = frozenset({"price", "quantity", "index", "metric"})

_ITEM = {"id": "item_id", "nm": "item_name", "br": "item_brand", "ca": "categories", "va": "item_variant", "pr": "price"}
_CUSTOM = {"cd": "dimension", "cm": "metric"}
_FIELDS: Mapping[Family, Mapping[str, str]] = {
    Family.PRODUCT: {**_ITEM, **_CUSTOM, "qt": "quantity", "cc": "coupon", "ps": "index"},
    Family.IMPRESSION: {**_ITEM, **_CUSTOM, "ps": "index"},
    Family.PROMOTION: {"id": "promotion_id", "nm": "promotion_name", "cr": "creative_name", "ps": "creative_slot"},
}
_OWN_FIELDS = {"in": "item_name", "ip": "price", "iq": "quantity", "ic": "item_id", "iv": "item_category"}
_OWN_PLACES = {name: ItemPlace(Family.OWN, 0, 0, key, key in _NUMERIC) for name, key in _OWN_FIELDS.items()}

_UP_TO_200 = "(200|1[0-9][0-9]|[1-9][0-9]?)"
_NAME = re.compile(f"(?:pr|il{_UP_TO_200}pi|(promo)){_UP_TO_200}([a-z][a-z]){_UP_TO_200}?")


@remember
def _place(name: str) -> ItemPlace | None:
    """``pr1cd3`` is ``dimension3`` of the first product, ``il2pi4nm`` the name of the fourth item of the second list."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    list, promo, at, field, number = found.groups()
    family = Family.IMPRESSION if list else Family.PROMOTION if promo else Family.PRODUCT
    key = _FIELDS[family].get(field)
    if key is None or (number is not None) != (field in _CUSTOM):
        return None
    return ItemPlace(family, int(list or 0), int(at), key + (number or ""), key in _NUMERIC)


def read_items(
    parameters: Mapping[str, str], *, is_item: bool, findings: Findings | None = None
) -> tuple[list[Item], Mapping[str, str]]:
    """The items in their order, and the parameters that none of them took.

    Impressions and promotions are items only where there is no product. ``is_item``: the hit's type is ``item``.
    ``findings`` get the numbers that are none.
    """
    places = {name: place for name in parameters if (place := _place(name))}
    if is_item:
        places |= {name: place for name, place in _OWN_PLACES.items() if name in parameters}
    if not places:
        return [], parameters
    chosen = _chosen(places.values())
    items: dict[tuple[Family, int, int], Item] = {}
    rest: dict[str, str] = {}
    for name, text in parameters.items():
        place = places.get(name)
        if place and place.family in chosen:
            value = _read(place, text)
            items.setdefault(place[:3], {}).update(value)
            if findings is not None and place.numeric and isinstance(value[place.key], str):
                findings.not_a_number(name, text)
        else:
            rest[name] = text
    _name_lists(items, rest)
    return [items[at] for at in sorted(items)], rest


def _chosen(places: Iterable[ItemPlace]) -> frozenset[Family]:
    sold = any(place.family is Family.PRODUCT for place in places)
    return frozenset({Family.PRODUCT, Family.OWN} if sold else Family)


def _read(place: ItemPlace, text: str) -> Item:
    """The keys and values. A number that is none stays the text that it is."""
    if place.key == "categories":
        return dict(zip(_CATEGORIES, text.split("/", len(_CATEGORIES) - 1), strict=False))
    return {place.key: numbers.read(text) if place.numeric else text}


def _name_lists(items: Mapping[tuple[Family, int, int], Item], rest: dict[str, str]) -> None:
    """Moves the names of the lists (``il1nm``) to their items."""
    lists = {list: f"il{list}nm" for _, list, _ in items if list}
    names = {list: rest.pop(name) for list, name in lists.items() if name in rest}
    for (_, list, _), item in items.items():
        if list in names:
            item["item_list_name"] = names[list]
