"""Charts: whatever the numbers are, what is drawn stays within its box."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from server.admin.charts import HEIGHT, WIDTH, Chart, Column, Layer, chart

_COLUMN = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v-([\d.]+)h-([\d.]+)z")
HOSTILE: st.SearchStrategy[Column] = st.one_of(st.none(), st.floats(), st.integers(-(10**300), 10**300))


def columns(path: str) -> list[tuple[float, float, float, float]]:
    """Left, foot, width and height of each column; the path holds nothing else."""
    found = [tuple(map(float, each)) for each in _COLUMN.findall(path)]
    assert _COLUMN.sub("", path) == ""
    assert all(wide == back for _, _, wide, _, back in found)
    return [(left, foot, wide, high) for left, foot, wide, high, _ in found]


def heights(drawn: Chart) -> list[list[float]]:
    return [[high for *_, high in columns(area["path"])] for area in drawn["areas"]]


def test_the_highest_column_fills_the_chart_and_the_others_are_by_it() -> None:
    assert heights(chart("", Layer("good", [4, 2, 0, 1]))) == [[HEIGHT, HEIGHT / 2, HEIGHT / 4]]


def test_columns_stand_side_by_side_at_their_places() -> None:
    (area,) = chart("", Layer("good", [0, 3, None, 3]))["areas"]
    assert [(left, foot) for left, foot, *_ in columns(area["path"])] == [(WIDTH / 4, HEIGHT), (3 * WIDTH / 4, HEIGHT)]


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
    assert high[1] > 1


def test_of_nothing_there_is_a_chart_without_areas() -> None:
    assert chart("", Layer("good", []))["areas"] == chart("", Layer("good", [0, None]))["areas"] == chart("")["areas"] == []


@given(
    st.lists(st.lists(HOSTILE, max_size=144), max_size=3),
    st.one_of(st.none(), st.floats()),
    st.integers(1, 400),
    st.integers(1, 100),
)
def test_no_number_leaves_the_box(layers: list[list[Column]], top: float | None, width: int, height: int) -> None:
    drawn = chart("", *(Layer("good", each) for each in layers), top=top, width=width, height=height)
    for area in drawn["areas"]:
        for left, foot, wide, high in columns(area["path"]):
            assert 0 <= left <= left + wide <= width + 0.02
            assert foot == height
            assert 0 <= high <= height
