"""What is said about whole files: every mistake at once, in the order of the file. Input, a rule, the exact lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Loaded

RULE = "----------\n"
FILES = sorted((Path(__file__).parent / "golden").glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_said_about(file: Path, check: object) -> None:
    text, expected = file.read_text().split(RULE)
    assert callable(check)
    loaded: Loaded = check(text)
    said = "".join(f"{problem.severity} {problem}\n" for problem in loaded.problems)
    assert said == expected
    assert (loaded.settings is None) == ("error" in {problem.severity for problem in loaded.problems})
