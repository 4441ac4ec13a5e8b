"""The pages of the file's sections, and the one that lists them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from config.cases import CaseSettings
from config.restarts import RESTART
from config.schema import json_schema
from config.settings import OutboxSettings, ServerSettings
from core.deduplication import DeduplicationSettings
from core.registry import installed
from core.triggers import TriggerSettings
from core.variables import Each, File, Lookup, Object, Regex
from docs.rendering import words
from docs.rendering.blocks import block, names, page, table
from docs.rendering.keys import keys_table
from docs.rendering.places import DOCS, Pages

_FULL: Final = DOCS.parent / "config" / "examples" / "full.yaml"


@dataclass(frozen=True, slots=True)
class SectionPage:
    """The sections of one page; ``forms``: how what stands in it may be written, where there are several ways."""

    sections: Sequence[str]
    words: str
    model: type[BaseModel] | None = None
    forms: Sequence[type[BaseModel]] = ()


SECTIONS: Final[Mapping[str, SectionPage]] = {
    "environment": SectionPage(("environment",), words.ENVIRONMENT),
    "server": SectionPage(("server",), "", ServerSettings),
    "outbox": SectionPage(("outbox",), words.OUTBOX, OutboxSettings),
    "consent": SectionPage(("consent",), words.CONSENT),
    "variables": SectionPage(("variables",), words.VARIABLES, forms=(Lookup, Regex, File, Object, Each)),
    "triggers": SectionPage(("triggers", "exceptions"), words.TRIGGERS, TriggerSettings),
    "deduplicate": SectionPage(("deduplicate",), words.DEDUPLICATE, DeduplicationSettings),
    "tests": SectionPage(("tests",), words.TESTS, CaseSettings),
}
"""By the page's name below docs/reference."""


def section_pages() -> Pages:
    """By the pages' places."""
    sections = {f"reference/{name}.md": page(*_section(each)) for name, each in SECTIONS.items()}
    return {"reference/index.md": page(*_index()), **sections}


def _section(shown: SectionPage) -> Iterator[str]:
    yield f"# {' and '.join(f'`{section}`' for section in shown.sections)}"
    yield _told(shown.sections[0])
    yield shown.words
    if shown.model:
        yield f"## Keys\n\n{words.column('.')}\n\n{keys_table(shown.model)}"
        yield _restart(shown.sections[0])
    for form in shown.forms:
        yield f"## `{form.__name__.lower()}`\n\n{inspect.getdoc(form)}\n\n{keys_table(form)}"
    yield "## Example"
    yield from (block("yaml", excerpt(section)) for section in shown.sections)


def _restart(section: str) -> str:
    waiting = [key.removeprefix(f"{section}.") for key in RESTART if key.startswith(f"{section}.")]
    return f"`tagyard reload` takes changes of all keys but these, which need a restart: {names(waiting)}." if waiting else ""


def excerpt(section: str) -> str:
    """What the example with every key says of a section."""
    found = re.search(rf"^{section}:.*\n(?:(?:[ #].*)?\n)*", _FULL.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{_FULL} has no section {section}")
    return re.sub(r"\n+(#.*\n)*\Z", "\n", found[0])


def _told(section: str) -> str:
    schema: Mapping[str, Any] = json_schema(installed())["properties"][section]
    return str(schema["description"])


def _index() -> Iterator[str]:
    yield "# Reference of the file"
    yield words.REFERENCE
    yield "## Sections"
    yield table(("section", "what it is"), _sections())
    yield "## How values are written"
    yield table(("takes", "how it is written"), words.VALUES.items())
    yield words.TABLES


def _sections() -> Iterator[tuple[str, str]]:
    for name, shown in SECTIONS.items():
        for section in shown.sections:
            yield f"[`{section}`]({name}.md)", _told(section)
    yield "[`clients`](clients/index.md)", "Who recognises requests, and makes events of them."
    yield "[`transformations`](transformations/index.md)", "What changes events before tags see them."
    yield "[`tags`](tags/index.md)", "What sends events on."
