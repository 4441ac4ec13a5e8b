"""What is quick about a finder changes nothing of what it finds."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.finders import PATTERNS, SHORT, Finder
from core.redaction import Redaction

FINDERS: Final = [finder for finders in PATTERNS.values() for finder in finders]
PIECES: Final = (
    *("//", "http://", "@", "b.de", "example.org", "anna", "muster", ":", ".", "-", "_", "'", "/", "?", "&", "#", "=", "<"),
    *("+49", "0170", "1234567", "(212)", "(0)", "555-1234", "01 23 45 67 89", "12", "3", "+", "0"),
    *(" ", "\t", "\n", "\x0b", "\x1c", "\x85", "\u00a0", "\u2003", "\u2013", "ß", "é", "电话", "тел", "\u0301", "’"),
)
TEXTS: Final = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)


@given(TEXTS, st.sampled_from(FINDERS))
def test_a_hint_lets_through_all_that_its_pattern_finds(text: str, finder: Finder) -> None:
    assert finder.hint(text) or not finder.pattern.search(text)


SHORT_TEXTS: Final = TEXTS.filter(lambda text: len(text) <= SHORT and text.isascii())


@given(SHORT_TEXTS, st.sampled_from([each for each in FINDERS if each.short]))
def test_in_a_short_text_the_same_is_found(text: str, finder: Finder) -> None:
    assert finder.found(text) == [match.span(finder.group) for match in finder.pattern.finditer(text)]


@pytest.mark.parametrize("space", ["\u00a0", "\x0b", "\x85", "\u2003", "%C2%A0"])
def test_a_password_behind_any_space_but_those_of_ascii_goes_with_the_name_before_it(space: str) -> None:
    assert Redaction(["email"], []).value(f"https://anna{space}muster:secret@b.de/x") == "https://b.de/x"


@pytest.mark.parametrize("before", ["电话", "Телефон", "ß", "Téléphoné"])
@pytest.mark.parametrize("phone", ["+8613812345678", "+49 170 1234567", "0170 1234567", "01 23 45 67 89"])
def test_a_number_that_stands_right_behind_a_letter_of_another_script_goes(before: str, phone: str) -> None:
    assert Redaction(["phone"], []).value(before + phone) == f"{before}[redacted]"
