"""``augment`` under ``items.*``: a value for each element."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Loaded, SourceFile, load
from core.component import Setup
from core.context import Context, Shared
from core.expressions.values import LONGEST_LIST
from core.fields import Template
from core.registry import installed
from core.types import Event, Request
from tests.core.anything import VALUES
from transformations.augment import Augment, AugmentSettings
from wire.ga4.table import CUSTOM

ITEMS: list[Any] = [{"item_id": "A", "price": 10, "quantity": 2}, {"item_id": "B", "price": "2.5"}, "no object", {"item_id": "C"}]
EVENT: Event = {"event_name": "purchase", "currency": "EUR", "items": ITEMS}


def augmented(parameters: dict[str, Any], event: Event = EVENT, shared: Shared | None = None) -> Event:
    transformation = Augment(AugmentSettings.model_validate({"parameters": parameters}), Setup())
    return transformation.apply(event, Context(Request("r", 0, "GET", "/"), "web", event, 0, shared or Shared()))


def items(parameters: dict[str, Any], event: Event = EVENT) -> Any:
    return augmented(parameters, event)["items"]


def test_a_value_is_worked_out_for_each_item() -> None:
    margins = [{**ITEMS[0], "margin": 6.0}, {**ITEMS[1], "margin": 0.75}, "no object", {"item_id": "C"}]
    assert items({"items.*.margin": "{{ item.price * (item.quantity | default(1)) * 0.3 }}"}) == margins
    assert EVENT["items"] is ITEMS
    assert "margin" not in ITEMS[0]


def test_what_is_undefined_takes_the_parameter_out_of_that_item_alone() -> None:
    assert items({"items.*.price": "{{ item.price if item.quantity else none }}"}) == [
        ITEMS[0],
        {"item_id": "B"},
        ITEMS[2],
        ITEMS[3],
    ]


def test_a_constant_and_an_object_are_values_too() -> None:
    found = items({"items.*.shop": "main", "items.*.at": {"place": "{{ item_index }}", "currency": "{{ event.currency }}"}})
    assert [each["at"] for each in found if isinstance(each, dict)] == [{"place": at, "currency": "EUR"} for at in (0, 1, 3)]
    assert found[0]["shop"] == "main"


def test_every_row_sees_the_event_and_the_items_that_came_in() -> None:
    rows = {
        "items.*.price": "{{ item.price * 2 }}",
        "items.*.was": "{{ item.price }}",
        "currency": "USD",
        "items.*.currency": "{{ event.currency }}",
        "count": "{{ event.items | length }}",
    }
    changed = augmented(rows)
    assert changed["items"][0] == {"item_id": "A", "price": 20, "quantity": 2, "was": 10, "currency": "EUR"}
    assert (changed["currency"], changed["count"]) == ("USD", 4)


def test_elements_are_taken_out_last_so_that_the_others_keep_their_places() -> None:
    rows = {"items.*": "{{ item if item.price else none }}", "items.*.place": "{{ item_index }}"}
    event = {"items": [{"a": 1}, {"price": 1}, {"price": 2}]}
    assert items(rows, event) == [{"price": 1}, {"price": 2}]
    assert items({"items.*": "{{ item.item_id }}"}) == ["A", "B", "C"]


def test_what_is_set_in_elements_comes_after_all_else() -> None:
    rows = {"items.*.was": "{{ item.item_id }}", "items": [{"item_id": "X"}, {"item_id": "Y"}]}
    assert items(rows) == [{"item_id": "X", "was": "A"}, {"item_id": "Y", "was": "B"}]


def test_lists_in_lists_have_the_inner_element_as_item() -> None:
    event = {"items": [{"sizes": [{"n": 1}, {"n": 2}]}, {"sizes": "none"}]}
    found = items({"items.*.sizes.*.twice": "{{ item.n * 2 }}"}, event)
    assert found == [{"sizes": [{"n": 1, "twice": 2}, {"n": 2, "twice": 4}]}, {"sizes": "none"}]


def test_variables_and_tables_are_at_hand() -> None:
    shared = Shared(variables={"margins": lambda _: {"A": 0.5}, "sum": Template("{{ event.currency }}").evaluate})
    rows = {"items.*.margin": "{{ var.margins[item.item_id] | default(0.1) }}", "items.*.in": "{{ var.sum }}"}
    changed = augmented(rows, shared=shared)["items"]
    assert [(each["margin"], each["in"]) for each in changed if isinstance(each, dict)] == [
        (0.5, "EUR"),
        (0.1, "EUR"),
        (0.1, "EUR"),
    ]


def test_an_event_that_has_no_such_list_stays_the_same_object() -> None:
    events: list[Event] = [{"event_name": "page_view"}, {"items": []}, {"items": "text"}, {"items": [1, 2]}]
    for event in events:
        assert augmented({"items.*.margin": "{{ item.price }}"}, event) is event


def test_a_list_that_would_hold_the_event_again_and_again_gets_nothing() -> None:
    event = {"text": "x" * 2_000, "items": [{"n": n, "copy": 1} for n in range(200)]}
    assert items({"items.*.copy": "{{ event }}"}, event) == [{"n": n} for n in range(200)]
    short = {"text": "x" * 2_000, "items": [{"n": n} for n in range(LONGEST_LIST // 2_100)]}
    assert all(each["copy"] == "x" * 2_000 for each in items({"items.*.copy": "{{ event.text }}"}, short))


def test_a_custom_parameter_that_is_set_in_its_elements_is_no_longer_what_came() -> None:
    event = {"event_name": "x", CUSTOM: ["ep.items", "ep.other"], "items": [{"a": 1}], "other": 1}
    assert augmented({"items.*.b": "{{ item.a }}"}, event)[CUSTOM] == ["ep.other"]


@settings(max_examples=150)
@given(
    VALUES,
    st.sampled_from(["items.*.a", "items.*", "items.*.a.*.b"]),
    st.sampled_from(["{{ item }}", "{{ item.a }}", "{{ event }}"]),
)
def test_whatever_stands_there_nothing_raises(value: Any, path: str, template: str) -> None:
    event = {"event_name": "x", "items": value}
    assert augmented({path: template}, event)["event_name"] == "x"
    assert event == event | {}


FILE = """clients: {ga4: {measurement_ids: [G-ABC1234567]}}
tags: {ga4: {}}
transformations:
  augment:
    parameters:
      %s
