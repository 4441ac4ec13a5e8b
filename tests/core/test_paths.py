"""Key paths: what a name reads, keeps, removes and sets."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.paths import compile_paths, get, put
from core.undefined import UNDEFINED

EVENT: dict[str, Any] = {
    "event_name": "purchase",
    "client_id": "1.2",
    "page.type": "checkout",
    "x-ga-gcs": "G111",
    "x-ga-mp2-user_properties": {"plan": "a", "tier": "b"},
    "x-sst-system_properties": {"tft": "1"},
    "user_data": {
        "email": {"0": "a@example.com", "1": "b@example.com"},
        "address": {"city": "Bonn", "country": "DE"},
    },
    "items": [{"item_id": "A", "price": 1}, {"item_id": "B", "price": 2, "tags": ["x", "y"]}],
    "matrix": [[{"a": 1}], 5],
    "nothing": None,
}

# patterns, what stays of EVENT
KEEP: list[tuple[list[str], dict[str, Any]]] = [
    ([], {}),
    (["missing", "missing.too", "event_name.too", "nothing.too"], {}),
    (["client_id"], {"client_id": "1.2"}),
    (["nothing"], {"nothing": None}),
    (["page.type"], {"page.type": "checkout"}),
    (["page.*"], {"page.type": "checkout"}),
    (["x-ga-*"], {"x-ga-gcs": "G111", "x-ga-mp2-user_properties": {"plan": "a", "tier": "b"}}),
    (["*-*cs"], {"x-ga-gcs": "G111"}),
    (["*_id"], {"client_id": "1.2"}),
    (["user_data.address.city"], {"user_data": {"address": {"city": "Bonn"}}}),
    (["user_data.address", "user_data.address.city"], {"user_data": {"address": {"city": "Bonn", "country": "DE"}}}),
    (["user_data.*.city"], {"user_data": {"address": {"city": "Bonn"}}}),
    (["user_data.a*.city", "user_data.*s.country"], {"user_data": {"address": {"city": "Bonn", "country": "DE"}}}),
    (["user_data.address.city", "user_data.*s.country"], {"user_data": {"address": {"city": "Bonn", "country": "DE"}}}),
    (["x-*.plan"], {"x-ga-mp2-user_properties": {"plan": "a"}}),
    (["user_data.email.0"], {"user_data": {"email": {"0": "a@example.com"}}}),
    (["user_data.email.*"], {"user_data": {"email": {"0": "a@example.com", "1": "b@example.com"}}}),
    (["items.price"], {"items": [{"price": 1}, {"price": 2}]}),
    (["items.*.price"], {"items": [{"price": 1}, {"price": 2}]}),
    (["items.1.price"], {"items": [{"price": 2}]}),
    (["items.0"], {"items": [{"item_id": "A", "price": 1}]}),
    (["items.0", "items.price"], {"items": [{"item_id": "A", "price": 1}, {"price": 2}]}),
    (["items.0.item_id", "items.price"], {"items": [{"item_id": "A", "price": 1}, {"price": 2}]}),
    (["items.tags.0"], {"items": [{"tags": ["x"]}]}),
    (["items.tags.1"], {"items": [{"tags": ["y"]}]}),
    (["items.item_*"], {"items": [{"item_id": "A"}, {"item_id": "B"}]}),
    (["items.9"], {}),
    (["matrix.a"], {}),
    (["matrix.0.a"], {"matrix": [[{"a": 1}]]}),
    (["matrix.*.a"], {"matrix": [[{"a": 1}]]}),
]

# patterns, where EVENT loses something, what is there afterwards
REMOVE: list[tuple[list[str], str, Any]] = [
    (["client_id"], "client_id", UNDEFINED),
    (["page.type"], "page.type", UNDEFINED),
    (["x-ga-*"], "x-ga-mp2-user_properties", UNDEFINED),
    (["x-ga-*"], "client_id", "1.2"),
    (["user_data.address"], "user_data", {"email": {"0": "a@example.com", "1": "b@example.com"}}),
    (["user_data.address.city"], "user_data.address", {"country": "DE"}),
    (["user_data.*"], "user_data", {}),
    (["user_data.address.*"], "user_data.address", {}),
    (["user_data.email.0"], "user_data.email", {"1": "b@example.com"}),
    (["items.price"], "items", [{"item_id": "A"}, {"item_id": "B", "tags": ["x", "y"]}]),
    (["items.0"], "items", [{"item_id": "B", "price": 2, "tags": ["x", "y"]}]),
    (["items.*"], "items", []),
    (["items.tags.0"], "items.1.tags", ["y"]),
    (["items.0.price", "items.tags"], "items", [{"item_id": "A"}, {"item_id": "B", "price": 2}]),
    (["matrix.0.a"], "matrix", [[{}], 5]),
    (["*"], "client_id", UNDEFINED),
]


@pytest.mark.parametrize(("patterns", "kept"), KEEP, ids=[", ".join(case[0]) or "none" for case in KEEP])
def test_keeping_leaves_only_the_named_branches(patterns: list[str], kept: dict[str, Any]) -> None:
    before = copy.deepcopy(EVENT)
    assert compile_paths(patterns).keep(EVENT) == kept
    assert before == EVENT


@pytest.mark.parametrize(("patterns", "path", "left"), REMOVE, ids=[f"{', '.join(case[0])}-{case[1]}" for case in REMOVE])
def test_removing_takes_the_named_branches_and_nothing_else(patterns: list[str], path: str, left: Any) -> None:
    before = copy.deepcopy(EVENT)
    assert get(compile_paths(patterns).remove(EVENT), path) == left
    assert before == EVENT


def test_entries_stay_in_their_order() -> None:
    assert list(compile_paths(["b", "c", "a"]).keep({"c": 1, "x": 2, "a": 3, "b": 4})) == ["c", "a", "b"]


@pytest.mark.parametrize(
    "patterns", [[], ["missing"], ["missing.*"], ["user_data.zip"], ["items.9.price"], ["items.colour"], ["event_name.x"]]
)
def test_removing_what_is_not_there_gives_the_same_event(patterns: list[str]) -> None:
    assert compile_paths(patterns).remove(EVENT) is EVENT


@pytest.mark.parametrize("patterns", [["*"], [*EVENT], [*(key for key in EVENT if key != "items"), "items.*"]])
def test_keeping_everything_gives_the_same_event(patterns: list[str]) -> None:
    assert compile_paths(patterns).keep(EVENT) is EVENT


def test_what_does_not_change_is_shared() -> None:
    edited = compile_paths(["items.0.price"]).remove(EVENT)
    assert edited["user_data"] is EVENT["user_data"]
    assert edited["items"][1] is EVENT["items"][1]


def test_a_flat_key_and_the_walk_are_both_taken() -> None:
    event = {"a.b": 1, "a": {"b": 2, "c": 3}}
    assert compile_paths(["a.b"]).remove(event) == {"a": {"c": 3}}
    assert compile_paths(["a.b"]).keep(event) == {"a.b": 1, "a": {"b": 2}}


def test_a_list_that_gtag_flattened_is_reached_into_like_a_list() -> None:
    event = {"user_data": {"address": {"0": {"city": "Bonn", "zip": "53111"}, "1": {"city": "Ulm"}}}}
    assert compile_paths(["user_data.address.city"]).remove(event) == {"user_data": {"address": {"0": {"zip": "53111"}, "1": {}}}}
    assert put(event, "user_data.address.city", "-")["user_data"]["address"]["1"] == {"city": "-"}
    assert put(event, "user_data.address.1.city", "-")["user_data"]["address"]["0"] == {"city": "Bonn", "zip": "53111"}


def test_names_do_not_follow_an_event_into_the_depth() -> None:
    deep: Any = {"price": 1}
    for _ in range(5000):
        deep = [deep]
    event = {"items": deep}
    assert compile_paths(["items.price"]).remove(event) is event
    assert put(event, "items.price", 2) is event


# path, the event, the event after 7 has been put there
PUT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("value", {}, {"value": 7}),
    ("value", {"value": 1, "b": 2}, {"value": 7, "b": 2}),
    ("a.b", {"a.b": 1, "a": {"b": 2}}, {"a.b": 7, "a": {"b": 2}}),
    ("a.b", {}, {"a": {"b": 7}}),
    ("a.b.c", {"a": {"x": 1}}, {"a": {"x": 1, "b": {"c": 7}}}),
    ("a.b", {"a": "text"}, {"a": "text", "a.b": 7}),
    ("a.b", {"a": None}, {"a": None, "a.b": 7}),
    ("items.price", {"items": [{"price": 1}, {}, "odd"]}, {"items": [{"price": 7}, {"price": 7}, "odd"]}),
    ("items.0", {"items": [1, 2]}, {"items": [7, 2]}),
    ("items.1.price", {"items": [{}, {"id": 1}]}, {"items": [{}, {"id": 1, "price": 7}]}),
    ("items.0.price", {"items": ["odd"]}, {"items": ["odd"]}),
    ("items.2", {"items": [1, 2]}, {"items": [1, 2]}),
    ("email.0", {"email": {"0": "a"}}, {"email": {"0": 7}}),
    ("email.x", {"email": {"0": "a", "1": {"x": 1}}}, {"email": {"0": "a", "1": {"x": 7}}}),
]


@pytest.mark.parametrize(("path", "event", "after"), PUT)
def test_putting_a_value(path: str, event: dict[str, Any], after: dict[str, Any]) -> None:
    before = copy.deepcopy(event)
    assert put(event, path, 7) == after
    assert event == before


@pytest.mark.parametrize("path", ["client_id", "user_data.address.city", "items.0.price", "page.type"])
def test_putting_what_is_there_already_gives_the_same_event(path: str) -> None:
    assert put(EVENT, path, get(EVENT, path)) is EVENT


def test_putting_undefined_removes() -> None:
    assert put({"a": {"b": 1, "c": 2}}, "a.b", UNDEFINED) == {"a": {"c": 2}}
    assert put(EVENT, "missing.too", UNDEFINED) is EVENT


def test_putting_the_same_into_every_item_gives_the_same_event() -> None:
    event = {"items": [{"shop": "a"}, {"shop": "a"}]}
    assert put(event, "items.shop", event["items"][0]["shop"]) is event


NAMES = st.sampled_from(["a", "b", "0", "1", "a.b", "x-a"])
VALUES = st.recursive(
    st.integers() | st.text(max_size=3) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
EVENTS = st.dictionaries(NAMES, VALUES, max_size=5)
PATHS = st.lists(st.sampled_from(["a", "b", "0", "1", "*", "x-*"]), min_size=1, max_size=4).map(".".join)


@settings(max_examples=150)
@given(EVENTS, st.lists(PATHS, max_size=3))
def test_keep_and_remove_part_an_event_and_never_change_it(event: dict[str, Any], patterns: list[str]) -> None:
    before = copy.deepcopy(event)
    paths = compile_paths(patterns)
    kept, left = paths.keep(event), paths.remove(event)
    assert event == before
    assert paths.keep(event) == kept
    assert _leaves(kept) + _leaves(left) == _leaves(event)


@settings(max_examples=150)
@given(EVENTS, st.lists(st.sampled_from(["a", "b", "x-a"]), min_size=1, max_size=4).map(".".join))
def test_what_was_removed_is_not_found_and_what_was_put_is(event: dict[str, Any], path: str) -> None:
    left = compile_paths([path]).remove(event)
    assert get(left, path) is UNDEFINED
    assert get(put({}, path, 7), path) == 7
    assert put(event, path, 7) == put(put(event, path, 7), path, 7)


@settings(max_examples=150)
@given(EVENTS, st.lists(st.sampled_from(["a", "b", "0", "x-a"]), min_size=1, max_size=3))
def test_plain_names_of_parameters_go_as_any_other_pattern_does(event: dict[str, Any], names: list[str]) -> None:
    event = {**event, "event_name": "purchase"}
    left = compile_paths(names).remove(event)
    assert list(left.items()) == list(compile_paths([*names, "not.there", "no*"]).remove(event).items())
    assert (left is event) is (left == event)


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    if isinstance(value, list):
        return sum(map(_leaves, value))
    return 1
