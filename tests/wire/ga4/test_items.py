from __future__ import annotations

from typing import Any

import pytest

from wire.ga4.items import FIELDS, SLOTS, read_item, write_item

BOTH_WAYS: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("idSKU 1~nmRunner", {"item_id": "SKU 1", "item_name": "Runner"}),
    ("id~nm", {"item_id": "", "item_name": ""}),
    ("nmRunner ~~ one~brAcme", {"item_name": "Runner ~ one", "item_brand": "Acme"}),
    ("ida~~~nmB", {"item_id": "a~", "item_name": "B"}),
    ("id~~~~~nm~~", {"item_id": "~~", "item_name": "~"}),
    ("pr59.5~qt2~lp0~ds0.5", {"price": 59.5, "quantity": 2, "index": 0, "discount": 0.5}),
    ("prcheap", {"price": "cheap"}),
    ("prNaN~qtInfinity~ds1e999", {"price": "NaN", "quantity": "Infinity", "discount": "1e999"}),
    ("id007", {"item_id": "007"}),
    ("cnBanner~cstop", {"creative_name": "Banner", "creative_slot": "top"}),
    ("ca1~c22~c33~c44~c55", {f"item_category{n}": n or "1" for n in ("", "2", "3", "4", "5")}),
    ("k0size~v042~qt3~k1fit~v1wide", {"size": "42", "quantity": 3, "fit": "wide"}),
    ("k0a~~b~v0x~~y", {"a~b": "x~y"}),
    ("k0~v0x", {"": "x"}),
    ("k0price~v0free~pr5", {"x-ga-mp2-k.price": "free", "price": 5}),
    ("ida~k0item_id~v0b", {"item_id": "a", "x-ga-mp2-k.item_id": "b"}),
    ("k0x-ga-mp2-zz~v0b~zzc", {"x-ga-mp2-k.x-ga-mp2-zz": "b", "x-ga-mp2-zz": "c"}),
    ("zzwhat", {"x-ga-mp2-zz": "what"}),
    ("k.what", {"x-ga-mp2-k.": "what"}),
    ("~~ax", {"x-ga-mp2-~a": "x"}),
]


@pytest.mark.parametrize(("text", "item"), BOTH_WAYS)
def test_an_item_reads_and_writes_alike(text: str, item: dict[str, Any]) -> None:
    assert read_item(text, []) == item
    assert list(read_item(text, [])) == list(item)
    assert write_item(item) == text


@pytest.mark.parametrize(("key", "field"), FIELDS.items())
def test_every_key_has_its_field(key: str, field: str) -> None:
    assert read_item(f"{key}5.5", []) == {field: 5.5 if key in ("pr", "qt", "ds", "lp") else "5.5"}
    assert write_item({field: "x"}) == f"{key}x"


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("v0x", {}),
        ("k0size", {"size": ""}),
        ("v0x~k0size", {"size": ""}),
        ("kRsize~vRx", {"x-ga-mp2-kR": "size", "x-ga-mp2-vR": "x"}),
        ("ida~idb", {"item_id": "a"}),
        ("~~~", {}),
        ("x", {}),
        ("kQz~vQ1", {"z": "1"}),
    ],
)
def test_malformed_items_read_as_far_as_they_go(text: str, item: dict[str, Any]) -> None:
    assert read_item(text, []) == item


def test_what_should_be_a_number_and_is_none_is_told() -> None:
    odd: list[tuple[str, str]] = []
    read_item("prcheap~qt2~lp~idx~prfree", odd)
    assert odd == [("price", "cheap"), ("index", "")]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"item_id": 7}, "id7"),
        ({"price": 12.50}, "pr12.5"),
        ({"new": True, "old": None}, "k0new~v0true"),
        ({"tags": ["a", 1]}, 'k0tags~v0["a",1]'),
        ({"x-ga-mp2-zzz": "x"}, ""),
    ],
)
def test_values_of_other_types_are_written_as_text(item: dict[str, Any], text: str) -> None:
    assert write_item(item) == text


def test_at_most_27_custom_parameters_are_written() -> None:
    written = write_item({f"p{n}": str(n) for n in range(30)} | {"item_id": "a"})
    assert written.count("~k") == 26
    assert written.startswith("k0p0~v00~")
    assert written.endswith("~kQp26~vQ26~ida")
    assert len(SLOTS) == 27
