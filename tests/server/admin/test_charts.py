"""Charts: whatever the numbers are, what is drawn stays within its box."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from server.admin.charts import APART, HEIGHT, LEAST, Chart, Column, Layer, chart

_COLUMN = re.compile(r"M(\d+) (\d+)v-(\d+)")
HOSTILE: st.SearchStrategy[Column] = st.one_of(st.none(), st.floats(), st.integers(-(10**300), 10**300))


def columns(path: str) -> list[tuple[float, float, float]]:
    """Place, foot and height of each column; the path holds nothing else."""
    assert _COLUMN.sub("", path) == ""
    return [(float(place), float(foot), float(high)) for place, foot, high in _COLUMN.findall(path)]


def heights(drawn: Chart) -> list[list[float]]:
    return [[high for *_, high in columns(area["path"])] for area in drawn["areas"]]


def test_the_highest_column_fills_the_chart_and_the_others_are_by_it() -> None:
    assert heights(chart("", Layer("good", [4, 2, 0, 1]))) == [[HEIGHT, HEIGHT / 2, HEIGHT / 4]]


def test_columns_stand_side_by_side_at_their_places() -> None:
    drawn = chart("", Layer("good", [0, 3, None, 3]))
    assert drawn["width"] == 4 * APART
    assert drawn["areas"] == [{"kind": "good", "path": "M3 24v-24M7 24v-24"}]


def test_layers_share_a_scale_and_what_is_empty_is_not_drawn() -> None:
    drawn = chart("words", Layer("bad", [8, 2]), Layer("good", [4, 2]), Layer("most", [0, None]))
    assert [area["kind"] for area in drawn["areas"]] == ["bad", "good"]
    assert heights(drawn) == [[24, 6], [12, 6]]
    assert drawn["words"] == "words"


def test_a_share_is_drawn_by_the_whole() -> None:
    assert heights(chart("", Layer("good", [0.5]), top=1)) == [[HEIGHT / 2]]
    assert heights(chart("", Layer("good", [7]), top=1)) == [[HEIGHT]]


def test_the_smallest_column_is_to_be_seen() -> None:
    (high,) = heights(chart("", Layer("good", [1_000_000, 1])))
    assert high[1] == LEAST


def test_of_nothing_there_is_a_chart_without_areas() -> None:
    assert chart("", Layer("good", []))["areas"] == chart("", Layer("good", [0, None]))["areas"] == chart("")["areas"] == []


@given(st.lists(st.lists(HOSTILE, max_size=144), max_size=3), st.one_of(st.none(), st.floats()))
def test_no_number_leaves_the_box(layers: list[list[Column]], top: float | None) -> None:
    drawn = chart("", *(Layer("good", each) for each in layers), top=top)
    for area in drawn["areas"]:
        for place, foot, high in columns(area["path"]):
            assert 1 <= place <= drawn["width"] - 1
            assert foot == drawn["height"] == HEIGHT
            assert LEAST <= high <= HEIGHT