"""


def loaded(row: str) -> Loaded:
    source = SourceFile("a.yaml", (FILE % row).encode())
    return load([source], registry=installed(), environ={}, read=lambda _: b"", serve=False)


@pytest.mark.parametrize("name", ["item", "item_index"])
@pytest.mark.parametrize("path", ["items", "items.price", "margin"])
def test_elsewhere_the_item_is_a_mistake_with_its_place(name: str, path: str) -> None:
    (problem,) = loaded(f"{path}: '{{{{ {name} }}}}'").problems
    means = "means something only in a variable's `each`, in a client that reads JSON,"
    where = "and where a transformation sets a name such as items.*.margin"
    place = f"a.yaml:6:{13 + len(path)}"
    assert str(problem) == f"{place}: transformations.augment.parameters.{path}: {name} {means} {where}"


@pytest.mark.parametrize("value", ["'{{ item.price * 0.3 }}'", "{a: ['{{ item_index }}']}", "constant"])
def test_under_a_star_it_is_none(value: str) -> None:
    assert loaded(f"items.*.margin: {value}").problems == ()


def test_a_star_in_the_wrong_place_is_told_with_its_place() -> None:
    (problem,) = loaded("item*.margin: 1").problems
    assert str(problem).startswith(
        "a.yaml:6:7: transformations.augment.parameters.item*.margin: item*.margin can't be set: `*` stands"
    )


def test_what_a_tag_sets_of_its_own_is_of_the_whole_event() -> None:
    """There a ``*`` would be a name, and leave as one."""
    text = FILE.partition("transformations:")[0].replace("{ga4: {}}", "{ga4: {parameters: {set: {items.*.margin: 1}}}}")
    source = SourceFile("a.yaml", text.encode())
    (problem,) = load([source], registry=installed(), environ={}, read=lambda _: b"", serve=False).problems
    assert problem.message == (
        "items.*.margin can't be set here: what `*` stands for, every element of a list, only a transformation sets"
    )
    assert text.split("\n")[problem.line - 1][problem.column - 1 :].startswith("items.*.margin")
