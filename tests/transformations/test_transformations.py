"""What allow, exclude and augment promise beyond their examples."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.component import Setup, Transformation
from core.context import Context
from core.fields import Template
from core.secret import SealedText, SecretValue
from core.types import Event, Request
from tests.core.tiny import context
from transformations.allow import Allow, AllowSettings
from transformations.augment import Augment, AugmentSettings
from transformations.exclude import Exclude, ExcludeSettings
from wire.ga4.custom import put_value
from wire.ga4.table import CUSTOM

EVENT: Event = {"event_name": "purchase", "client_id": "1.2", "x-ga-gcs": "G111", "value": 5, "items": [{"id": "A", "price": 5}]}


def allow(*names: str) -> Transformation:
    return Allow(AllowSettings.model_validate({"parameters": list(names)}), Setup())


def exclude(*names: str) -> Transformation:
    return Exclude(ExcludeSettings.model_validate({"parameters": list(names)}), Setup())


def augment(parameters: dict[str, Any]) -> Transformation:
    return Augment(AugmentSettings.model_validate({"parameters": parameters}), Setup())


def applied(transformation: Transformation, event: Event = EVENT) -> Event:
    return transformation.apply(event, Context(Request("r", 0, "GET", "/"), "web", {"event_name": "original"}))


NAMES = st.sampled_from(["a", "b", "0", "event_name", CUSTOM])
VALUES = st.sampled_from([1, "x", ["ep.a"], None])
ROWS = st.dictionaries(NAMES, st.sampled_from([2, "y", "{{ event.a }}", "{{ event.none }}"]), min_size=1)


@hypothesis.settings(max_examples=300)
@given(st.dictionaries(NAMES, VALUES), ROWS)
def test_plain_names_are_set_together_as_one_by_one(event: Event, rows: dict[str, Any]) -> None:
    before = event.copy()
    changed = applied(augment(rows), event)
    scope = context(event).on(event)
    one_by_one = event
    for name, value in rows.items():
        one_by_one = put_value(one_by_one, name, Template(value).evaluate(scope))
    assert list(changed.items()) == list(one_by_one.items())
    assert (changed is event) is (one_by_one is event)
    assert event == before


@pytest.mark.parametrize("settings", [AllowSettings, ExcludeSettings, AugmentSettings])
@pytest.mark.parametrize("parameters", [None, [], {}, [""], {"": 1}])
def test_parameters_are_needed(settings: type[AllowSettings], parameters: object) -> None:
    with pytest.raises(ValidationError, match="parameters"):
        settings.model_validate({} if parameters is None else {"parameters": parameters})


@pytest.mark.parametrize("settings", [AllowSettings, ExcludeSettings])
def test_a_single_name_stands_for_a_list(settings: type[AllowSettings]) -> None:
    assert settings.model_validate({"parameters": "value"}).parameters == ["value"]


def test_allow_really_drops_the_client_id_and_what_begins_with_x_ga() -> None:
    assert applied(allow("event_name", "value")) == {"event_name": "purchase", "value": 5}


def test_allowing_all_of_it_gives_the_same_event() -> None:
    assert applied(allow("*")) is EVENT
    assert applied(allow(*EVENT)) is EVENT


def test_allowing_nothing_that_is_there_leaves_an_empty_event() -> None:
    assert applied(allow("missing")) == {}


def test_excluding_what_is_not_there_gives_the_same_event() -> None:
    assert applied(exclude("missing", "items.name", "value.amount", "y-*")) is EVENT


def test_exclude_is_the_reverse_of_allow() -> None:
    names = ["items.price", "x-*", "value"]
    assert applied(exclude(*names)) == {"event_name": "purchase", "client_id": "1.2", "items": [{"id": "A"}]}
    assert applied(allow(*names)) == {"x-ga-gcs": "G111", "value": 5, "items": [{"price": 5}]}


def test_augment_sees_the_event_as_transformed_so_far() -> None:
    assert applied(augment({"was": "{{ event.event_name }} {{ original.event_name }}"}))["was"] == "purchase original"


def test_rows_do_not_see_one_another() -> None:
    assert applied(augment({"value": 7, "double": "{{ event.value * 2 }}"})) == {**EVENT, "value": 7, "double": 10}


def test_an_undefined_value_removes_the_parameter_and_nothing_else() -> None:
    assert applied(augment({"value": "{{ event.missing }}", "nothing": "{{ event.missing }}"})) == {
        key: value for key, value in EVENT.items() if key != "value"
    }


def test_types_are_kept_and_structures_filled() -> None:
    after = applied(
        augment({"n": "{{ event.value }}", "shop": {"id": "{{ event.client_id }}", "none": "{{ event.missing }}"}, "on": True})
    )
    assert (after["n"], after["shop"], after["on"]) == (5, {"id": "1.2"}, True)


def test_names_are_key_paths() -> None:
    after = applied(augment({"items.price": 1, "items.0.name": "Mug", "user_data.address.city": "Bonn"}))
    assert after["items"] == [{"id": "A", "price": 1, "name": "Mug"}]
    assert after["user_data"] == {"address": {"city": "Bonn"}}


def test_an_event_that_gets_what_it_has_is_the_same_event() -> None:
    assert applied(augment({"value": "{{ event.value }}", "client_id": "{{ event.client_id }}"})) is EVENT


def test_a_secret_stays_sealed_in_the_event() -> None:
    sealed = SealedText((SecretValue("TOKEN", "canary"),))
    after = applied(augment({"token": sealed}))
    assert after["token"] == sealed
    assert "canary" not in repr(after)


@pytest.mark.parametrize("name", ["x-ga-*", "items.*.pri*", "items.a*.price", "*", "*.price"])
def test_augment_sets_one_name_or_that_of_every_element(name: str) -> None:
    with pytest.raises(ValidationError, match="can't be set: `\\*` stands for every element of a list"):
        augment({name: 1})


def test_a_mistake_in_an_expression_is_reported() -> None:
    with pytest.raises(ValidationError, match="parameters"):
        augment({"value": "{{ event. }}"})
