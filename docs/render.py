"""Writes ``docs/reference.md`` from the components themselves: what each does, its settings, its examples. ``make docs``.

The tables of ``docs/event-data.md`` and ``docs/metrics.md``, and that of refused requests in ``docs/troubleshooting.md``, are
written with it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import orjson
import yaml
from pydantic import BaseModel

from config.places import Address
from config.settings import OutboxSettings, ServerSettings
from core.component import (
    LAST,
    ClientExample,
    ClientSettings,
    TagExample,
    TagSettings,
    TransformationExample,
    TransformationSettings,
)
from core.expressions.filters import FILTERS
from core.expressions.names import KINDS as PERSON_KINDS
from core.expressions.reference import NAMES, RULES
from core.fields import Duration, Size
from core.registry import KINDS, ComponentKind, installed
from core.types import Outbound, OutboundRequest, Reply, Upstream
from docs import event_data_tables, metric_tables, refusal_table
from wire.identity.vendors import VENDORS

PAGE = Path(__file__).parent / "reference.md"
SHARED: dict[ComponentKind, type[Any]] = {"client": ClientSettings, "transformation": TransformationSettings, "tag": TagSettings}


def _mark(annotated: Any) -> Any:
    """By which a field of this kind is known: what reads it."""
    return get_args(annotated)[1]


SECTIONS: Final[dict[str, type[BaseModel]]] = {"server": ServerSettings, "outbox": OutboxSettings}

_UNITS: Final = (
    (_mark(Duration), {"d": 86400, "h": 3600, "m": 60, "s": 1}),
    (_mark(Size), {" GiB": 1 << 30, " MiB": 1 << 20, " KiB": 1 << 10}),
)


def render() -> str:
    """The whole page."""
    registry = installed()
    parts = ["# Reference\n\nWritten by `make docs` from the code. Values that are shown are defaults."]
    for kind in KINDS:
        components = {type: entry.load() for type in registry.types(kind) if (entry := registry.find(kind, type))}
        parts.append(f"## {kind.capitalize()}s\n\nEvery {kind} has these keys.\n\n{_settings(SHARED[kind], set())}")
        parts += [_order(components)] if kind == "transformation" else []
        parts += [_component(kind, type, component) for type, component in components.items()]
    for name, section in SECTIONS.items():
        parts.append(f"## `{name}`\n\n{inspect.getdoc(section)}\n\n{_settings(section, set())}")
    parts.append(_expressions())
    return "\n\n".join(parts) + "\n"


def _order(components: Mapping[str, Any]) -> str:
    orders = {type: component.Settings.order for type, component in components.items()}
    usual = [f"`{type}`" for type in sorted(orders, key=orders.__getitem__) if orders[type] < LAST]
    last = [f"`{type}`" for type, order in orders.items() if order >= LAST]
    return f"At equal priority they run in this order: {', '.join(usual)}. Whatever its priority, {' and '.join(last)} is last."


def _component(kind: ComponentKind, type: str, component: Any) -> str:
    own = _settings(component.Settings, set(SHARED[kind].model_fields))
    examples = "\n\n".join(_example(example) for example in component.examples)
    return f"### `type: {type}`\n\n{inspect.getdoc(component)}\n\n{own}\n\n{examples}".strip()


def _expressions() -> str:
    names = "\n".join(f"| {written if '`' in written else f'`{written}`'} | {gives} |" for written, gives in NAMES.items())
    filters = ", ".join(f"`{filter.example or name}`" for name, filter in FILTERS.items())
    with_a_bar = f"Filters, written with a bar (`event.value | round(2)`): {filters}; and these, whose arguments are in quotes."
    rules = "\n".join(f"| `{written}` | {gives} |" for written, gives in RULES.items())
    told = f"What it is: {_names(PERSON_KINDS)}. Vendors: {_names(VENDORS)}; `google` is Google Analytics."
    return f"## Expressions\n\n{_table('name', names)}\n\n{with_a_bar}\n\n{_table('filter', rules)}\n\n{told}"


def _table(of: str, rows: str) -> str:
    return f"| {of} | gives |\n|---|---|\n{rows}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _settings(model: Any, without: set[str]) -> str:
    rows = list(_rows(model, without))
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows]) if rows else "It has no keys of its own."


def _rows(model: Any, without: set[str], above: str = "") -> Iterator[str]:
    """A line for each key, and below it, with a dot between them, those of what it holds."""
    for name, field in model.model_fields.items():
        if name not in without:
            key = f"{above}{field.alias or name}"
            yield f"| `{key}` | {_default(field)} | {field.description} |"
            for inner in _models(field.annotation):
                yield from _rows(inner, set(), f"{key}.")


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The model whose keys are written where the annotation stands; none where there is a choice of several."""
    found = [each for each in (annotation, *get_args(annotation)) if isinstance(each, type) and issubclass(each, BaseModel)]
    return found if get_origin(annotation) in (None, Union, UnionType) and len(found) == 1 else []


def _default(field: Any) -> str:
    if field.is_required():
        return "needed"
    default = field.default
    for quantity, units in _UNITS:
        if quantity in field.metadata and default is not None:
            return f"`{_quantity(default, units)}`"
    if isinstance(default, Address):
        return f"`{default}`"
    if isinstance(default, BaseModel):
        return "–"
    if isinstance(default, bool | int | float | str | list | dict) or default is None:
        return f"`{orjson.dumps(default).decode()}`"
    return "as it is"


def _quantity(number: float, units: Mapping[str, int]) -> str:
    """In the largest unit that leaves a whole number, of days only where there are many."""
    fits = ((name, size) for name, size in units.items() if number >= size * (10 if name == "d" else 1) and number % size == 0)
    name, size = next(fits, ("", 1))
    return f"{number / size:g}{name}"


def _example(example: Any) -> str:
    title = f"**{example.title}**"
    settings = (
        _block("yaml", yaml.safe_dump(dict(example.settings), sort_keys=False, allow_unicode=True)) if example.settings else ""
    )
    return "\n\n".join(part for part in (title, settings, *_shown(example)) if part)


def _shown(example: Any) -> list[str]:
    match example:
        case ClientExample():
            request = example.request
            line = f"{request.method} {request.path}{'?' if request.query_string else ''}{request.query_string}"
            body = request.body.decode(errors="replace").replace("\r\n", "\n")
            events = [_json(event) for event in example.events]
            return [
                _block("http", "\n\n".join(filter(None, [line, body[:1000]]))),
                f"{_answer(example.reply)}{' and' if events else ''}",
                *events,
            ]
        case TransformationExample():
            return [_json(example.event), "becomes", _json(example.gives)]
        case TagExample():
            return [_json(example.event), "leaves as", *[_outbound(each) for each in example.sends]]
    raise TypeError(type(example))


def _answer(reply: Reply | Upstream) -> str:
    return f"gives `{reply.url}`" if isinstance(reply, Upstream) else f"gives {reply.status}"


def _outbound(outbound: Outbound) -> str:
    if not isinstance(outbound, OutboundRequest):
        return _block("json", outbound.text)
    headers = "\n".join(f"{name}: {value}" for name, value in outbound.headers)
    return _block("http", "\n\n".join(filter(None, [f"{outbound.method} {outbound.url}\n{headers}", outbound.body.decode()])))


def _json(value: Any) -> str:
    return _block("json", orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    for each in (event_data_tables, metric_tables, refusal_table):
        each.PAGE.write_text(each.render(each.PAGE.read_text(encoding="utf-8")), encoding="utf-8")
