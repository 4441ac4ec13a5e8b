"""Writes what docs/ has from the code: whole pages, and tables of pages whose other words stay. ``make docs``."""

from __future__ import annotations

from pathlib import Path

from docs.rendering import event_data_tables, metric_tables, refusal_table, rooms
from docs.rendering.commands import command_pages
from docs.rendering.components import component_pages
from docs.rendering.expressions import expression_pages
from docs.rendering.places import DOCS, Pages
from docs.rendering.sections import section_pages
from docs.rendering.vendors import vendor_pages

TABLES = (event_data_tables, metric_tables, refusal_table, rooms)


def pages() -> Pages:
    """Every page that is written as a whole."""
    return section_pages() | component_pages() | expression_pages() | command_pages() | vendor_pages()


def left_over() -> list[Path]:
    """Pages of the reference that nothing writes any more."""
    return sorted(set((DOCS / "reference").rglob("*.md")) - {DOCS / place for place in pages()})


if __name__ == "__main__":
    for place, text in pages().items():
        (DOCS / place).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / place).write_text(text, encoding="utf-8")
    for page in left_over():
        page.unlink()
    for each in TABLES:
        each.PAGE.write_text(each.render(each.PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    rooms.PICTURE.write_text(rooms.picture(), encoding="utf-8")
