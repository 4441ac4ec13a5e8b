"""How a problem is shown."""

from __future__ import annotations

import pytest

from config.problem import Report, dotted, render
from config.source import Position, SourceFile

TEXT = b"""\
tags:
  ga4:
      measurment_id: G-ABC1234567
\t\tnext: 1
secret: hunter2
"""


def shown(line: int, column: int, length: int, text: bytes = TEXT) -> str:
    report = Report()
    report.error(
        Position(SourceFile("container.yaml", text), line, column, length), ("tags", "ga4", "measurment_id"), "unknown key"
    )
    return render(report.problems[0])


def test_a_problem_points_at_its_culprit() -> None:
    assert shown(3, 7, 13) == (
        "container.yaml:3:7: tags.ga4.measurment_id: unknown key\n"
        "    3 |       measurment_id: G-ABC1234567\n"
        "      |       ^^^^^^^^^^^^^"
    )


def test_carets_stay_below_tabs() -> None:
    assert shown(4, 3, 4).splitlines()[1:] == ["    4 | \t\tnext: 1", "      | \t\t^^^^"]


@pytest.mark.parametrize(("line", "column"), [(3, 34), (6, 1), (99, 1)])
def test_a_place_at_or_behind_the_end_still_has_a_caret(line: int, column: int) -> None:
    assert shown(line, column, 5).endswith("^")


def test_a_long_line_is_shown_around_the_culprit() -> None:
    text = b"a: " + b"x" * 300 + b" HERE " + b"y" * 300
    first, line, carets = shown(1, 305, 4, text).splitlines()
    assert first.startswith("container.yaml:1:305: ")
    assert len(line) <= 130
    assert line[carets.index("^") :].startswith("HERE")
    assert carets.strip("| ") == "^^^^"


def test_no_excerpt_shows_what_looks_like_a_secret() -> None:
    report = Report()
    source = SourceFile("c.yaml", TEXT)
    report.masked.append(Position(source, 5, 9, 7))
    report.warn(Position(source, 5, 1, 6), ("secret",), "a secret stands in the file")
    assert render(report.problems[0]).splitlines()[1:] == ["    5 | secret: *******", "      | ^^^^^^"]


def test_the_same_problem_is_told_once() -> None:
    report = Report()
    for _ in range(2):
        report.error(Position(SourceFile("c.yaml", b"a"), 1, 1), (), "wrong")
    assert [str(problem) for problem in report.problems] == ["c.yaml:1:1: wrong"]
    assert report.failed


def test_a_message_is_one_line() -> None:
    report = Report()
    report.error(Position(SourceFile("c.yaml", b"a"), 1, 1), (), "wrong\nin two ways")
    assert str(report.problems[0]) == "c.yaml:1:1: wrong in two ways"


def test_a_warning_is_no_failure() -> None:
    report = Report()
    report.warn(Position(SourceFile("c.yaml", b"a"), 1, 1), (), "odd")
    assert not report.failed


@pytest.mark.parametrize(
    ("path", "text"),
    [((), ""), (("tags", "ga4"), "tags.ga4"), (("tags", "ga4", "triggers", 1), "tags.ga4.triggers[1]"), ((0,), "[0]")],
)
def test_paths(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text
