"""Brands as browsers list them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.client_hints import read_brands


@pytest.mark.parametrize(
    ("header", "brands"),
    [
        ('"Chromium";v="142", "Not A;Brand";v="99"', [("Chromium", "142"), ("Not A;Brand", "99")]),
        (r'"Say \"hi\"" ; v = "1"', [('Say "hi"', "1")]),
        ('"Lone"', [("Lone", "")]),
        ("Chromium", []),
        ("", []),
        ('"A";v="1",' * 101, []),
    ],
)
def test_each_brand_has_its_version(header: str, brands: list[tuple[str, str]]) -> None:
    assert read_brands(header) == [{"brand": brand, "version": version} for brand, version in brands]


@given(st.text(max_size=50))
def test_no_header_makes_it_raise(header: str) -> None:
    assert all(each.keys() == {"brand", "version"} for each in read_brands(header))
