"""How several are together."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.system.colours import COLOURS, Colour, worst


@given(st.lists(st.sampled_from(COLOURS)))
def test_together_they_are_as_the_worst_of_them(colours: list[Colour]) -> None:
    assert worst(colours) in (colours or [Colour.GREEN])
    assert all(COLOURS.index(worst(colours)) >= COLOURS.index(each) for each in colours)


def test_where_there_is_none_the_asker_says() -> None:
    assert worst([], otherwise=Colour.RED) is Colour.RED


def test_they_travel_as_texts() -> None:
    assert json.loads(json.dumps(COLOURS)) == orjson.loads(orjson.dumps(COLOURS)) == ["green", "amber", "red"]
    assert worst(["amber", "green"]) is Colour.AMBER


def test_nothing_else_is_a_colour() -> None:
    with pytest.raises(ValueError, match="blue"):
        worst(["blue"])
