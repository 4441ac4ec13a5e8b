"""What pydantic finds, told where the YAML says it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from config.document import unite
from config.problem import Report
from config.source import SourceFile
from config.validate import keys, leaves, readable, validated
from core.fields import Many, Template


def _refuse(_: Any) -> Any:
    raise PydanticCustomError("expression", "not like {{ this }}")


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise AssertionError("must be odd")
    return value


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: Annotated[int, AfterValidator(_odd)] = 1


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    inner: Inner | None = None
    several: list[Inner] = Field([])
    by_name: dict[str, Inner] = Field({}, alias="by-name", max_length=2)
    either: Literal["all"] | Many[int] = "all"
    refused: Annotated[Any, BeforeValidator(_refuse)] = None
    text: Template | dict[str, Template] | None = None


def said(text: str, kind: Any = Model) -> list[str]:
    report = Report()
    document = unite([SourceFile("c.yaml", f"m: {text}".encode())], report)
    assert document is not None
    node = document.root.entries["m"].node
    value = {"inner": {"size": 2}} if node is None else _plain(node)
    assert (validated(kind, value, ("m",), document) is None) == report.failed
    return [str(problem).partition(":")[2] for problem in report.problems]


def _plain(node: Any) -> Any:
    if hasattr(node, "entries"):
        return {key: _plain(entry.node) for key, entry in node.entries.items()}
    return [_plain(item) for item in node.items] if hasattr(node, "items") else node.value


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{}", []),
        ("{inner: {size: 3}, several: [{}], by-name: {a: {}}, either: 5}", []),
        ("{inner: {size: 2}}", ["1:19: m.inner.size: must be odd"]),
        ("{inner: 5}", ["1:12: m.inner: must be a mapping"]),
        ("{inner: {sice: 2}}", ["1:13: m.inner.sice: unknown key, did you mean size?"]),
        ("{several: [{}, {sise: 1}]}", ["1:20: m.several[1].sise: unknown key, did you mean size?"]),
        ("{by-name: {a: {sise: 1}}}", ["1:19: m.by-name.a.sise: unknown key, did you mean size?"]),
        ("{by-name: {a: {}, b: {}, c: {}}}", ["1:5: m.by-name: must have at most 2 entries"]),
        ("{by-nam: {}}", ["1:5: m.by-nam: unknown key, did you mean by-name?"]),
        ("{either: none}", ["1:13: m.either: must be 'all' or a whole number or a list of them"]),
        ("{either: [1, x]}", ["1:17: m.either[1]: must be a whole number"]),
        ("{refused: 5}", ["1:14: m.refused: not like {{ this }}"]),
        ("{refused: {a: 5}}", ["1:5: m.refused: not like {{ this }}"]),
        ("{text: {a: '{{ }}'}}", ["1:19: m.text.a: there is nothing between {{ and }}"]),
        ("5", ["1:4: m: must be a mapping"]),
    ],
)
def test_findings_stand_where_the_file_says_it(text: str, problems: list[str]) -> None:
    assert said(text) == problems


def test_what_is_readable_lacks_what_is_mistaken_and_moves_nothing_else() -> None:
    value = {"inner": {"sice": 1, "size": 3}, "several": [{"size": 5}, {"sise": 1, "size": 7}], "either": [1, "x"], "by-nam": {}}
    document = unite([SourceFile("c.yaml", f"m: {json.dumps(value)}".encode())], Report())
    assert document is not None
    read = readable(Model, value, ("m",), document)
    assert read == Model.model_validate({"inner": {"size": 3}, "several": [{"size": 5}, {"size": 7}]})
    assert "by-nam" in value
    assert readable(Model, 5, ("m",), document) is None


def test_an_unknown_key_where_there_are_none() -> None:
    class Nothing(BaseModel):
        model_config = ConfigDict(extra="forbid")

    assert said("{a: 1}", Nothing) == ["1:5: m.a: unknown key; there is none"]


def test_keys_are_as_they_are_written() -> None:
    assert keys(Model) == ["inner", "several", "by-name", "either", "refused", "text"]
    assert keys(None) == []


def test_leaves_have_the_location_of_the_file() -> None:
    model = Model.model_validate({"inner": {}, "several": [{}], "by-name": {"a": {"size": 3}}, "either": [5]})
    assert [leaf for leaf in leaves(model) if leaf[1] is not None] == [
        (("inner", "size"), 1),
        (("several", 0, "size"), 1),
        (("by-name", "a", "size"), 3),
        (("either", 0), 5),
    ]
