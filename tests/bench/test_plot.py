"""Charts are XML whose marks stand where the figures are."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench.plot import plot, short

SVG = "{http://www.w3.org/2000/svg}"


def marks(chart: str) -> list[tuple[float, float]]:
    """Of the points, in order."""
    return [(float(each.attrib["cx"]), float(each.attrib["cy"])) for each in ElementTree.fromstring(chart).iter(f"{SVG}circle")]


def test_marks_stand_in_proportion_from_zero() -> None:
    (left, low), (middle, half), (right, high) = marks(plot("A", "b", {"c": [(0, 0), (50, 500), (100, 1000)]}))
    assert middle == pytest.approx((left + right) / 2)
    assert half == pytest.approx((low + high) / 2)
    assert high < low


def test_a_higher_figure_stands_higher_in_any_line() -> None:
    found = marks(plot("A", "b", {"c": [(1, 10), (2, 30)], "d": [(1, 20), (2, 40)]}))
    by_figure = [found[at][1] for at in (0, 2, 1, 3)]
    assert all(above > below for above, below in pairwise(by_figure))


@pytest.mark.parametrize("most", [0.003, 1, 7, 99, 1_304_791, 6_000_000])
def test_grid_lines_are_few_and_reach_the_highest_mark(most: float) -> None:
    chart = plot("A", "b", {"c": [(1, most)]})
    heights = [float(found) for found in re.findall(r'class="grid" d="M[\d.]+ ([\d.]+)H', chart)]
    assert 4 <= len(heights) <= 8
    assert min(heights) <= marks(chart)[0][1]


def test_what_is_written_in_it_cannot_break_it() -> None:
    texts = [each.text for each in ElementTree.fromstring(plot("a < b & c", "d > e", {"<f>": [(1, 2)]})).iter(f"{SVG}text")]
    assert {"a < b & c", "d > e", "<f>"} <= {*texts}


def test_it_can_be_read_on_a_dark_page() -> None:
    assert "prefers-color-scheme: dark" in plot("A", "b", {"c": [(1, 2)]})


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (33, "33"), (20_000, "20 k"), (1_200_000, "1.2 M")])
def test_numbers_along_an_axis_are_short(value: float, text: str) -> None:
    assert short(value) == text
