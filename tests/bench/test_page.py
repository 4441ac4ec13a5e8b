"""docs/performance.md says what the figures beside it are, and what follows from them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from bench.growth import GROWTH
from bench.page import FIGURES, PAGE, PLOTS, render


@pytest.fixture(scope="module")
def run() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_page_says_what_the_figures_are(run: Mapping[str, Any], page: str) -> None:
    assert page == render(page, run["figures"], run["machine"]), "run `python -m bench.page`"


@pytest.mark.parametrize("name", GROWTH)
def test_each_plot_is_of_these_figures(name: str, run: Mapping[str, Any]) -> None:
    chart = GROWTH[name].chart(run["figures"])
    assert not chart or (PLOTS / f"{name}.svg").read_text(encoding="utf-8") == chart


def test_a_figure_that_was_not_taken_is_not_told(run: Mapping[str, Any], page: str) -> None:
    figures = {name: figure for name, figure in run["figures"].items() if not name.endswith("usual/pure")}
    told = render(page, figures, run["machine"])
    assert "| (a) pure way" not in told
    assert "(b) end to end" in told


def test_a_page_without_a_place_for_a_table_is_told(run: Mapping[str, Any], page: str) -> None:
    with pytest.raises(ValueError, match=r"performance\.md has no place for peers"):
        render(page.replace("<!-- peers -->", ""), run["figures"], run["machine"])


def test_the_cores_follow_from_the_measured_rate(run: Mapping[str, Any], page: str) -> None:
    rate = run["figures"]["usual/rate"]
    rows = re.findall(r"^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,.]+) \|$", page.partition("visits a day")[2], re.MULTILINE)
    assert len(rows) == 4
    for visits, events, busiest, cores in ([float(cell.replace(",", "")) for cell in row] for row in rows):
        assert events == visits * 20
        assert busiest == pytest.approx(events * 5 / 86_400, abs=0.5)
        assert 0 <= cores - events * 5 / 86_400 / (rate / 2) < 0.101
