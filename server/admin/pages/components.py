"""The component reference: settings and examples, out of the components themselves."""

from __future__ import annotations

import inspect
import json
from functools import cache
from typing import Any, TypedDict

import yaml

from core.component import ClientExample, TransformationExample
from core.registry import KINDS, installed
from core.types import Outbound, OutboundRequest, Upstream


class SettingLine(TypedDict):
    """A key of a component; ``default`` is ``needed`` where there is none."""

    name: str
    default: str
    description: str


class ExampleLine(TypedDict):
    """What goes in and what comes out; ``settings`` is YAML."""

    title: str
    settings: str
    given: str
    gives: str


class Described(TypedDict):
    """One component."""

    kind: str
    type: str
    summary: str
    settings: list[SettingLine]
    examples: list[ExampleLine]


@cache
def components() -> list[Described]:
    """Every component there is, by kind and type."""
    registry = installed()
    found = [(kind, type, entry) for kind in KINDS for type in registry.types(kind) if (entry := registry.find(kind, type))]
    return [_described(kind, type, entry.load()) for kind, type, entry in found]


def _described(kind: str, type: str, component: Any) -> Described:
    return {
        "kind": kind,
        "type": type,
        "summary": inspect.getdoc(component) or "",
        "settings": [_setting(field.alias or name, field) for name, field in component.Settings.model_fields.items()],
        "examples": [_example(each) for each in component.examples],
    }


def _setting(name: str, field: Any) -> SettingLine:
    plain = isinstance(field.default, bool | int | float | str | list) or field.default is None
    default = "needed" if field.is_required() else json.dumps(field.default) if plain else "as it is"
    return {"name": name, "default": default, "description": field.description or ""}


def _example(example: Any) -> ExampleLine:
    settings = yaml.safe_dump(dict(example.settings), sort_keys=False, allow_unicode=True) if example.settings else ""
    given, gives = _shown(example)
    return {"title": example.title, "settings": settings, "given": given, "gives": gives}


def _shown(example: Any) -> tuple[str, str]:
    if isinstance(example, ClientExample):
        request = example.request
        line = f"{request.method} {request.path}{'?' if request.query_string else ''}{request.query_string}"
        body = request.body.decode(errors="replace")[:1000]
        answer = example.reply.url if isinstance(example.reply, Upstream) else str(example.reply.status)
        return f"{line}\n\n{body}".strip(), "\n".join([*map(_json, example.events), f"reply: {answer}"])
    if isinstance(example, TransformationExample):
        return _json(example.event), _json(example.gives)
    return _json(example.event), "\n\n".join(map(_outbound, example.sends))


def _outbound(outbound: Outbound) -> str:
    if not isinstance(outbound, OutboundRequest):
        return outbound.text
    headers = "\n".join(f"{name}: {value}" for name, value in outbound.headers)
    return f"{outbound.method} {outbound.url}\n{headers}\n\n{outbound.body.decode(errors='replace')}".strip()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
