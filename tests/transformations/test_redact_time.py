"""How long redact takes, and the ways in which it is quick: they change nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.finders import PATTERNS
from core.redaction import MOST_REMEMBERED, Remembered
from tests.budget.machine import takes_less
from tests.transformations.redacting import ALL, CONTEXT, redact

LONGEST = 0.05  # seconds


@pytest.mark.parametrize(
    "text",
    [
        "a" * 65_000, "a@" * 32_500, "a@b." * 16_000, "a@b.c," * 10_000, "a." * 32_500, "%25" * 21_000, "%2525252540" * 5_900,
        "%40" * 21_000, "+1 " * 21_000, "+49170123456 " * 5_000, "0" * 65_000, "0123 45678 " * 5_900, "+" * 65_000, "(" * 65_000,
        "?" * 65_000, "&token=1" * 8_000, "?token" * 10_000, "#token=" * 9_000, "&" * 65_000, "//" * 32_500, "//a@b.c" * 9_000,
        " " * 65_000, "%3Ftoken%3D" * 5_900, "é" * 65_000, "%C3%A9" * 10_000, "token=" * 10_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_the_time_is_linear_in_the_text(text: str) -> None:
    assert takes_less(lambda: redact(**ALL, except_parameters=[]).apply({"text": text}, CONTEXT), LONGEST)
    evil = [{"match": "^(a+)+$"}, {"match": "a.*é|a"}, {"match": "(?:x|&.*y|&)"}]
    assert takes_less(lambda: redact(patterns=evil).apply({"text": text}, CONTEXT), LONGEST)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="aZ0._-+'@ /:,\n", max_size=64))
def test_a_short_text_is_searched_by_a_quicker_pattern_that_finds_the_same(text: str) -> None:
    for finder in (finder for finders in PATTERNS.values() for finder in finders if finder.short is not None):
        assert finder.found(text) == replace(finder, short=None).found(text)


def test_what_became_of_a_text_is_told_again_and_an_unchanged_one_is_the_same_object() -> None:
    once = redact(**ALL)
    for _ in range(2):
        for written, expected in (("jo@example.com", "[redacted]"), ("/?a=1", "/?a=1"), ("/?token=1", "/")):
            text = written[:1] + written[1:]  # equal, and another object each time
            event = {"text": text}
            found = once.apply(event, CONTEXT)
            assert found == {"text": expected}
            assert (found is event) == (written == expected)


def test_what_is_remembered_of_texts_is_bounded() -> None:
    remembered = Remembered()
    for at in range(40):
        text = str(at) * 20_000
        assert remembered.put((text, False, False), "x") == "x"
        assert remembered.get((text, False, False)) == "x"
    assert sum(len(text) for text, _, _ in remembered.kept) <= MOST_REMEMBERED
