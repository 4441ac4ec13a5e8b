"""A tree written as text again: the same tree when it is read, and no parenthesis too many."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.expressions import ExpressionError, compile_condition
from core.expressions.compiler import Compilation
from core.expressions.grammar import parse
from core.expressions.source import source_of
from tests.core.anything import SOURCES

AS_WRITTEN = [
    "true",
    "none",
    "42",
    "1.5",
    "'text'",
    '"it\'s"',
    "event",
    "event.page_path",
    "event['x-ga-gcs']",
    "event.items[0].price",
    "event.items[-event.a].price",
    "var.margins[item.item_id]",
    "[1, 'a', event.b]",
    "('a',)",
    "()",
    "[1, 2][0]",
    "(event.a | split).b",
    "('a').b",
    "event.a == 'b'",
    "1 < event.a <= 5",
    "event.a not in ['b'] != true",
    "event.a and event.b or not event.c",
    "event.a and (event.b or event.c)",
    "event.a or (event.b or event.c)",
    "not (event.a and event.b)",
    "not not event.a",
    "(not event.a) == event.b",
    "event.a - (event.b - 1) * 2",
    "event.a - event.b - 1",
    "(event.a + 1) ~ 'x' ~ event.b * 2",
    "event.a // 2 % 3 / 4",
    "-event.a | number",
    "-(event.a | number)",
    "--event.a",
    "+event.a",
    "(-event.a).b",
    "event.a | default(0) | round(2) >= 3",
    "event.a is defined",
    "event.a is not starting_with ['/a', '/b']",
    "event.a is containing event.b[0]",
    "event.a is containing (-1)",
    "event.a is containing (event.b | lower)",
    "event.a is containing ('a', 'b')",
    "event.a is containing (('a').b)",
    "(event.a is defined) is empty",
    "(event.a is defined) == true",
    "(event.a is not defined) | text",
    "event.a if event.b is defined else event.c if event.d else event.e",
    "(event.a if event.b else event.c) if event.d",
    "(event.a or event.b is not empty) if event.c",
    "event.a is containing 'b' if event.c",
    "event.a.defined if event.b",
]


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_what_is_written_as_one_would_stays_as_it_is(text: str) -> None:
    assert source_of(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        ("((event.a)) and ((event.b == (1)))", "event.a and event.b == 1"),
        ("not event.a is defined", "event.a is not defined"),
        ("event.a.0", "event.a[0]"),
        ("event.a is containing ('b')", "event.a is containing 'b'"),
        ("True==False", "true == false"),
        ("0x10", "16"),
        ("'a' 'b'", "'ab'"),
        ("event.a, event.b", "(event.a, event.b)"),
    ],
)
def test_the_same_said_otherwise_is_written_in_one_way(text: str, shorter: str) -> None:
    assert source_of(parse(text)) == shorter


@settings(max_examples=600)
@given(SOURCES)
@example("""event.a == "it's" '"quoted"' "'" """)
@example(" and ".join(["event.a"] * 200))
@example("event" + ".a" * 60)
def test_reading_it_again_gives_the_same_tree(source: str) -> None:
    with contextlib.suppress(ExpressionError):
        tree = Compilation(source).tree
        assert parse(source_of(tree)) == tree


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=20))
def test_a_text_with_any_quotes_is_written_so_that_it_can_be_read(text: str) -> None:
    pieces = [f"'{piece}'" for piece in text.split("'")]
    tree = parse(""" "'" """.join(pieces))
    assert parse(source_of(tree)) == tree
    assert compile_condition(source_of(tree)).source == source_of(tree)
