"""The files that ship as examples: they load without a word, they are what the schema describes, and one holds every key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from config import Configured, Loaded, Settings, SourceFile, load
from config.cases import CaseSettings, GivenSettings, ReplySettings, RequestSettings, SentSettings
from config.schema import json_schema
from config.validate import keys
from core.registry import installed

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"
VENDORS = Path(__file__).parents[2] / "docs" / "vendors"
FILES = sorted(EXAMPLES.glob("*.yaml"))


def read(path: str) -> bytes:
    return (EXAMPLES / path).read_bytes()


def loaded(name: str) -> Loaded:
    return load([SourceFile(name, read(name))], registry=installed(), environ={}, read=read, serve=False)


def settings(name: str) -> Settings:
    found = loaded(name).settings
    assert found is not None
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_loads_without_a_word(file: Path) -> None:
    assert [str(problem) for problem in loaded(file.name).problems] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_is_what_the_schema_describes(file: Path) -> None:
    schema = json_schema(installed())
    jsonschema.Draft202012Validator.check_schema(schema)
    found = jsonschema.Draft202012Validator(schema).iter_errors(yaml.safe_load(file.read_text()))
    assert [f"{error.json_path}: {error.message}" for error in found] == []


def test_the_quickstart_sends_to_the_property_that_the_environment_names() -> None:
    found = load(
        [SourceFile("q", read("quickstart.yaml"))],
        registry=installed(),
        environ={"MEASUREMENT_ID": "G-MINE"},
        read=read,
        serve=True,
    )
    assert found.settings is not None
    client: Any = found.settings.clients["ga4"].settings
    assert client.measurement_ids == ["G-MINE"]
    assert found.settings.clients["demo"].settings.priority == -100


def test_the_smallest_has_nothing_but_one_client_and_one_tag() -> None:
    small = settings("ga4.yaml")
    assert (list(small.clients), list(small.tags)) == (["ga4"], ["ga4"])


def _components(found: Settings) -> list[Configured[Any]]:
    return [*found.clients.values(), *found.transformations.values(), *found.tags.values()]


def _unset(model: BaseModel) -> set[str]:
    return set(type(model).model_fields) - model.model_fields_set


def test_full_has_every_type_but_the_demo_and_tags_of_vendors_who_have_pages_of_their_own() -> None:
    registry = installed()
    types = {(kind, type) for kind in ("client", "transformation", "tag") for type in registry.types(kind)}
    elsewhere = {("client", "demo"), *(("tag", page.stem) for page in VENDORS.glob("*.md"))}
    assert {(each.kind, each.type) for each in _components(settings("full.yaml"))} == types - elsewhere


def test_full_has_every_key() -> None:
    full = settings("full.yaml")
    assert _unset(full.server) == _unset(full.outbox) == set()
    used: dict[str, set[str]] = {}
    for component in _components(full):
        used.setdefault(component.kind, set()).update(component.settings.model_fields_set)
    for component in _components(full):
        assert set(type(component.settings).model_fields) - used[component.kind] == set(), component.name
    assert {name for trigger in full.triggers.values() for name in trigger.model_fields_set} == set(
        type(next(iter(full.triggers.values()))).model_fields
    )
    assert {type(variable).__name__ for variable in full.variables.values()} == {
        "Template",
        "Lookup",
        "Regex",
        "File",
        "Object",
        "Each",
    }


def test_full_has_every_key_of_a_test() -> None:
    cases = settings("full.yaml").tests.values()
    givens = [given for case in cases for given in case.givens().values()]
    sent = [each for case in cases for listed in case.sent.values() if isinstance(listed, list) for each in listed]
    requests = [given.request for given in givens if given.request]
    replies = [case.reply for case in cases if case.reply]
    for model, found in (
        (CaseSettings, [*cases, *givens]),
        (GivenSettings, givens),
        (RequestSettings, requests),
        (SentSettings, sent),
        (ReplySettings, replies),
    ):
        assert set(model.model_fields) - {name for each in found for name in each.model_fields_set} == set(), model


def test_keys_are_told_as_they_are_written() -> None:
    component = settings("full.yaml").transformations["value_is_margin"]
    assert "except" in keys(type(component.settings))
