"""The examples of docs/expressions.md: an expression, an arrow, and what it gives for the event that the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from config import SourceFile, load
from config.assembly import assemble
from core.context import Answered, Context, Scope
from core.expressions import Expression, compile_expression, compile_template
from core.registry import installed
from core.types import Geo, Request
from core.undefined import UNDEFINED
from tests.documentation import ROOT, Block, blocks
from wire.identity.vendors import VENDORS
from wire.readers import READERS

GIVES: Final = "→"
MISTAKE: Final = "✗"
WARNING: Final = "⚠"
PAGE: Final = "docs/expressions.md"
RECEIVED: Final = 1_764_340_309_500_000
COLOGNE: Final = Geo(country="DE", region="NW", city="Cologne")
_LINE: Final = re.compile(rf"(?P<source>.+?) +(?P<kind>[{GIVES}{MISTAKE}{WARNING}]) (?P<told>.+)")
_OF_ANSWERS: Final = frozenset({"answer", "status", "headers"})


@dataclass(frozen=True)
class Example:
    """A line of the page. ``told`` is what stands behind the sign ``kind``."""

    source: str
    kind: str
    told: str
    of: tuple[tuple[str, str], ...]
    """Names that have a value in this block alone, and the value as JSON."""

    def __str__(self) -> str:
        return self.source

    def compiled(self) -> Expression:
        return compile_template(self.source) if "{{" in self.source else compile_expression(self.source)


def examples(block: Block) -> Iterator[Example]:
    """Every line of a block but for those that say what a name is."""
    lines = block.text.splitlines()
    of = tuple((name, value) for line in lines if line.startswith("# ") for name, _, value in [line[2:].partition(" = ")])
    for line in lines:
        if not line.startswith("# "):
            found = _LINE.fullmatch(line)
            assert found, f"{block}: no example: {line}"
            yield Example(found["source"], found["kind"], found["told"], of)


def value_of(example: Example) -> str:
    """What it gives, as the page writes it."""
    value = example.compiled().evaluate(_scope({name: json.loads(text) for name, text in example.of}))
    return "undefined" if value is UNDEFINED else json.dumps(value, ensure_ascii=False, default=str)


def _scope(of: dict[str, Any]) -> Scope:
    context = _context(of.get("body", UNDEFINED))
    if _OF_ANSWERS & of.keys():
        return Answered(context, of["answer"], of["status"], of["headers"], of["index"], of["row"])
    scope = context.on(context.original)
    return scope.with_item(of["item"], of["item_index"]) if "item" in of else scope


def _context(body: Any) -> Context:
    file, event, request = shown("yaml", "is_large"), shown("json", "event_name"), shown("http", "GET")
    return Context(_request(request), "web", json.loads(event), 0, _shared(file), body=body)


def shown(language: str, holds: str) -> str:
    """The block of the page in this language that has this in it."""
    found, *_ = (block.text for block in blocks(language) if block.where == PAGE and holds in block.text)
    return found


@cache
def _shared(file: str) -> Any:
    def read(name: str) -> bytes:
        return (ROOT / "config" / "examples" / name).read_bytes()

    loaded = load([SourceFile("a.yaml", file.encode())], registry=installed(), environ={}, read=read, serve=False)
    assert loaded.settings is not None
    shared = assemble(loaded, loaded.settings, READERS, read, vendors=VENDORS).container.shared
    return replace(shared, secrets={"SIGNING_KEY": "key"})


def _request(text: str) -> Request:
    first, *lines = text.splitlines()
    method, _, target = first.partition(" ")
    path, _, query = target.partition("?")
    headers = tuple((name.lower(), value) for name, _, value in (line.partition(": ") for line in lines))
    return Request("5882f64575ce6460", RECEIVED, method, path, query, headers, ip="203.0.113.7", geo=COLOGNE)
