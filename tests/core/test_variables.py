"""Variables: every form, what it gives, and what is wrong with one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from core.context import Context, Scope, Shared, Variable
from core.secret import SealedText, SecretValue
from core.types import Request
from core.undefined import UNDEFINED
from core.variables import VariableSettings, compile_variable, find_cycle, references

ITEMS = [{"item_id": "A", "price": 10, "quantity": 2}, {"item_id": "B", "price": "5.5"}, {"item_id": "C"}]
EVENT: dict[str, Any] = {
    "plan_id": "a",
    "number": 1,
    "yes": True,
    "empty": "",
    "hostname": "www.shop.example.com",
    "items": ITEMS,
    "none_left": [],
    "evil": r"x\1",
}
DESIGN: dict[str, Any] = {
    "stage_is_live": "{{ env.STAGE == 'production' }}",
    "office": ["203.0.113.0/24"],
    "plan": {"lookup": "{{ event.plan_id }}", "map": {"a": "Basic", "b": "Pro"}, "default": "Unknown"},
    "shop": {"regex": "{{ event.page_hostname }}", "map": {r"^shop\.(.+)$": r"\1"}},
    "margins": {"file": "margins.csv", "key": "item_id", "value": "margin"},
    "margin": {
        "each": "{{ event.items }}",
        "sum": "{{ item.price * (item.quantity | default(1)) * (var.margins[item.item_id] | default(0.3)) }}",
    },
}


class Document(BaseModel):
    variables: dict[str, VariableSettings]


def read(path: str) -> bytes:
    return {"margins.csv": b"item_id,margin\nA,0.5\nB,0.25\n"}[path]


def compiled(variables: dict[str, Any]) -> dict[str, Variable]:
    return {name: compile_variable(each, read) for name, each in Document(variables=variables).variables.items()}


def scope(variables: dict[str, Variable], event: dict[str, Any] = EVENT) -> Scope:
    shared = Shared(environment={"STAGE": "production"}, variables=variables)
    return Context(Request("r1", 0, "GET", "/"), "web", event, shared=shared).on(event)


def value_of(variable: Any, event: dict[str, Any] = EVENT) -> Any:
    variables = compiled({"it": variable})
    return scope(variables, event).variable("it")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            {"plan_id": "b", "page_location": "https://shop.example.com/x", "items": ITEMS[:2]},
            {"plan": "Pro", "shop": "example.com", "margin": 10 * 2 * 0.5 + 5.5 * 0.25},
        ),
        ({"items": [{"item_id": "Z", "price": 10}]}, {"plan": "Unknown", "shop": UNDEFINED, "margin": 3.0}),
        ({}, {"plan": "Unknown", "shop": UNDEFINED, "margin": UNDEFINED}),
    ],
)
def test_the_variables_of_the_reference(event: dict[str, Any], expected: dict[str, Any]) -> None:
    seen = scope(compiled(DESIGN), event)

    assert {name: seen.variable(name) for name in expected} == expected
    assert seen.variable("stage_is_live") is True
    assert seen.variable("office") == ["203.0.113.0/24"]
    assert seen.variable("margins") == {"A": "0.5", "B": "0.25"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        # values
        ("text", "text"),
        (7, 7),
        (0.5, 0.5),
        (True, True),
        (["a", 1], ["a", 1]),
        (["a", "{{ event.plan_id }}", "{{ event.missing }}"], ["a", "a"]),
        ("{{ event.plan_id }}!", "a!"),
        ("{{ event.missing }}", UNDEFINED),
        # lookup
        ({"lookup": "{{ event.plan_id }}", "map": {"a": 1}}, 1),
        ({"lookup": "{{ event.plan_id }}", "map": {"b": 1}}, UNDEFINED),
        ({"lookup": "{{ event.number }}", "map": {"1": "one"}}, "one"),
        ({"lookup": "{{ event.number }}", "map": {1: "one"}}, "one"),
        ({"lookup": "{{ event.yes }}", "map": {True: "on"}}, "on"),
        ({"lookup": "{{ event.empty }}", "map": {"": "blank"}}, "blank"),
        ({"lookup": "{{ event.missing }}", "map": {"": "blank"}}, UNDEFINED),
        ({"lookup": "{{ event.items }}", "map": {"a": 1}, "default": 2}, 2),
        ({"lookup": "{{ event.plan_id }}", "map": {"a": "{{ event.number }}"}}, 1),
        ({"lookup": "{{ event.plan_id }}", "map": {"a": ["x"]}}, ["x"]),
        ({"lookup": "{{ event.plan_id }}", "map": {"a": "{{ event.missing }}"}, "default": 1}, UNDEFINED),
        ({"lookup": "x", "map": {}, "default": "{{ event.plan_id }}"}, "a"),
        # regex
        ({"regex": "{{ event.hostname }}", "map": {"shop": "found anywhere"}}, "found anywhere"),
        (
            {"regex": "{{ event.hostname }}", "map": {"^shop": "no", r"\.com$": "first that fits", "www": "later"}},
            "first that fits",
        ),
        ({"regex": "{{ event.hostname }}", "map": {r"(\w+)\.(\w+)\.com": r"\2/\1 of \0"}}, "example/shop of shop.example.com"),
        ({"regex": "{{ event.hostname }}", "map": {"(absent)?www": r"<\1>"}}, "<>"),
        ({"regex": "{{ event.hostname }}", "map": {"www": 7}}, 7),
        ({"regex": "{{ event.number }}", "map": {"^1$": "one"}}, "one"),
        ({"regex": "{{ event.evil }}", "map": {"(x.*)": r"\1"}}, r"x\1"),
        ({"regex": "{{ event.missing }}", "map": {".*": "x"}}, UNDEFINED),
        ({"regex": "{{ event.items }}", "map": {".*": "x"}, "default": "d"}, "d"),
        ({"regex": "{{ event.hostname }}", "map": {"^$": "x"}, "default": "{{ event.plan_id }}"}, "a"),
        # each
        ({"each": "{{ event.items }}", "sum": "{{ item.price }}"}, 15.5),
        ({"each": "{{ event.items }}", "sum": 1}, 3),
        ({"each": [1, 2], "sum": "{{ item * 2 }}"}, 6),
        ({"each": "{{ event.items }}", "sum": "{{ item.missing }}"}, UNDEFINED),
        ({"each": "{{ event.none_left }}", "sum": "{{ item.price }}"}, 0),
        ({"each": "{{ event.missing }}", "sum": "{{ item.price }}"}, UNDEFINED),
        ({"each": "{{ event.plan_id }}", "sum": "{{ item.price }}"}, UNDEFINED),
        ({"each": "{{ event.items }}", "sum": "{{ 999999999999999999 }}"}, UNDEFINED),
        (
            {"each": "{{ event.items }}", "value": {"id": "{{ item.item_id }}", "price": "{{ item.price }}"}},
            [{"id": "A", "price": 10}, {"id": "B", "price": "5.5"}, {"id": "C"}],
        ),
        ({"each": "{{ event.items }}", "value": "{{ item.price }}"}, [10, "5.5"]),
        ({"each": "{{ event.items }}", "value": "{{ item.missing }}"}, []),
        ({"each": "{{ event.items }}", "value": "{{ item if item.item_id != 'B' }}"}, [ITEMS[0], ITEMS[2]]),
        ({"each": [1, 2], "value": "{{ item * 2 }}"}, [2, 4]),
        ({"each": "{{ event.none_left }}", "value": "{{ item }}"}, []),
        ({"each": "{{ event.missing }}", "value": "{{ item }}"}, UNDEFINED),
        ({"each": "{{ event.plan_id }}", "value": "{{ item }}"}, UNDEFINED),
    ],
)
def test_what_a_variable_gives(variable: Any, value: Any) -> None:
    found = value_of(variable)

    assert (found, type(found)) == (value, type(value))


ONE_OF_TWO = "needs one of `sum`, which gives a number, and `value`, which gives a list"
ONE_OF = "a variable is a text, a list, a number, or one of lookup, regex, file, object, each"


@pytest.mark.parametrize(
    ("variable", "place", "message"),
    [
        (None, (), ONE_OF),
        ({}, (), ONE_OF),
        ({"lookp": "x", "map": {}}, (), ONE_OF),
        ({"lookup": "x"}, ("map",), "Field required"),
        ({"lookup": "x", "mpa": {}, "map": {}}, ("mpa",), "Extra inputs are not permitted"),
        ({"lookup": "{{ evnt.a }}", "map": {}}, ("lookup",), "unknown name 'evnt', did you mean event?"),
        ({"lookup": "x", "map": ["a"]}, ("map",), "Input should be a valid dictionary"),
        ({"regex": "x", "map": {"(": 1}}, ("map", "(", "[key]"), "the pattern '(' is not one that RE2 knows: missing ): ("),
        ({"regex": "x", "map": {"(a)": r"\2"}}, ("map",), r"'\\2' names a group that '(a)' does not have"),
        (
            {"regex": "x", "map": {"a": "{{ event.a }}"}},
            ("map", "a"),
            "must be a plain text, in which \\1 stands for the pattern's first group, or a number",
        ),
        ({"file": "margins.xls", "key": "a", "value": "b"}, ("file",), "must be a file that ends in .csv or .json"),
        ({"each": "{{ event.a }}"}, (), ONE_OF_TWO),
        ({"each": "{{ event.a }}", "sum": 1, "value": 1}, (), ONE_OF_TWO),
        (
            {"each": "{{ item.a }}", "sum": 1},
            ("each",),
            "item stands for an element of a list: it has a value only in the sum or value of an each",
        ),
        ("{{ item.price }}", (), "item stands for an element of a list: it has a value only in the sum or value of an each"),
        (
            "{{ item_index }}",
            (),
            "item_index stands for an element of a list: it has a value only in the sum or value of an each",
        ),
        ({"object": "{{ event }}"}, ("object",), "must be a mapping of names to values"),
        ({"object": ["a"]}, ("object",), "must be a mapping of names to values"),
        ({"object": {"a": 1}, "map": {}}, ("map",), "Extra inputs are not permitted"),
        (
            {"object": {"a": "{{ item.b }}"}},
            ("object",),
            "item stands for an element of a list: it has a value only in the sum or value of an each",
        ),
        ({"object": {"a": "{{ evnt.b }}"}}, ("object",), "unknown name 'evnt', did you mean event?"),
        ("{{ event.a", (), "{{ is never closed: write }} after the expression"),
        (SealedText((SecretValue("T", "v"),)), (), "a variable cannot hold a secret: write ${NAME} where the secret is sent"),
        (
            {"lookup": "x", "map": {"a": [SealedText((SecretValue("T", "v"),))]}},
            (),
            "a variable cannot hold a secret: write ${NAME} where the secret is sent",
        ),
    ],
)
def test_mistakes_are_reported_where_they_are(variable: Any, place: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Document(variables={"it": variable})

    errors = raised.value.errors(include_input=False, include_url=False)
    assert [(error["loc"], error["msg"]) for error in errors] == [(("variables", "it", *place), message)]


def test_settings_that_are_read_already_are_taken_as_they_are() -> None:
    forms = Document(variables=DESIGN).variables

    assert Document(variables=forms).variables == forms
    assert {type(form).__name__ for form in forms.values()} >= {"Lookup", "Regex", "File", "Each"}


def test_the_json_schema_names_every_form() -> None:
    schema = Document.model_json_schema()

    assert {"Lookup", "Regex", "File", "Object", "Each"} <= set(schema["$defs"])
    forms = schema["properties"]["variables"]["additionalProperties"]["anyOf"]
    assert [form.get("$ref", "").rpartition("/")[2] for form in forms] == ["Lookup", "Regex", "File", "Object", "Each", ""]


OBJECT = {
    "object": {
        "id": "{{ event.plan_id }}",
        "no": "{{ event.none }}",
        "in": {"n": "{{ event.number }}"},
        "of": ["{{ event.yes }}", 2],
    }
}


def test_an_object_has_a_value_for_each_name_and_none_for_what_is_undefined() -> None:
    assert value_of(OBJECT) == {"id": "a", "in": {"n": 1}, "of": [True, 2]}
    assert value_of({"object": {}}) == {}
    variables = compiled(
        {"it": OBJECT, "part": "{{ var.it.in.n + 1 }}", "all": {"each": "{{ event.items }}", "value": "{{ var.it }}"}}
    )
    assert scope(variables).variable("part") == 2
    assert scope(variables).variable("all") == [{"id": "a", "in": {"n": 1}, "of": [True, 2]}] * len(ITEMS)


def test_the_place_of_an_element_is_known_in_each() -> None:
    assert value_of({"each": "{{ event.items }}", "value": "{{ item_index ~ item.item_id }}"}) == ["0A", "1B", "2C"]
    assert value_of({"each": "{{ event.items }}", "sum": "{{ item_index }}"}) == 3


def test_references_are_every_expression_of_a_variable() -> None:
    forms = Document(
        variables={
            "lookup": {"lookup": "{{ event.a }}", "map": {"x": "{{ var.b }}"}, "default": "{{ env.C }}"},
            "regex": {"regex": "{{ event.a }}", "map": {}, "default": "{{ var.b }}"},
            "file": {"file": "x.json", "key": "a", "value": "b"},
            "each": {"each": "{{ event.a }}", "sum": "{{ var.b[item.c] }}"},
            "listed": {"each": "{{ event.a }}", "value": {"x": ["{{ var.b[item.c] }}"]}},
            "text": "{{ event.a }} {{ var.b }}",
            "number": 1,
            "object": {"object": {"a": ["{{ event.a }}"], "b": {"c": "{{ var.b }}"}}},
        }
    ).variables
    names = {
        name: {reference for expression in references(form) for reference in expression.references}
        for name, form in forms.items()
    }

    assert names == {
        "lookup": {("event", "a"), ("var", "b"), ("env", "C")},
        "regex": {("event", "a"), ("var", "b")},
        "file": set(),
        "each": {("event", "a"), ("var", "b"), ("item", "c")},
        "listed": {("event", "a"), ("var", "b"), ("item", "c")},
        "text": {("event", "a"), ("var", "b")},
        "number": set(),
        "object": {("event", "a"), ("var", "b")},
    }


def test_variables_may_need_each_other_in_a_row_but_not_in_a_circle() -> None:
    assert find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None
    assert find_cycle({"a": {"a"}}) == ["a", "a"]
    cycle = find_cycle({"x": {"a"}, "a": {"b"}, "b": {"c", "x0"}, "c": {"a"}})
    assert cycle is not None
    assert [*pairwise(cycle)] in (
        [("a", "b"), ("b", "c"), ("c", "a")],
        [("b", "c"), ("c", "a"), ("a", "b")],
        [("c", "a"), ("a", "b"), ("b", "c")],
    )


def test_a_list_does_not_grow_beyond_what_a_request_may_have() -> None:
    whole = {"each": "{{ event.elements }}", "value": ["{{ event.text }}", "{{ event.elements }}"]}
    event = {"elements": [1] * 100, "text": "x" * 2_000}

    assert len(value_of(whole, event)) == 100
    assert value_of(whole, {**event, "text": "x" * 3_000}) is UNDEFINED
    assert value_of(whole, {"elements": [1] * 20_000}) is UNDEFINED


@pytest.mark.parametrize(("length", "value"), [(100, 1), (2_000, UNDEFINED)])
def test_a_chain_of_very_many_variables_ends_in_undefined_and_not_in_an_error(length: int, value: Any) -> None:
    chain = {f"v{n}": f"{{{{ var.v{n + 1} }}}}" for n in range(length)}
    seen = scope(compiled({**chain, f"v{length}": 1}))

    assert seen.variable("v0") == value
