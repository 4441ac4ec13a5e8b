"""Names that come more than once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.pairs import all_values, first_values, shown_values

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=3)))


@given(PAIRS)
def test_no_value_is_lost_and_their_order_stays(pairs: list[tuple[str, str]]) -> None:
    named = all_values(pairs)
    assert list(named) == list(dict.fromkeys(name for name, _ in pairs))
    assert all(values == [value for each, value in pairs if each == name] for name, values in named.items())


@given(PAIRS)
def test_the_first_value_is_the_first_of_all(pairs: list[tuple[str, str]]) -> None:
    assert first_values(pairs) == {name: values[0] for name, values in all_values(pairs).items()}


def test_one_value_is_shown_without_a_list() -> None:
    assert shown_values([("a", "1"), ("b", "2"), ("a", "3")]) == {"a": ["1", "3"], "b": "2"}
