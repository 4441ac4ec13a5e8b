"""How much of a request fits on a page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from server.admin.fitting import LONGEST, clipped, fitting

TEXTS = st.text("ab<>&'\"é\u202e", max_size=200)


@given(TEXTS, st.integers(0, 300))
def test_a_text_is_clipped_to_what_it_takes_as_html(text: str, room: int) -> None:
    shown = clipped(text, room)
    assert text.startswith(shown)
    assert len(escape(shown)) <= room


@given(TEXTS)
def test_a_text_that_fits_is_whole(text: str) -> None:
    assert clipped(text, 5 * len(text)) == text


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=30), st.integers(0, 5000))
def test_rows_are_taken_from_the_first_as_long_as_there_is_room(rows: list[tuple[str, str]], room: int) -> None:
    shown = fitting(rows, room)
    assert list(shown) == rows[: len(shown)]
    assert shown or not rows
    if len(shown) > 1:
        assert sum(len(escape(name)) + len(escape(text)) for name, text in shown) <= room


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        ("x" * LONGEST, True),
        ("x" * 50 * LONGEST, True),
        ('"' * LONGEST, False),
        ({"key": "x" * LONGEST, "value": {"text": "y" * LONGEST, "kind": "text"}}, False),
        (["x" * LONGEST] * 3, False),
        (7, True),
        (None, True),
    ],
)
def test_a_long_value_takes_the_room_of_what_is_shown_of_it(row: Any, fits: bool) -> None:
    assert (len(fitting([row, row], 2 * LONGEST + 500)) == 2) is fits


def test_many_rows_are_looked_at_no_further_than_they_fit() -> None:
    class Endless(list[str]):
        def __iter__(self) -> Any:
            while True:
                yield "x"

    assert len(fitting(Endless(["x"] * 1000), 2000)) == 16
