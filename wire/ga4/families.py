"""Parameters whose names share a beginning: custom parameters, user properties, items, and what is for the server alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from core.types import Event
from wire.ga4 import numbers
from wire.ga4.custom import NAMED, NEVER, NEVER_BEGIN, note
from wire.ga4.findings import Findings
from wire.ga4.items import MOST_ITEMS, read_item
from wire.ga4.table import FALLBACK, SERVER, USER_PROPERTIES
from wire.ga4.written import Written

Families: TypeAlias = dict[str, dict[str, tuple[str, str]]]
"""By the beginning that names share, and the rest of the name: the text, and the piece, empty where that may not leave."""

_DEEPEST = 4


def member(name: str) -> tuple[str, str] | None:
    """The beginning of a name without a row, and the rest of it, if it belongs to a family."""
    head, dot, tail = name.partition(".")
    if dot and head in _DOTTED:
        return head, tail
    return ("pr", name[2:]) if name.startswith("pr") and _is_item(name) else None


def place(event: Event, families: Families, findings: Findings, written: Written) -> None:
    """Puts what was set aside into the event, family by family; ``families`` is used up."""
    for head, put in _FAMILIES:
        if head in families:
            put(event, families, findings, written)


def _is_item(name: str) -> bool:
    digits = name[2:]
    return digits.isdigit() and digits.isascii() and digits[0] != "0" and len(digits) < 4 and int(digits) <= MOST_ITEMS


def _place_server(event: Event, families: Families, findings: Findings, written: Written) -> None:  # noqa: ARG001  one of many families
    event[SERVER] = {name: text for name, (text, _) in families["sst"].items()}


def _place_items(event: Event, families: Families, findings: Findings, written: Written) -> None:
    items = event["items"] = []
    for number, (text, piece) in sorted(families["pr"].items(), key=lambda member: int(member[0])):
        odd: list[tuple[str, str]] = []
        item = read_item(text, odd)
        items.append(item)
        for field, value in odd:
            findings.not_a_number(f"pr{number}.{field}", value)
        if piece and number == str(len(items)):
            written.items.append((item, item.copy(), piece))


def _place_numbers(event: Event, families: Families, findings: Findings, written: Written) -> None:
    for name, (text, piece) in families["epn"].items():
        value = numbers.read(text)
        if name.startswith(NEVER_BEGIN):
            _place_reserved(event, "epn.", name, text, value)
        elif type(value) is str:
            findings.not_a_number(f"epn.{name}", text)
            families.setdefault(_NO_NUMBERS, {})[name] = text, ""
        elif name in event or name in NEVER:
            event[f"{FALLBACK}epn.{name}"] = text
        else:
            _put(event, written, name, value, f"epn.{name}", piece)


def _place_texts(event: Event, families: Families, findings: Findings, written: Written) -> None:  # noqa: ARG001  one of many families
    for name, (text, piece) in families["ep"].items():
        if name.startswith(NEVER_BEGIN):
            _place_reserved(event, "ep.", name, text, text)
        elif name in event or name in NEVER:
            event[f"{FALLBACK}ep.{name}"] = text
        else:
            _put(event, written, name, text, f"ep.{name}", piece)


def _put(event: Event, written: Written, name: str, value: Any, whole: str, piece: str) -> None:
    """Puts a custom parameter under its name, where nothing else has that key."""
    event[name] = value
    if name in NAMED:
        note(event, whole)
    else:
        written.pieces[name] = piece


def _place_no_numbers(event: Event, families: Families, findings: Findings, written: Written) -> None:  # noqa: ARG001  one of many families
    for name, (text, _) in families[_NO_NUMBERS].items():
        if name in event or name in NEVER:
            event[f"{FALLBACK}epn.{name}"] = text
        else:
            event[name] = text
            note(event, f"epn.{name}")


def _place_reserved(event: Event, begin: str, name: str, text: str, value: Any) -> None:
    """One of ``user_data``, or of a name that begins as no custom parameter's key does."""
    if not _is_user_data(event, name, value):
        event[f"{FALLBACK}{begin}{name}"] = text


def _place_user_numbers(event: Event, families: Families, findings: Findings, written: Written) -> None:
    for name, (text, piece) in families["upn"].items():
        value = numbers.read(text)
        if isinstance(value, str):
            findings.not_a_number(f"upn.{name}", text)
            families.setdefault(_NO_USER_NUMBERS, {})[name] = text, ""
        else:
            event.setdefault(USER_PROPERTIES, {})[name] = value
            written.keep_entry(USER_PROPERTIES, name, value, piece)


def _place_user_texts(event: Event, families: Families, findings: Findings, written: Written) -> None:  # noqa: ARG001  one of many families
    properties = event.setdefault(USER_PROPERTIES, {})
    for name, (text, piece) in families["up"].items():
        if name in properties:
            event[f"{FALLBACK}up.{name}"] = text
        else:
            properties[name] = text
            written.keep_entry(USER_PROPERTIES, name, text, piece)


def _place_no_user_numbers(event: Event, families: Families, findings: Findings, written: Written) -> None:  # noqa: ARG001  one of many families
    properties = event.setdefault(USER_PROPERTIES, {})
    for name, (text, _) in families[_NO_USER_NUMBERS].items():
        if name in properties:
            event[f"{FALLBACK}upn.{name}"] = text
        else:
            properties[name] = text
            note(event, f"upn.{name}")


def _is_user_data(event: Event, name: str, value: Any) -> bool:
    """Puts ``user_data.address.0.city`` back where gtag found it, and says whether it was one of these."""
    if not name.startswith("user_data."):
        return False
    *path, last = name.split(".", _DEEPEST)
    level: Any = event
    for step in path:
        level = level.setdefault(step, {})
        if not isinstance(level, dict):
            return True
    level.setdefault(last, value)
    return True


_NO_NUMBERS = "epn?"
_NO_USER_NUMBERS = "upn?"
"""What came as a number and is none: whatever else wants the key gets it first."""

_Placing: TypeAlias = Callable[[Event, Families, Findings, Written], None]
_FAMILIES: tuple[tuple[str, _Placing], ...] = (
    ("sst", _place_server),
    ("pr", _place_items),
    ("upn", _place_user_numbers),
    ("up", _place_user_texts),
    (_NO_USER_NUMBERS, _place_no_user_numbers),
    ("epn", _place_numbers),
    ("ep", _place_texts),
    (_NO_NUMBERS, _place_no_numbers),
)
"""Names that share a beginning, in the order in which they get hold of a key: a number comes before a text."""
_DOTTED = frozenset({"sst", "upn", "up", "epn", "ep"})
