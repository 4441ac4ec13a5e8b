"""The page of the names, operators, tests and filters of expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from core.expressions.filters import FILTERS, Argument
from core.expressions.names import KINDS
from core.expressions.predicates import PREDICATES, STATES
from core.expressions.reference import NAMES, RULES
from docs.rendering import words
from docs.rendering.blocks import names, page, table
from docs.rendering.places import Pages
from wire.identity.vendors import VENDORS

_TAKES: Final[Mapping[Argument | None, str]] = {
    None: "–",
    "value": "a value",
    "text": "a text",
    "count": "a whole number from 1",
    "decimals": "a whole number from 0 to 10",
}


def expression_pages() -> Pages:
    """By the page's place."""
    return {"reference/expressions.md": page(*_parts())}


def _parts() -> Iterator[str]:
    yield "# Names, tests and filters"
    yield words.EXPRESSIONS
    yield "## Names"
    yield table(("name", "gives"), ((written if "`" in written else f"`{written}`", gives) for written, gives in NAMES.items()))
    yield "## Operators"
    yield words.OPERATORS
    yield "## Tests"
    yield f"Without an argument: {names(f'is {name}' for name in STATES)}. With a value, or a list of which any may fit: " + (
        f"{names(f'is {name} …' for name in PREDICATES)}. `is not` is the opposite of each."
    )
    yield "## Filters"
    yield "Written with a bar: `event.value | round(2)`."
    yield table(("filter", "its argument"), (_filter(name) for name in FILTERS))
    yield "And these, whose arguments are texts in quotes:"
    yield table(("filter", "gives"), ((f"`{written}`", gives) for written, gives in RULES.items()))
    yield f"What it is: {names(KINDS)}. Vendors: {names(VENDORS)}; `google` is Google Analytics."


def _filter(name: str) -> tuple[str, str]:
    filter = FILTERS[name]
    takes = _TAKES[filter.takes]
    return f"`{filter.example or name}`", f"{takes}, or none" if filter.takes and filter.optional else takes
