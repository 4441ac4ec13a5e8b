"""Figures beside goals and beside those of an earlier run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cases import CASES
from bench.figures import COST, LOAD, Row, gauge, number, printed, read, told, untold, write

ROWS = (
    Row("the pure way", gauge("usual/pure"), most=280_000),
    Row("the share", lambda figures: figures["bare/whole"] / figures["usual/whole"], least=0.2),
    Row("no goal", gauge("usual/cpu")),
)


def test_a_goal_is_met_at_its_limit_and_missed_beyond_it() -> None:
    met = list(told(ROWS, {"usual/pure": 280_000, "bare/whole": 1, "usual/whole": 5, "usual/cpu": 12.34}))
    assert met == [
        ("", "now", "goal", ""),
        ("the pure way", "280,000", "≤ 280,000", "met"),
        ("the share", "0.200", "≥ 0.200", "met"),
        ("no goal", "12.3", "", ""),
    ]
    missed = list(told(ROWS, {"usual/pure": 280_001, "bare/whole": 1, "usual/whole": 5.1}))
    assert [line[-1] for line in missed] == ["", "missed", "missed"]


def test_beside_an_earlier_run_stand_both_and_the_change() -> None:
    lines = list(told(ROWS, {"usual/pure": 350_000, "usual/cpu": 100}, {"usual/pure": 700_000}))
    assert lines == [
        ("", "old", "now", "change", "goal", ""),
        ("the pure way", "700,000", "350,000", "-50.0%", "≤ 280,000", "missed"),
        ("no goal", "", "100", "", "", ""),
    ]


def test_every_row_tells_of_cases_that_there_are() -> None:
    class Everything(dict[str, float]):
        def __missing__(self, key: str) -> float:
            case = key.partition("/")[0]
            assert case in {*CASES, "bare", "machine"}
            return 2.0

    for row in (*COST, *LOAD):
        if "further tag" not in row.says:
            row.of(Everything())


def test_further_tags_are_told_as_shares_of_the_first() -> None:
    (row,) = [row for row in COST if "further tag" in row.says]
    assert row.of({"no_tag/whole": 100, "usual/whole": 300, "five_tags/whole": 700}) == pytest.approx(0.5)


def test_figures_come_back_from_their_file(tmp_path: Path) -> None:
    figures = {"usual/pure": 1.0, "bare/cpu": 2.5}
    write(tmp_path / "run.json", figures)
    assert read(tmp_path / "run.json") == figures


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"figures": 3}'])
def test_what_is_no_earlier_run_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(SystemExit, match="no figures of an earlier run"):
        read(tmp_path / "run.json")


@pytest.mark.parametrize(
    ("value", "text"), [(1_304_791.4, "1,304,791"), (3, "3"), (0.0832, "0.083"), (12.34, "12.3"), (-0.219, "-0.219")]
)
def test_a_number_has_the_digits_that_tell_something(value: float, text: str) -> None:
    assert number(value) == text


def test_a_case_that_is_asked_for_is_told_figure_by_figure() -> None:
    assert printed(told(untold({"batch_20/whole": 5}), {"batch_20/whole": 5})).split() == [
        "now",
        "goal",
        "batch_20,",
        "whole",
        "5",
    ]
