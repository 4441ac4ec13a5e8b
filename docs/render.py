"""Writes ``docs/reference.md`` from the components themselves: what each does, its settings, its examples. ``make docs``."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import orjson
import yaml

from core.component import ClientExample, ClientSettings, TagExample, TagSettings, TransformationExample, TransformationSettings
from core.expressions.filters import FILTERS
from core.expressions.reference import NAMES
from core.registry import KINDS, Kind, installed
from core.types import Line, OutboundRequest, Reply, Upstream

PAGE = Path(__file__).parent / "reference.md"
SHARED: dict[Kind, type[Any]] = {"client": ClientSettings, "transformation": TransformationSettings, "tag": TagSettings}


def render() -> str:
    """The whole page."""
    registry = installed()
    parts = ["# Reference\n\nWritten by `make docs` from the code. Values that are shown are defaults."]
    for kind in KINDS:
        parts.append(f"## {kind.capitalize()}s\n\nEvery {kind} has these keys.\n\n{_settings(SHARED[kind], set())}")
        for type in registry.types(kind):
            entry = registry.find(kind, type)
            assert entry is not None
            parts.append(_component(kind, type, entry.load()))
    parts.append(_expressions())
    return "\n\n".join(parts) + "\n"


def _component(kind: Kind, type: str, component: Any) -> str:
    own = _settings(component.Settings, set(SHARED[kind].model_fields))
    examples = "\n\n".join(_example(example) for example in component.examples)
    return f"### `type: {type}`\n\n{inspect.getdoc(component)}\n\n{own}\n\n{examples}".strip()


def _expressions() -> str:
    names = "\n".join(f"| {written if '`' in written else f'`{written}`'} | {gives} |" for written, gives in NAMES.items())
    filters = ", ".join(f"`{filter.example or name}`" for name, filter in FILTERS.items())
    with_a_bar = f"Filters, written with a bar (`event.value | round(2)`): {filters}."
    return f"## Expressions\n\n| name | gives |\n|---|---|\n{names}\n\n{with_a_bar}"


def _settings(model: Any, without: set[str]) -> str:
    fields = {name: field for name, field in model.model_fields.items() if name not in without}
    if not fields:
        return "It has no keys of its own."
    lines = [f"| `{field.alias or name}` | {_default(field)} | {field.description} |" for name, field in fields.items()]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *lines])


def _default(field: Any) -> str:
    if field.is_required():
        return "needed"
    default = field.default
    if isinstance(default, bool | int | float | str | list) or default is None:
        return f"`{orjson.dumps(default).decode()}`"
    return "as it is"


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


def _outbound(outbound: OutboundRequest | Line) -> str:
    if isinstance(outbound, Line):
        return _block("json", outbound.text)
    headers = "\n".join(f"{name}: {value}" for name, value in outbound.headers)
    return _block("http", "\n\n".join(filter(None, [f"{outbound.method} {outbound.url}\n{headers}", outbound.body.decode()])))


def _json(value: Any) -> str:
    return _block("json", orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
