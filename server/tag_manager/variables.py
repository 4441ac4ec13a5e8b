"""Variables that users make, by their type in the export."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from server.tag_manager import literals
from server.tag_manager.built_ins import REGION, REGION_REASON, by_chance
from server.tag_manager.meaning import Computed, Constant, Lost, Meaning
from server.tag_manager.tables import lookup_table, pattern_table
from server.tag_manager.translation import Translation

VariableReader: TypeAlias = Callable[[Translation], Meaning | Lost]

NO_DATABASE: Final = "no database lookups (a table in a file: `file`, `key`, `value`)"
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OF_PROXIES: Final[Mapping[str, str]] = {
    "x-geo-country": "request.country",
    "x-geo-region": "request.region",
    "x-geo-city": "request.city",
    "x-real-ip": "request.ip",
}
"""Headers that Stape sends, and what the product knows itself."""
_STAPES: Final = ("x-geo-", "x-stape-", "x-device-")


def below(base: str, path: str) -> str:
    """A key path after a name: ``event.items[0].price``, ``event['x-ga-gcs']``."""
    return base + "".join(_step(step) for step in path.split(".") if step)


def _step(step: str) -> str:
    if _WORD.fullmatch(step):
        return f".{step}"
    return f"[{int(step)}]" if step.isascii() and step.isdigit() and len(step) < 9 else f"[{literals.in_expression(step)}]"


def _constant(translation: Translation) -> Meaning | Lost:
    return Constant(translation.entity.text("value"))


def _event_data(translation: Translation) -> Meaning | Lost:
    read = _of_event(translation, translation.entity.text("keyPath"))
    if isinstance(read, Lost) or not translation.entity.flag("setDefaultValue"):
        return read
    default = translation.needed(translation.entity.text("defaultValue"))
    return default if isinstance(default, Lost) else Computed(f"{read.expression} | default({default.expression})")


def _of_event(translation: Translation, path: str) -> Computed | Lost:
    if literals.lone_reference(path) is not None:
        step = translation.needed(path)
        return step if isinstance(step, Lost) else Computed(f"event[{step.expression}]")
    if any(is_name for is_name, _ in literals.parts(path)):
        return Lost("its key path depends on the event")
    known = translation.raw(path, place="keyPath")
    if isinstance(known, Lost):
        return known
    return Computed(below("event", path))


def _header(translation: Translation) -> Meaning | Lost:
    name = translation.raw(translation.entity.text("headerName"))
    if isinstance(name, Lost):
        return name
    name = name.strip().lower()
    if name in _OF_PROXIES:
        translation.approximate(f"{name} is a header of Stape's: {_OF_PROXIES[name]} instead")
        return Computed(_OF_PROXIES[name], is_text=True)
    if name.startswith(_STAPES):
        translation.approximate(f"{literals.spoken(name)} is a header of Stape's: your proxy has to send it")
    return Computed(f"request.headers[{literals.in_expression(name)}]")


def _named(base: str, *parameters: str) -> VariableReader:
    """A thing of the request by the name that one of these parameters holds."""

    def read(translation: Translation) -> Meaning | Lost:
        written = next((text for each in parameters if (text := translation.entity.text(each))), "")
        name = translation.raw(written)
        if isinstance(name, Lost):
            return name
        step = f".{name}" if _WORD.fullmatch(name) else f"[{literals.in_expression(name)}]"
        return Computed(f"{base}{step}") if name else Lost("it has no name")

    return read


def _region(translation: Translation) -> Meaning | Lost:
    translation.approximate(REGION_REASON)
    return Computed(REGION)


VARIABLES: Final[Mapping[str, VariableReader]] = {
    "c": _constant,
    "ed": _event_data,
    "rh": _header,
    "qp": _named("request.query", "queryParamName", "name"),
    "sgtmk": _named("request.cookies", "name", "cookieName"),
    "vr": _region,
    "smm": lookup_table,
    "remm": pattern_table,
    "fs": lambda _: Lost(NO_DATABASE),
    "r": by_chance,
}
