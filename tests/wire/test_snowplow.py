"""GA4's events of a shop in Snowplow's e-commerce: what its schemas demand, and nothing that they do not take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Event
from wire.snowplow import ACTION, CHECKOUT_STEP, PRODUCT, REFUND, TRANSACTION, Entity, action, contexts, unstructured

ITEM = {"item_id": "P1", "item_name": "Lamp", "item_category": "Home", "item_category2": "Light", "price": "24.25", "quantity": 2}
LAMP = {"id": "P1", "name": "Lamp", "category": "Home/Light", "price": 24.25, "quantity": 2, "currency": "EUR"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("view_item", "product_view"),
        ("view_item_list", "list_view"),
        ("select_item", "list_click"),
        ("add_to_cart", "add_to_cart"),
        ("remove_from_cart", "remove_from_cart"),
        ("begin_checkout", "checkout_step"),
        ("add_shipping_info", "checkout_step"),
        ("add_payment_info", "checkout_step"),
        ("purchase", "transaction"),
        ("refund", "refund"),
    ],
)
def test_the_action_of_an_event(name: str, kind: str) -> None:
    found = action(name, {"event_name": name})
    assert found is not None
    assert found[0] == Entity(ACTION, {"type": kind})


def test_other_events_are_nothing_of_a_shop() -> None:
    assert action("page_view", {"items": [ITEM]}) is None


def entities(name: str, event: Event) -> list[Entity]:
    found = action(name, event)
    assert found is not None
    return list(found[1])


@pytest.mark.parametrize(
    ("item", "product"),
    [
        (ITEM, LAMP),
        (
            {**ITEM, "item_brand": "L" * 300, "index": 3, "item_variant": "red"},
            {"brand": "L" * 256, "position": 3, "variant": "red"},
        ),
        ({**ITEM, "quantity": 1.5, "price": 0.005}, {"price": 0.01}),
        ({**ITEM, "price": None}, None),
        ({**ITEM, "price": -1}, None),
        ({**ITEM, "item_id": ""}, None),
        ({"item_id": "P1", "price": 1}, {"id": "P1", "price": 1, "category": "", "currency": "EUR"}),
    ],
)
def test_a_product_has_all_that_its_schema_demands_or_is_left_out(item: Event, product: Mapping[str, Any] | None) -> None:
    found = entities("view_item", {"currency": "eur", "items": [item]})
    if product is None:
        assert found == []
    else:
        assert found[0].schema == PRODUCT
        assert product.items() <= found[0].data.items()


def test_without_a_currency_there_is_neither_product_nor_transaction() -> None:
    assert entities("purchase", {"transaction_id": "T", "value": 1, "items": [ITEM]}) == []
    assert entities("purchase", {"transaction_id": "T", "value": 1, "items": [ITEM], "currency": "Euros"}) == []


def test_a_transaction() -> None:
    more = {"tax": 1, "shipping": "4.90", "coupon": "X", "discount": 2, "payment_type": "card"}
    event = {"transaction_id": 7, "value": 48.5, "currency": "EUR", "items": [ITEM], **more}
    transaction = {
        "transaction_id": "7",
        "revenue": 48.5,
        "currency": "EUR",
        "payment_method": "card",
        "total_quantity": 2,
        "tax": 1,
        "shipping": 4.9,
        "discount_code": "X",
        "discount_amount": 2,
    }
    assert entities("purchase", event) == [Entity(TRANSACTION, transaction), Entity(PRODUCT, LAMP)]
    bare = entities("purchase", {"transaction_id": "T", "value": 1, "currency": "EUR"})[0].data
    assert (bare["payment_method"], bare["total_quantity"]) == ("unknown", 0)


def test_a_refund() -> None:
    event = {"transaction_id": "T", "value": 2, "currency": "EUR"}
    assert entities("refund", event) == [Entity(REFUND, {"transaction_id": "T", "refund_amount": 2, "currency": "EUR"})]
    assert entities("refund", {"transaction_id": "T", "value": 2}) == []


@pytest.mark.parametrize(
    ("name", "event", "step"),
    [
        ("begin_checkout", {"coupon": "X"}, {"step": 1, "coupon_code": "X"}),
        ("add_shipping_info", {"shipping_tier": "Ground"}, {"step": 2, "delivery_method": "Ground"}),
        ("add_payment_info", {"payment_type": "card", "checkout_step": 4}, {"step": 4, "payment_method": "card"}),
        ("add_payment_info", {"checkout_step": 400}, {"step": 90}),
    ],
)
def test_a_step_of_the_checkout(name: str, event: Event, step: Mapping[str, Any]) -> None:
    assert entities(name, event) == [Entity(CHECKOUT_STEP, step)]


def test_a_list_has_its_name() -> None:
    found = action("view_item_list", {"item_list_name": "Top " * 100})
    assert found is not None
    assert len(found[0].data["name"]) == 128


def test_how_it_is_written() -> None:
    said = Entity("iglu:a/b/jsonschema/1-0-0", {"x": 1})
    assert json.loads(unstructured(said)) == {
        "schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
        "data": {"schema": "iglu:a/b/jsonschema/1-0-0", "data": {"x": 1}},
    }
    assert json.loads(contexts([said, said]))["data"] == [{"schema": "iglu:a/b/jsonschema/1-0-0", "data": {"x": 1}}] * 2
    assert contexts([]) == ""


@given(
    value=st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(), st.lists(st.integers())),
    name=st.sampled_from(["purchase", "refund", "add_payment_info", "view_item"]),
)
def test_whatever_it_holds_numbers_are_what_schemas_take(value: Any, name: str) -> None:
    item = {**ITEM, "price": value, "quantity": value, "index": value}
    event = {
        "transaction_id": "T",
        "value": value,
        "tax": value,
        "checkout_step": value,
        "currency": "EUR",
        "items": [item, value],
    }
    for entity in entities(name, event):
        numbers = [each for each in entity.data.values() if not isinstance(each, str)]
        assert all(0 <= each <= 9_999_999 and round(each, 2) == each for each in numbers)
