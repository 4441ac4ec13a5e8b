"""What was bought, and for how much, as GA4's parameters say it: ``items``, ``value``, ``currency``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from core.types import Event

Number: TypeAlias = int | float
Item: TypeAlias = Mapping[str, Any]

_LONGEST: Final = 40
"""Characters of a number that somebody may have written."""

_LARGEST: Final = 10**100
"""No price, no count and no time is as large, and what is made of smaller ones can be written."""

_EXACT: Final = 1 << 53
"""Below it a whole number is the same with a point and without."""

CATEGORIES: Final = ("item_category", *(f"item_category{level}" for level in range(2, 6)))


def number(value: Any) -> Number | None:
    """The number that it is, or that it says; None where it is none, or a larger one than there is."""
    if isinstance(value, str) and len(value) <= _LONGEST and "_" not in value:
        try:
            value = float(value) if not value.strip().lstrip("+-").isdecimal() else int(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < _LARGEST else None


def text(value: Any) -> str | None:
    """The text, or the number in digits; None for anything else, and for what is blank."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = str(value).strip()
    return written or None


def decimal(value: Number | None) -> str | None:
    """The number in digits, for platforms that read amounts as text: no exponent, and nothing behind a whole one."""
    if value is None:
        return None
    written = format(Decimal(str(value)), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def items(event: Event) -> Sequence[Item]:
    """The goods of the event."""
    listed = event.get("items")
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def value(event: Event) -> Number | None:
    """What the event is worth: ``value``, or where that is absent or blank the sum of price times quantity of its items."""
    said = event.get("value")
    if said is not None and said != "":
        return number(said)
    sums = [price * quantity(item) for item in items(event) if (price := number(item.get("price"))) is not None]
    return round(sum(sums), 6) if sums else None


def currency(event: Event) -> str | None:
    """In three letters: the event's own, or that of its first item which has one."""
    for each in (event, *items(event)):
        found = text(each.get("currency"))
        if found:
            return found.upper()
    return None


def digits(value: Number) -> str:
    """A whole number, as JSON has those of 64 bits at Google's."""
    return str(int(value))


def quantity(item: Item) -> Number:
    """How many of an item; one where it does not say. A whole number has no point: some platforms take integers alone."""
    found = number(item.get("quantity"))
    if found is None:
        return 1
    return int(found) if abs(found) < _EXACT and found == int(found) else found


def count(event: Event) -> Number:
    """How many goods in all."""
    return sum(quantity(item) for item in items(event))


def ids(event: Event) -> Sequence[str]:
    """The ids of the items that have one."""
    return [id for item in items(event) if (id := text(item.get("item_id")))]


def category(item: Item) -> str | None:
    """The path of its categories, such as ``Kitchen > Cups``."""
    return " > ".join([each for name in CATEGORIES if (each := text(item.get(name)))]) or None


def present(**fields: Any) -> dict[str, Any]:
    """Of these fields those that have something to say: no None, no empty text, list or object."""
    return {name: value for name, value in fields.items() if value is not None and value != "" and value != [] and value != {}}
