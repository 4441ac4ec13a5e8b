"""From the bytes of a file to an export. What is no export of a server container is refused in one line."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from typing import Any, Final

from server.tag_manager.export import KINDS, Entity, Export, folded, parameters_of, text_of

LARGEST: Final = 16 << 20
"""Bytes of a file; the largest export that was seen had a twentieth of it."""
DEEPEST: Final = 64
_VERSION: Final = 2
_TOO_LARGE: Final = f"is larger than {LARGEST >> 20} MiB; exports of Tag Manager are not"
_TOO_DEEP: Final = "is nested too deeply"
_NO_CONTAINER: Final = (
    "is JSON, but not the export of a container: there is no `container` in it. In Tag Manager: Admin, Export Container"
)
_ONLY_SERVER: Final = "is the export of {what} container, and only a server container can be imported"
_WEB: Final = "; the web container stays in Tag Manager and sends its hits here"
_CONTEXTS: Final = {
    "web": "a web",
    "amp": "an AMP",
    "android": "a mobile app",
    "ios": "a mobile app",
    "androidsdk5": "a mobile app",
    "iossdk5": "a mobile app",
}
_OTHER_FIELDS: Final = frozenset({"container", "features"})
_WITHOUT_TYPE: Final = frozenset({"folder", "zone", "template", "gtag_config"})
_WITHOUT_NAME: Final = frozenset({"gtag_config"})
"""They are called by their type."""
_IDS: Final[Mapping[str, str]] = {"customTemplate": "templateId", "gtagConfig": "gtagConfigId"}


class ExportError(Exception):
    """What was given is no export of a server container. The text says so in one line, and follows the file's name."""


def read(data: bytes) -> Export:
    """The export. Raises ExportError."""
    if len(data) > LARGEST:
        raise ExportError(_TOO_LARGE)
    return _export(_parsed(data))


def _parsed(data: bytes) -> object:
    try:
        text = data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        raise ExportError("is not UTF-8") from None
    if "\0" in text:
        raise ExportError("is not UTF-8")
    try:
        found = json.loads(text, parse_int=_whole)
    except RecursionError:
        raise ExportError(_TOO_DEEP) from None
    except json.JSONDecodeError as error:
        raise ExportError(f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    if not _is_flat(found, DEEPEST):
        raise ExportError(_TOO_DEEP)
    return found


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= 20 else float(digits)


def _is_flat(value: object, left: int) -> bool:
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return left > 0 and all(_is_flat(item, left - 1) for item in items)
    return True


def _export(found: object) -> Export:
    whole = found if isinstance(found, dict) else {}
    version = whole.get("containerVersion", whole)
    container = version.get("container") if isinstance(version, dict) else None
    if not isinstance(container, dict):
        raise ExportError(_NO_CONTAINER)
    _check_context(container)
    return Export(
        text_of(container.get("publicId")),
        text_of(version.get("containerVersionId")),
        list(_entities(version)),
        list(_warnings(whole)),
    )


def _check_context(container: Mapping[str, Any]) -> None:
    found = container.get("usageContext")
    contexts = [folded(text_of(each)) for each in found] if isinstance(found, list) else []
    if "server" in contexts:
        return
    known = next((each for each in contexts if each in _CONTEXTS), None)
    if known is None:
        raise ExportError(_ONLY_SERVER.format(what="another"))
    raise ExportError(_ONLY_SERVER.format(what=_CONTEXTS[known]) + (_WEB if known == "web" else ""))


def _warnings(whole: Mapping[str, Any]) -> Iterator[str]:
    version = whole.get("exportFormatVersion", _VERSION)
    if text_of(version) != str(_VERSION):
        yield f"its exportFormatVersion is {text_of(version) or 'none'}, and {_VERSION} is known: look at what comes of it"


def _entities(version: Mapping[str, Any]) -> Iterator[Entity]:
    known = {name: version[name] for name in KINDS if name in version}
    others = {name: version[name] for name in sorted(version) if name not in KINDS and isinstance(version[name], list)}
    for name, found in {**known, **others}.items():
        if found is None:
            continue
        if not isinstance(found, list):
            raise ExportError(f"cannot be read: its `{name}` is not a list")
        for number, each in enumerate(found, 1):
            yield _entity(name, number, each, strict=name in KINDS)


def _entity(name: str, number: int, found: object, *, strict: bool) -> Entity:
    kind = KINDS.get(name) or "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
    fields = found if isinstance(found, dict) else {}
    title, type = text_of(fields.get("name")), text_of(fields.get("type"))
    typed = type or kind in _WITHOUT_TYPE
    title = title or (type if kind in _WITHOUT_NAME else "")
    if strict and not (title and typed):
        what = "is no object" if not isinstance(found, dict) else "has no name" if not title else "has no type"
        raise ExportError(f"cannot be read: {kind} {number} {what}")
    id = text_of(fields.get(_IDS.get(name, f"{name}Id"))) or (type if kind == "built_in" else str(number))
    return Entity(kind, id, title, type, parameters_of(fields.get("parameter")), fields)
