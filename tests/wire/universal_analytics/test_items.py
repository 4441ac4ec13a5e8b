"""Enhanced e-commerce: products, impressions, promotions, and the item of an ``item`` hit."""

from __future__ import annotations

from typing import Any

import pytest

from wire.ga4.findings import Findings
from wire.universal_analytics.decode import decode_hit


def items(hit: dict[str, str]) -> Any:
    return decode_hit(hit).get("items")


@pytest.mark.parametrize(
    ("name", "text", "item"),
    [
        ("pr1id", "007", {"item_id": "007"}),
        ("pr1nm", "Shirt", {"item_name": "Shirt"}),
        ("pr1br", "Acme", {"item_brand": "Acme"}),
        ("pr1ca", "Apparel", {"item_category": "Apparel"}),
        ("pr1va", "Black", {"item_variant": "Black"}),
        ("pr1pr", "29.20", {"price": 29.2}),
        ("pr1pr", "29,20", {"price": "29,20"}),
        ("pr1qt", "2", {"quantity": 2}),
        ("pr1cc", "SALE", {"coupon": "SALE"}),
        ("pr1ps", "0", {"index": 0}),
        ("pr200cd200", "42", {"dimension200": "42"}),
        ("pr1cm3", "28", {"metric3": 28}),
        ("il1pi1id", "P1", {"item_id": "P1"}),
        ("il1pi1nm", "Shirt", {"item_name": "Shirt"}),
        ("il1pi1br", "Acme", {"item_brand": "Acme"}),
        ("il1pi1ca", "Apparel", {"item_category": "Apparel"}),
        ("il1pi1va", "Black", {"item_variant": "Black"}),
        ("il1pi1ps", "4", {"index": 4}),
        ("il1pi1pr", "5", {"price": 5}),
        ("il2pi3cd1", "x", {"dimension1": "x"}),
        ("il200pi200cm2", "1.5", {"metric2": 1.5}),
        ("promo1id", "SHIP", {"promotion_id": "SHIP"}),
        ("promo1nm", "Free", {"promotion_name": "Free"}),
        ("promo1cr", "banner", {"creative_name": "banner"}),
        ("promo1ps", "01", {"creative_slot": "01"}),
    ],
)
def test_a_field(name: str, text: str, item: dict[str, Any]) -> None:
    assert decode_hit({name: text}) == {"event_name": "event", "items": [item]}


@pytest.mark.parametrize(
    ("name", "text", "item"),
    [
        ("in", "Runner", {"item_name": "Runner"}),
        ("ip", "3.50", {"price": 3.5}),
        ("iq", "4", {"quantity": 4}),
        ("ic", "007", {"item_id": "007"}),
        ("iv", "a/b", {"item_category": "a/b"}),
    ],
)
def test_a_field_of_an_item_hit(name: str, text: str, item: dict[str, Any]) -> None:
    assert decode_hit({"t": "item", name: text}) == {"event_name": "item", "items": [item]}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "pr1",
            "pr0id",
            "pr01id",
            "pr201id",
            "pr1xx",
            "pr1ID",
            "pr1id1",
            "pr1cd",
            "pr1cd0",
            "pr1cd201",
            "pr1cr",
            "pr٣id",
            "pr1id ",
        ),
        *("il1nm", "il1id", "il1pi1", "il0pi1id", "il1pi0id", "il1pi1qt", "il1pi1cc", "il1pi1cm", "pi1id", "ilpi1id"),
        *("promo1", "promo1br", "promo0id", "promo1cd1", "promoid", "il1promo1id", "xpr1id"),
    ],
)
def test_what_is_no_field_is_kept_as_text(name: str) -> None:
    assert decode_hit({name: "1"}) == {"event_name": "event", f"x-ga-mp1-{name}": "1"}


@pytest.mark.parametrize(("name", "key"), [("pr1pr", "price"), ("pr1cm1", "metric1"), ("il1pi1ps", "index")])
@pytest.mark.parametrize("text", ["NaN", "free", "1e999", ""])
def test_a_number_that_is_none_is_kept_as_text_and_told(name: str, key: str, text: str) -> None:
    findings = Findings()
    assert decode_hit({name: text}, findings) == {"event_name": "event", "items": [{key: text}]}
    assert [(each.field_path, each.code) for each in findings.told] == [(name, "NOT_A_NUMBER")]


@pytest.mark.parametrize(
    ("text", "categories"),
    [
        ("a", ["a"]),
        ("a/b", ["a", "b"]),
        ("a//c", ["a", "", "c"]),
        ("a/b/c/d/e", ["a", "b", "c", "d", "e"]),
        ("a/b/c/d/e/f/g", ["a", "b", "c", "d", "e/f/g"]),
        ("", [""]),
    ],
)
@pytest.mark.parametrize("name", ["pr1ca", "il1pi1ca"])
def test_a_category_is_split_into_five(name: str, text: str, categories: list[str]) -> None:
    assert list(items({name: text})[0].values()) == categories


def test_the_categories_have_these_keys() -> None:
    assert list(items({"pr1ca": "a/b/c/d/e"})[0]) == ["item_category", *(f"item_category{level}" for level in range(2, 6))]


def test_items_are_in_the_order_of_their_numbers() -> None:
    assert [item["item_id"] for item in items({"pr10id": "c", "pr2id": "b", "pr1id": "a"})] == ["a", "b", "c"]
    lists = {"il10pi1id": "d", "il2pi10id": "c", "il2pi9id": "b", "il1pi1id": "a"}
    assert [item["item_id"] for item in items(lists)] == ["a", "b", "c", "d"]


def test_a_list_names_its_items() -> None:
    hit = {"il1nm": "Search", "il1pi1id": "a", "il1pi2id": "b", "il2pi1id": "c", "il3nm": "Empty"}
    assert decode_hit(hit) == {
        "event_name": "event",
        "items": [
            {"item_id": "a", "item_list_name": "Search"},
            {"item_id": "b", "item_list_name": "Search"},
            {"item_id": "c"},
        ],
        "x-ga-mp1-il3nm": "Empty",
    }


def test_promotions_follow_impressions() -> None:
    assert items({"promo1id": "p", "il1pi1id": "i"}) == [{"item_id": "i"}, {"promotion_id": "p"}]


def test_beside_a_product_impressions_and_promotions_are_kept_as_text() -> None:
    hit = {"il1nm": "Search", "il1pi1id": "i", "promo1id": "p", "pr1id": "sold"}
    assert decode_hit(hit) == {
        "event_name": "event",
        "items": [{"item_id": "sold"}],
        "x-ga-mp1-il1nm": "Search",
        "x-ga-mp1-il1pi1id": "i",
        "x-ga-mp1-promo1id": "p",
    }


def test_the_item_of_an_item_hit_follows_its_products() -> None:
    hit = {"t": "item", "ic": "own", "pr1id": "sold", "promo1id": "p"}
    assert decode_hit(hit) == {
        "event_name": "item",
        "items": [{"item_id": "sold"}, {"item_id": "own"}],
        "x-ga-mp1-promo1id": "p",
    }
