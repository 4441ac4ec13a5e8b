"""Ids that look otherwise than those of their kind, or that were to be replaced: each component has the table of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from config.document import Document
from config.problem import Path
from config.settings import Settings
from core.fields import Template

_PLACEHOLDER = re.compile(r"(?i)(?:^|[^a-z0-9])(?:x{3,}|0{6,}|your[-_ ]?\w*)(?:$|[^a-z0-9])")


def doubt_shapes(settings: Settings, document: Document) -> None:
    """Notes every id that is hardly one."""
    for component in settings.components:
        for name, shape in component.settings.shapes.items():
            for at, id in _written(getattr(component.settings, name, None)):
                path = (f"{component.kind}s", component.name, name, *at)
                if _PLACEHOLDER.search(id):
                    document.warn(path, f"is a placeholder; put yours in its place: {shape.wanted}")
                elif not re.fullmatch(shape.pattern, id):
                    document.warn(path, f"does not look like {shape.wanted}")


def _written(value: Any) -> Iterator[tuple[Path, str]]:
    """The texts that the file spells out, and where they stand below the setting."""
    if isinstance(value, Template):
        value = value.literal
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, list):
        yield from (((index,), each) for index, each in enumerate(value) if isinstance(each, str))
