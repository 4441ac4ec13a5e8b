"""Values in the elements of a list, whatever stands there."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.elements import misplaced, names_elements, put_in_elements
from core.paths import get
from core.types import Event
from core.undefined import UNDEFINED
from tests.core.anything import VALUES

ITEMS: list[Any] = [{"id": "A", "price": 5, "sizes": [{"n": 1}, {"n": 2}]}, "text", None, {"id": "B", "at": {"shop": 1}}, ["x"]]


def told(element: Any, at: int) -> Any:
    """What an element is called, and its place."""
    return f"{at}{element['id']}" if isinstance(element, dict) and "id" in element else UNDEFINED


def put(event: Event, path: str, value: Any = told, before: Event | None = None) -> Event:
    kept = deepcopy(event)
    changed = put_in_elements(event, event if before is None else before, path, value)
    assert event == kept
    return changed


@pytest.mark.parametrize(
    ("event", "path", "gives"),
    [
        ({"items": [{"id": "A"}, {"id": "B"}]}, "items.*.x", {"items": [{"id": "A", "x": "0A"}, {"id": "B", "x": "1B"}]}),
        (
            {"items": [{"id": "A"}, "t", {"id": "B"}]},
            "items.*.x.y",
            {"items": [{"id": "A", "x": {"y": "0A"}}, "t", {"id": "B", "x": {"y": "2B"}}]},
        ),
        ({"items": [{"x": 1}, {"id": "B", "x": 1}]}, "items.*.x", {"items": [{}, {"id": "B", "x": "1B"}]}),
        ({"items": [{"id": "A"}, "t", {"id": "B"}]}, "items.*", {"items": ["0A", "2B"]}),
        (
            {"items": {"0": {"id": "A"}, "1": {"id": "B"}}},
            "items.*.x",
            {"items": {"0": {"id": "A", "x": "0A"}, "1": {"id": "B", "x": "1B"}}},
        ),
        ({"a": {"list": [{"id": "A"}]}}, "a.list.*.x", {"a": {"list": [{"id": "A", "x": "0A"}]}}),
        ({"a.list": [{"id": "A"}]}, "a.list.*.x", {"a.list": [{"id": "A", "x": "0A"}]}),
        (
            {"items": [{"in": [{"id": "A"}, {"id": "B"}]}, {}, 1]},
            "items.*.in.*.x",
            {"items": [{"in": [{"id": "A", "x": "0A"}, {"id": "B", "x": "1B"}]}, {}, 1]},
        ),
        (
            {"rows": [[{"id": "A"}, 1], 2, [{"id": "B"}]]},
            "rows.*.*.x",
            {"rows": [[{"id": "A", "x": "0A"}, 1], 2, [{"id": "B", "x": "0B"}]]},
        ),
        ({"rows": [[{"id": "A"}, 1], 2]}, "rows.*.*", {"rows": [["0A"], 2]}),
    ],
)
def test_each_element_gets_a_value_of_its_own(event: Event, path: str, gives: Event) -> None:
    assert put(event, path) == gives


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({}, "items.*.x"),
        ({"items": []}, "items.*.x"),
        ({"items": {}}, "items.*.x"),
        ({"items": None}, "items.*"),
        ({"items": "text"}, "items.*.x"),
        ({"items": {"id": "A"}}, "items.*.x"),
        ({"items": [1, None, "t", ["x"]]}, "items.*.x"),
        ({"items": [{"a": 1}, {}]}, "items.*.in.*.x"),
        ({"items": [{"a": 1}]}, "items.*.x"),
    ],
)
def test_where_there_is_nothing_to_set_the_event_stays_the_same_object(event: Event, path: str) -> None:
    assert put(event, path) is event


def test_values_are_of_the_elements_as_they_were_before() -> None:
    before: Event = {"items": [{"id": "A"}, {"id": "B"}]}
    renamed: Event = {"items": [{"id": "Z"}, {"id": "Y"}, {"id": "X"}]}
    assert put(renamed, "items.*.was", before=before) == {
        "items": [{"id": "Z", "was": "0A"}, {"id": "Y", "was": "1B"}, {"id": "X"}]
    }
    assert put({"items": "gone"}, "items.*.was", before=before) == {"items": "gone"}
    assert put(renamed, "items.*.was", before={}) is renamed


@settings(max_examples=300)
@given(VALUES, st.sampled_from(["items.*.x", "items.*", "items.*.a.*.b", "items.*.*", "items.*.x.y", "items.0.*.x"]), VALUES)
def test_whatever_an_event_holds_nothing_raises_and_nothing_is_changed_in_place(value: Any, path: str, new: Any) -> None:
    event: Event = {"items": value, "other": 1}
    before = deepcopy(event)
    changed = put_in_elements(event, event, path, lambda *_: new)
    assert repr(event) == repr(before)
    assert changed["other"] == 1
    assert put_in_elements(event, event, path, lambda *_: UNDEFINED) is not None
    if isinstance(value, list) and path == "items.*":
        assert len(get(changed, "items")) == len(value)


@pytest.mark.parametrize("path", ["items.*", "items.*.x", "a.b.*.c.*.d", "rows.*.*"])
def test_a_star_behind_a_name_is_every_element(path: str) -> None:
    assert names_elements(path)
    assert not misplaced(path)


@pytest.mark.parametrize("path", ["*", "*.a", "a*", "items.*x.b", "items.**.b"])
def test_any_other_star_is_none(path: str) -> None:
    assert misplaced(path)


@pytest.mark.parametrize("path", ["items", "items.price", "a.b.c"])
def test_a_name_without_one_is_not_about_elements(path: str) -> None:
    assert not names_elements(path)
    assert not misplaced(path)
