"""The pages and tables that are written from the code say what it does, and leave nothing of it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import click
import pytest

from config import SourceFile, load
from config.schema import json_schema
from core.expressions.filters import FILTERS
from core.expressions.names import PERSON, REQUEST, ROOTS
from core.expressions.predicates import PREDICATES, STATES
from core.expressions.reference import RULES
from core.registry import KINDS, installed
from docs.render import TABLES, left_over, pages
from docs.rendering import metric_tables, refusal_table
from docs.rendering.places import DOCS
from docs.rendering.sections import SECTIONS
from server.cli.main import main
from tests.documentation import Block
from tests.test_documentation import completed

COMPONENTS = [(kind, type) for kind in KINDS for type in installed().types(kind)]


@cache
def written() -> Mapping[str, str]:
    """Every page that is written as a whole."""
    return pages()


@pytest.mark.parametrize("place", sorted(written()))
def test_a_page_is_what_the_code_says(place: str) -> None:
    assert (DOCS / place).read_text(encoding="utf-8") == written()[place], "run `make docs`"


def test_there_is_no_page_of_what_is_no_more() -> None:
    assert left_over() == [], "run `make docs`"


@pytest.mark.parametrize("tables", TABLES, ids=lambda tables: str(tables.PAGE.name))
def test_the_tables_of_a_page_are_what_is_declared(tables: Any) -> None:
    page = tables.PAGE.read_text(encoding="utf-8")
    assert page == tables.render(page), "run `make docs`"


def test_a_page_without_its_table_is_told() -> None:
    page = metric_tables.PAGE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no table below the heading 'Outbox'"):
        metric_tables.render(page.replace("## Outbox\n", "## Outboxes\n"))
    with pytest.raises(ValueError, match="has no table"):
        refusal_table.render("# Troubleshooting\n")


@cache
def schema() -> Mapping[str, Any]:
    """What editors complete by: the other way by which the keys of a file are known."""
    return json_schema(installed())


def keys_of(part: Any) -> Iterator[str]:
    """Every key that may be written somewhere in this part of a file, but for names of one's own."""
    if isinstance(part, list):
        for each in part:
            yield from keys_of(each)
    elif isinstance(part, dict):
        yield from part.get("properties", {})
        if "$ref" in part:
            yield from keys_of(schema()["$defs"][part["$ref"].rpartition("/")[2]])
        for word in {"anyOf", "allOf", "oneOf", "items", "additionalProperties"} & part.keys():
            yield from keys_of(part[word])
        yield from keys_of(list(part.get("properties", {}).values()))


def rows_of(*places: str) -> set[str]:
    """The last name of every key in the tables of these pages."""
    return {key.rpartition(".")[2] for place in places for key in re.findall(r"^\| `([^`]+)` \|", written()[place], re.MULTILINE)}


@pytest.mark.parametrize("section", sorted({*schema()["properties"]} - {f"{kind}s" for kind in KINDS}))
def test_every_key_of_a_section_is_on_its_page(section: str) -> None:
    (name,) = (name for name, page in SECTIONS.items() if section in page.sections)
    assert f"[`{section}`]({name}.md)" in written()["reference/index.md"]
    assert set(keys_of(schema()["properties"][section])) <= rows_of(f"reference/{name}.md")


@pytest.mark.parametrize(("kind", "type"), COMPONENTS)
def test_every_key_of_a_component_is_on_its_page_or_on_that_of_its_kind(kind: str, type: str) -> None:
    ((settings, *_), *_) = (
        each["allOf"]
        for each in schema()["properties"][f"{kind}s"]["additionalProperties"]["anyOf"]
        if each["allOf"][1]["properties"]["type"]["const"] == type
    )
    found = set(keys_of(settings))
    assert {"type", "note"} <= found
    assert found <= rows_of(f"reference/{kind}s/{type}.md", f"reference/{kind}s/index.md")


@pytest.mark.parametrize("place", sorted(place for place in written() if re.match(r"reference/\w+s/(?!index)", place)))
def test_the_examples_of_a_component_are_configurations(place: str) -> None:
    for text in re.findall(r"^```yaml\n(.*?)^```", written()[place], re.DOTALL | re.MULTILINE):
        block = Block(DOCS / place, 0, "yaml", text)
        loaded = load(
            [SourceFile(place, completed(block).encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False
        )
        assert [str(problem) for problem in loaded.problems if problem.severity == "error"] == [], text


def test_every_name_test_and_filter_of_expressions_is_on_their_page() -> None:
    page = written()["reference/expressions.md"]
    told = set(re.findall(r"`(?:is )?([\w.]+)", page))
    assert {root for root in ROOTS if root not in {each.partition(".")[0] for each in told}} == set()
    assert {f"request.{name}" for name in REQUEST} | {f"user.{name}" for name in PERSON} <= told
    assert {*PREDICATES, *STATES, *FILTERS} <= told
    assert {rule.partition("(")[0] for rule in RULES} <= told


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, with the words by which it is called."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


@pytest.mark.parametrize(
    ("path", "command"), list(commands(main, "tagyard")), ids=lambda each: each if isinstance(each, str) else ""
)
def test_every_option_of_a_command_is_below_its_heading(path: str, command: click.Command) -> None:
    (text,) = re.findall(rf"^## {path}\n(.*?)(?=^## |\Z)", written()["commands.md"], re.DOTALL | re.MULTILINE)
    for parameter in command.params:
        shown = parameter.opts if isinstance(parameter, click.Option) else [str(parameter.make_metavar(click.Context(command)))]
        assert [each for each in shown if each.strip("[].") not in text] == []


def test_every_vendor_is_in_the_list_of_vendors() -> None:
    listed = re.findall(r"\]\((\w+\.md)\) \| \[`", written()["vendors/index.md"])
    assert listed == sorted(page.name for page in (DOCS / "vendors").glob("*.md") if page.name != "index.md")
