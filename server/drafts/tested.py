"""The tests of a draft."""

from __future__ import annotations

from config import Loaded, Settings
from server.cases import Failure, Result, Suite
from server.cases.first import first_test
from server.drafts.answers import MOST, MOST_LINES, Answer, Tried, Unheld, counted, found, short
from server.drafts.draft import Draft


def tested(answer: Answer, draft: Draft, loaded: Loaded, settings: Settings) -> None:
    """Adds what came of them, those that failed first. Raises FileError."""
    results = [_tried(each) for each in Suite(draft, loaded, settings, lambda: 0.0).run()]
    answer["tests"] = sorted(results, key=lambda each: not each["failures"])[:MOST]
    wrong, every = sum(bool(each["failures"]) for each in results), counted(len(results), "tests")
    answer["headline"] = f"{wrong} of {every} failed" if wrong else f"{every} passed"
    if not results:
        answer["headline"], answer["first"] = "There are no tests yet. The first could be:", first_test(settings)


def _tried(result: Result) -> Tried:
    failures = [_unheld(each) for each in result.failures[:MOST]]
    return {"name": short(result.name), "file": result.place.file, "line": result.place.line, "failures": failures}


def _unheld(failure: Failure) -> Unheld:
    return {**found(failure.problem), "more": [short(line) for line in failure.more[:MOST_LINES]]}
