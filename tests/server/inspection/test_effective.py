"""Values as the page shows them: of every kind that settings hold, written or left to a default."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from config.nodes import Entry
from config.parse import parse
from config.problem import Report
from config.source import Position, SourceFile
from core.fields import Condition, Duration, Many, Size, Template
from core.secret import Secret
from server.inspection.effective import LONGEST, Effective, compact, flow
from server.inspection.privacy import Privacy
from server.loading.surroundings import Surroundings


class Inner(BaseModel):
    """Settings below others."""

    a: int = 1
    b: str | None = None


class Outer(BaseModel):
    """A field of each kind."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    text: str = "a text"
    nothing: str | None = None
    empty: str = ""
    yes: bool = True
    number: float = 0.5
    whole: int = 7
    wait: Duration = 90.0
    maybe: Duration | None = Field(3600.0)
    size: Size = 16 << 30
    odd: Size = 1000
    several: Many[str] = []
    some: list[str] = ["x", "y"]
    table: dict[str, Template] = {}
    inner: Inner = Inner()
    token: Secret | None = None
    known: Secret = Secret("canary-secret")
    when: Condition | None = Condition(["event.a == 1", "event.b"])
    template: Template = Template("{{ event.x }}")
    constant: Template = Template({"a": 1})
    hidden: str = Field("by another name", alias="except")


def entry(text: str) -> Entry:
    node = parse(SourceFile("/etc/container.yaml", text.encode()), Report())
    assert node is not None
    return Entry(Position(SourceFile("/etc/container.yaml", text.encode()), 1, 1), node)


def told(settings: BaseModel, text: str = "", **environment: str) -> dict[str, Any]:
    surroundings = Surroundings(secrets={"TOKEN": "file", "GONE": "nowhere"})
    effective = Effective(environment, surroundings, Privacy(["canary-secret"], reveal=True))
    return {each["key"]: each for each in effective.values(settings, entry(text) if text else None)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("text", "a text"),
        ("nothing", ""),
        ("empty", ""),
        ("yes", "true"),
        ("number", "0.5"),
        ("whole", "7"),
        ("wait", "90s"),
        ("maybe", "1h"),
        ("size", "16 GiB"),
        ("odd", "1000"),
        ("several", ""),
        ("some", '["x", "y"]'),
        ("table", ""),
        ("inner.a", "1"),
        ("inner.b", ""),
        ("token", ""),
        ("known", "***"),
        ("when", "event.a == 1 and event.b"),
        ("constant", '{"a": 1}'),
        ("except", "by another name"),
    ],
)
def test_a_default_is_told_as_a_file_would_write_it(key: str, value: str) -> None:
    shown = told(Outer())[key]
    assert (shown["value"], shown["says"], shown["place"]) == (value, "default", None)


@pytest.mark.parametrize(
    ("text", "key", "value", "line"),
    [
        ("text: other", "text", "other", 1),
        ("a: 1\nwait: 5m", "wait", "5m", 2),
        ("inner:\n  a: 5", "inner.a", "5", 2),
        ("several: x", "several", "x", 1),
        ("several: [x, 'y z']", "several", "[x, y z]", 1),
        ("table:\n  one: 1\n  two: {deep: 2}", "table.two.deep", "2", 3),
        ("table:\n  list:\n  - a: 1\n  - b: 2", "table.list[1].b", "2", 4),
        ("table: {}", "table", "{}", 1),
        ("token: null", "token", "null", 1),
        ("except: me", "except", "me", 1),
        ("text: |\n  two\n  lines", "text", "two lines", 1),
        ("known: canary-secret", "known", "***", 1),
    ],
)
def test_what_the_file_says_is_told_as_it_is_written(text: str, key: str, value: str, line: int) -> None:
    shown = told(Outer(), text)[key]
    assert (shown["value"], shown["says"]) == (value, "file")
    assert shown["place"] == {"file": "container.yaml", "line": line}


def test_plain_names_are_replaced_and_secret_ones_are_not() -> None:
    shown = told(Outer(), "text: 'https://${HOST}/${TOKEN}${GONE:-x}$${kept}'", HOST="a.example")["text"]
    assert shown["value"] == "https://a.example/${TOKEN}${GONE:-x}$${kept}"
    assert shown["written"] == "https://${HOST}/${TOKEN}${GONE:-x}$${kept}"
    assert shown["secrets"] == [{"name": "TOKEN", "origin": "file"}, {"name": "GONE", "origin": "nowhere"}]
    assert told(Outer(), "text: '${HOST:-b.example}'", HOST="")["text"]["value"] == "b.example"


def test_a_value_that_the_file_has_otherwise_than_by_default_and_does_not_write_follows_from_the_rest_of_it() -> None:
    assert told(Outer(some=["z"]))["some"]["says"] == "derived"


def test_long_values_are_told_by_their_beginning() -> None:
    shown = told(Outer(), f"text: {'x' * 5000}")["text"]["value"]
    assert (len(shown), shown[-1]) == (LONGEST + 1, "…")
    assert len(compact(entry(f"a: {'x' * 5000}").node)) < 200


def test_yaml_is_told_in_one_line() -> None:
    node = entry("a: [1, {b: null}]\nc: |\n  x\n  y\nd: {}").node
    assert flow(node) == "{a: [1, {b: null}], c: x y, d: {}}"
    assert compact(node) == "a: [1, {b: null}], c: x y, d: {}"
    assert compact(entry("type: x\na: {type: y}\nnote: z").node) == "a: {type: y}"
    assert compact(entry("type: x").node) == ""
