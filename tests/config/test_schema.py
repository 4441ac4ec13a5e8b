"""The schema for editors: it knows what the check knows, with room for ${NAME}."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from config.schema import json_schema
from core.registry import Registry

MINIMAL = {"clients": {"ga4": None}, "tags": {"ga4": {}}}


@pytest.fixture(scope="module")
def validator(registry: Registry) -> jsonschema.Draft202012Validator:
    schema = json_schema(Registry(entry for entry in registry._entries.values() if entry.type not in ("broken", "no_tag")))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"tags": {"a": {"type": "hook", "url": "x", "retries": "${N}", "paused": "${P}", "share": 0.5, "timeout": "5s"}}},
        {"tags": {"hook": {"url": "x", "sign": {"header": "a", "secret": "${S}"}, "consent": "ad_storage", "note": "n"}}},
        {"tags": {"ga4": {"type": "hook", "url": "x"}}},
        {"tags": {"ga4": {"measurement_id": "${ID}", "triggers": ["a"], "event_name": {"a": "b"}}}},
        {"environment": {"A": "a", "B": 1}},
        {"environment": None, "server": None, "variables": None},
        {"server": {"listen": "0.0.0.0:80", "max_body": "1 MiB", "max_connections": "${N}"}},
        {"server": {"log": {"level": "${LEVEL}"}}},
        {"server": {"rate_limit": 20}},
        {"server": {"rate_limit": {"per_second": 0.5, "burst": 5}}},
        {"outbox": {"url": "sqlite:data", "max_age": "${AGE}"}},
        {"variables": {"a": "{{ b }}", "b": [1], "c": {"lookup": "x", "map": {"a": 1}}}},
        {"triggers": {"a": {"event": "purchase", "when": ["event.a", True]}}, "exceptions": "a"},
        {"transformations": {"allow": {"parameters": ["a"], "except": "ga4"}}},
        {"consent": {"ad_storage": "granted"}},
        {"tests": None},
        {"tests": {"name": "a", "event": {"a": 1}, "client": "web", "consent": {"ad_storage": "unset"}, "sent": {"ga4": 0}}},
        {"tests": [{"name": "a", "request": {"url": "/", "body": {"a": [1]}, "ip": "::1"}, "client": None, "not_sent": "ga4"}]},
        {"tests": [{"name": "a", "requests": [{"url": "/"}, {"event": {}}, {"request": {"url": "/"}, "clock": "2026-01-01"}]}]},
        {"tests": [{"name": "a", "event": {}, "sent": {"ga4": [{"query": {"a": None, "b": ["c", 1]}, "body": None}]}}]},
        {"tests": [{"name": "a", "event": {}, "events": [{"a": None}], "held": {"ga4": "consent"}, "env": {"A": "${B}"}}]},
        {"tests": [{"name": "a", "event": {}, "sent": {"ga4": {"headers": {"a": True}}}, "reply": {"status": "${S}"}}]},
    ],
)
def test_it_accepts(validator: jsonschema.Draft202012Validator, more: dict[str, Any]) -> None:
    assert [error.message for error in validator.iter_errors({**MINIMAL, **more})] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"clients": None},
        {"tagss": {}},
        {"tags": {"web": {}}},
        {"tags": {"web": {"type": "nothing"}}},
        {"tags": {"hook": {}}},
        {"tags": {"ga4": {"type": "hook"}}},
        {"tags": {"ga4": {"measurment_id": "G-1"}}},
        {"tags": {"hook": {"url": "x", "retries": "many"}}},
        {"tags": {"ga4": {"consent": ["marketing"]}}},
        {"server": {"listn": "a:1"}},
        {"server": {"log": {"level": "loud"}}},
        {"outbox": {"acknowledge": "durable"}},
        {"consent": {"marketing": "granted"}},
        {"environment": {"A": [1]}},
        {"deduplicate": {"orders": {"triggers": "all"}}},
        {"tests": [{"event": {}}]},
        {"tests": [{"name": "a", "event": {}, "client": ["a"]}]},
        {"tests": [{"name": "a", "event": {}, "sent": {"ga4": [{"querry": {}}]}}]},
        {"tests": [{"name": "a", "event": {}, "sent": {"ga4": [{"query": {"a": {}}}]}}]},
        {"tests": [{"name": "a", "requests": [{"metod": "GET"}]}]},
    ],
)
def test_it_refuses(validator: jsonschema.Draft202012Validator, wrong: dict[str, Any]) -> None:
    assert not validator.is_valid({**MINIMAL, **wrong})


def test_every_key_is_described() -> None:
    schema = json_schema(Registry([]))
    for section in ("server", "outbox"):
        (name,) = [each["$ref"].rpartition("/")[2] for each in schema["properties"][section]["anyOf"] if "$ref" in each]
        assert all("description" in key for key in schema["$defs"][name]["properties"].values())
