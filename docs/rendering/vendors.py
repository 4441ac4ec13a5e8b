"""The page that lists the vendors whose tags are ready made."""

from __future__ import annotations

from collections.abc import Iterator

from core.registry import installed
from docs.rendering import words
from docs.rendering.blocks import page, table
from docs.rendering.components import needed, summary
from docs.rendering.places import DOCS, Pages


def vendor_pages() -> Pages:
    """By the page's place."""
    return {"vendors/index.md": page(*_parts())}


def _parts() -> Iterator[str]:
    yield "# Vendors"
    yield words.VENDORS
    yield table(("vendor", "tag", "what it does", "keys without a default"), _rows())


def _rows() -> Iterator[tuple[str, str, str, str]]:
    registry = installed()
    for type in registry.types("tag"):
        guide, entry = DOCS / "vendors" / f"{type}.md", registry.find("tag", type)
        if entry and guide.exists():
            title = guide.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            tag = entry.load()
            yield f"[{title}]({type}.md)", f"[`{type}`](../reference/tags/{type}.md)", summary(tag), needed(tag)
