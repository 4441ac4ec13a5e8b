"""Ids that look otherwise than those of their kind, or that were to be replaced: each component has the table of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from config.document import Document
from config.problem import Path
from config.settings import Settings
from core.fields import Template
from core.settings import Shape

_PLACEHOLDER = re.compile(r"(?i)(?:^|[^a-z0-9])(?:x{3,}|0{6,}|your[-_ ]?\w*)(?:$|[^a-z0-9])")


def doubt_shapes(settings: Settings, document: Document) -> None:
    """Notes every id that is hardly one. Those that follow from another part of the file are told there."""
    for component in settings.components:
        for name, shape in component.settings.shapes.items():
            path = (f"{component.kind}s", component.name, name)
            if not document.says(path):
                continue
            value = getattr(component.settings, name, None)
            for at, id in _written(value):
                doubtful = _doubtful(id, shape)
                if doubtful:
                    document.warn((*path, *at), doubtful, key=isinstance(value, dict))


def _doubtful(id: str, shape: Shape) -> str:
    if _PLACEHOLDER.search(id):
        return f"is a placeholder; put yours in its place: {shape.wanted}"
    return "" if re.fullmatch(shape.pattern, id) else f"does not look like {shape.wanted}"


def _written(value: Any) -> Iterator[tuple[Path, str]]:
    """The texts that the file spells out, of a mapping its keys, and where they stand below the setting."""
    if isinstance(value, Template):
        value = value.literal
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, dict):
        yield from (((key,), key) for key in value)
    elif isinstance(value, list):
        yield from (((index,), each) for index, each in enumerate(value) if isinstance(each, str))
