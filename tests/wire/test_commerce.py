"""What was bought, and for how much, however a page writes it."""

from __future__ import annotations

import pytest

from wire.conversions.commerce import count, quantity, value

GOODS = [{"price": "3.50", "quantity": 2}, {"price": 1}, {"item_name": "Free"}]


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        (None, 8),
        ("", 8),
        (0, 0),
        ("0", 0),
        ("48.5", 48.5),
        ("n/a", None),
        (True, None),
        ("nan", None),
        ("1_0", None),
        (10**400, None),
        ("-1e300", None),
    ],
)
def test_what_an_event_is_worth_else_what_its_goods_are(said: object, worth: float | None) -> None:
    assert value({"value": said, "items": GOODS}) == worth


def test_without_value_and_prices_nothing_is_known() -> None:
    assert value({"items": [{"item_id": "P1", "quantity": 2}]}) is None


def test_of_goods_beyond_all_reason_comes_a_number_that_can_be_written() -> None:
    goods = {
        "items": [{"price": 10**400, "quantity": 1e308}, {"price": 1e17, "quantity": 1e17}, {"price": 1e17, "quantity": -1e308}]
    }
    assert (value(goods), count(goods)) == (1e34 + 1e17, 1e17 + 2)


@pytest.mark.parametrize(("said", "written"), [(2.0, "2"), ("3.0", "3"), (1.5, "1.5"), ("2", "2"), (None, "1"), (1e60, "1e+60")])
def test_a_whole_quantity_has_no_point(said: object, written: str) -> None:
    assert str(quantity({"quantity": said})) == written
