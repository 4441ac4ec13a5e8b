"""The ``*`` of names."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from core.wildcard import wildcard

TEXTS = st.text(alphabet="ab.", max_size=8)


@settings(max_examples=300)
@given(st.text(alphabet="ab.*", max_size=6).map(lambda pattern: f"{pattern}*"), TEXTS)
def test_a_star_stands_for_any_text(pattern: str, text: str) -> None:
    assert wildcard(pattern)(text) == bool(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text))


def test_the_pieces_do_not_overlap() -> None:
    assert not wildcard("ab*ba")("aba")
    assert wildcard("ab*ba")("abba")
    assert not wildcard("*ab*ab*")("aab")


def test_many_stars_take_no_longer() -> None:
    assert not wildcard("*a" * 100 + "*b")("a" * 100_000)
