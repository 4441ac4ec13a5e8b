"""JSON Schema (2020-12) of the whole file, made from the models that check it; editors complete and underline by it."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from config.cases import CaseSettings
from config.settings import OutboxSettings, ServerSettings
from core.deduplication import DeduplicationSettings
from core.fields import ConsentType, Many, Template
from core.registry import KINDS, Registry
from core.triggers import TriggerSettings
from core.variables import VariableSettings

Schema = dict[str, Any]

_MODE: JsonSchemaMode = "validation"
_SUBSTITUTED: Schema = {"type": "string", "pattern": r"\$\{"}
_SECTIONS: dict[str, tuple[str, Any]] = {
    "server": ("The two ports and their limits.", ServerSettings),
    "outbox": ("Where deliveries wait until they are made.", OutboxSettings),
    "consent": ("Fills only what a hit leaves unset: granted or denied.", dict[ConsentType, Template]),
    "variables": ("Values by name, read as var.NAME.", dict[str, VariableSettings]),
    "triggers": ("Which events let a tag fire.", dict[str, TriggerSettings]),
    "exceptions": ("Triggers on which no tag fires.", Many[str]),
    "deduplicate": ("Events that a tag sends only once, by rule.", dict[str, DeduplicationSettings]),
    "tests": ("What is expected to come of requests and events; `tagyard test` runs them.", Many[CaseSettings]),
}


def json_schema(registry: Registry) -> Schema:
    """The schema, with the settings of every installed component; importing them all."""
    components = [(kind, word, registry.find(kind, word)) for kind in KINDS for word in registry.types(kind)]
    models: dict[Any, Any] = {(kind, word): entry.load().Settings for kind, word, entry in components if entry}
    models.update({name: annotation for name, (_, annotation) in _SECTIONS.items()})
    inputs = [(key, _MODE, TypeAdapter(annotation).core_schema) for key, annotation in models.items()]
    found, definitions = GenerateJsonSchema(ref_template="#/$defs/{model}").generate_definitions(inputs)
    made = {key: schema for (key, _), schema in found.items()}
    properties: Schema = {name: {"description": told, **_nullable(made[name])} for name, (told, _) in _SECTIONS.items()}
    properties["environment"] = {
        "description": "Plain settings with defaults; the process environment wins. Read as ${NAME} or env.NAME.",
        **_nullable({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}),
    }
    for kind in KINDS:
        properties[f"{kind}s"] = _by_name({word: made[kind, word] for word in registry.types(kind)})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tagyard",
        "type": "object",
        "properties": _substitutable(properties),
        "required": ["clients", "tags"],
        "additionalProperties": False,
        "$defs": _substitutable(definitions),
    }


def _by_name(types: Schema) -> Schema:
    """A mapping from names to components: of the type they name, or of the type that is their name."""
    typed = {word: _typed(word, schema) for word, schema in types.items()}
    untyped = {word: {"allOf": [schema, {"not": {"required": ["type"]}}]} for word, schema in types.items()}
    named = {word: {"anyOf": [{"type": "null"}, schema, *typed.values()]} for word, schema in untyped.items()}
    return {"type": "object", "properties": named, "additionalProperties": {"anyOf": list(typed.values())}}


def _typed(type: str, schema: Schema) -> Schema:
    return {"allOf": [schema, {"properties": {"type": {"const": type}}, "required": ["type"]}]}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _substitutable(schema: Any) -> Any:
    """The same schema, with ${NAME} allowed wherever a number, a boolean or one of a few words is wanted."""
    if isinstance(schema, list):
        return [_substitutable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") in ("integer", "number", "boolean") or "enum" in schema or "pattern" in schema:
        told = {key: schema[key] for key in ("description", "title", "default") if key in schema}
        rest = {key: item for key, item in schema.items() if key not in told}
        return {**told, "anyOf": [rest, _SUBSTITUTED]}
    return {key: _substitutable(item) for key, item in schema.items()}
