"""The pages of the components: one for each, and one for each kind with the keys that all of that kind have."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

from core.component import LAST, ClientSettings, ComponentSettings, TagSettings, TransformationSettings
from core.registry import KINDS, ComponentKind, installed
from docs.rendering import words
from docs.rendering.blocks import names, page, table
from docs.rendering.examples import example
from docs.rendering.keys import keys_table
from docs.rendering.places import DOCS, Pages

SHARED: Final[Mapping[ComponentKind, type[ComponentSettings]]] = {
    "client": ClientSettings,
    "transformation": TransformationSettings,
    "tag": TagSettings,
}

_WHAT: Final[Mapping[ComponentKind, str]] = {
    "client": "A client recognises a request and turns it into event data. The first that claims it wins.",
    "transformation": "A transformation changes what one tag, or all of them, may see of an event.",
    "tag": "A tag sends an event on.",
}

_GUIDES: Final[Mapping[tuple[ComponentKind, str], str]] = {
    ("client", "google_scripts"): "first-party.md",
    ("client", "json"): "webhooks.md",
    ("tag", "http_request"): "requests.md",
}
"""Pages that show how a component is used; those of the vendors are found by their names."""


def component_pages() -> Pages:
    """By the pages' places."""
    registry = installed()
    pages: Pages = {}
    for kind in KINDS:
        found = {type: entry.load() for type in registry.types(kind) if (entry := registry.find(kind, type))}
        pages[f"reference/{kind}s/index.md"] = page(*_kind(kind, found))
        pages |= {f"reference/{kind}s/{type}.md": page(*_component(kind, type, each)) for type, each in found.items()}
    return pages


def summary(component: Any) -> str:
    """The first sentence of what it says of itself."""
    return (inspect.getdoc(component) or "").partition("\n\n")[0].replace("\n", " ")


def _kind(kind: ComponentKind, components: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {kind.capitalize()}s"
    yield _WHAT[kind]
    yield table(("type", "what it does", "keys without a default"), (_line(type, each) for type, each in components.items()))
    yield _order(components) if kind == "transformation" else ""
    yield f"## Keys of every {kind}"
    yield words.column("..")
    yield keys_table(SHARED[kind])


def _line(type: str, component: Any) -> tuple[str, str, str]:
    return f"[`{type}`]({type}.md)", summary(component), needed(component)


def needed(component: Any) -> str:
    """The keys without which the file says too little."""
    found = (field.alias or name for name, field in component.Settings.model_fields.items() if field.is_required())
    return names(found) or "–"


def _order(components: Mapping[str, Any]) -> str:
    orders = {type: component.Settings.order for type, component in components.items()}
    usual = [type for type in sorted(orders, key=orders.__getitem__) if orders[type] < LAST]
    last = [f"`{type}`" for type, order in orders.items() if order >= LAST]
    return f"At equal priority they run in this order: {names(usual)}. Whatever its priority, {' and '.join(last)} is last."


def _component(kind: ComponentKind, type: str, component: Any) -> Iterator[str]:
    yield f"# The `{type}` {kind}"
    yield inspect.getdoc(component) or ""
    yield _guide(kind, type)
    own = keys_table(component.Settings, SHARED[kind].model_fields)
    yield "## Keys"
    yield f"It has the [keys of every {kind}](index.md#keys-of-every-{kind}){', and these.' if own else ', and none of its own.'}"
    yield f"{words.column('..')}\n\n{own}" if own else ""
    yield "## Examples" if component.examples else ""
    yield from (example(kind, type, each) for each in component.examples)


def _guide(kind: ComponentKind, type: str) -> str:
    guide = _GUIDES.get((kind, type)) or f"vendors/{type}.md"
    there = (kind, type) in _GUIDES or (kind == "tag" and (DOCS / guide).exists())
    return f"How it is set up: [{_title(guide)}](../../{guide})." if there else ""


def _title(guide: str) -> str:
    return (DOCS / guide).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
