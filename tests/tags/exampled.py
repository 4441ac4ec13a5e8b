"""Every tag that is installed, as its own example has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.component import Setup, Tag, TagExample
from core.registry import installed

REGISTRY: Final = installed()
LOADED: Final[Mapping[str, Any]] = {
    type: entry.load() for type in REGISTRY.types("tag") if (entry := REGISTRY.find("tag", type)) is not None
}


def exampled(type: str, **settings: Any) -> Tag:
    """One of this type, as its own example has it but for these settings."""
    example: TagExample = LOADED[type].examples[0]
    tag: Tag = LOADED[type](LOADED[type].Settings.model_validate({**example.settings, **settings}), Setup(type))
    return tag
