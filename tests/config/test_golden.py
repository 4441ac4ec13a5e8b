"""What is said about whole files: every mistake at once, in the order of the file.

Each golden file holds the input, a rule, and the exact lines; behind the last arrow of a line stands what its carets are under.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Loaded, Problem

RULE = "----------\n"
FILES = sorted((Path(__file__).parent / "golden").glob("*.txt"))


def shown(problem: Problem) -> str:
    at = problem.column - 1
    return f"{problem.severity} {problem} <- {problem.excerpt[at : at + problem.length]}\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_said_about(file: Path, check: object) -> None:
    text, expected = file.read_text().split(RULE)
    assert callable(check)
    loaded: Loaded = check(text)
    assert "".join(map(shown, loaded.problems)) == expected
    assert (loaded.settings is None) == ("error" in {problem.severity for problem in loaded.problems})
