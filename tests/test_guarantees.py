"""docs/guarantees.md: each promise names a test that there is, and its numbers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.component import judge_by_status
from core.types import Delivered, Outcome, Rejected, Response, Retry
from server.delivery import backoff, breaker
from server.outbox.failpoints import NAMES
from server.outbox.limits import LONE_FROM, POISON_FROM

PAGE = Path("docs/guarantees.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_that_is_named_is_there(file: str, test: str) -> None:
    assert re.search(rf"^(?:async )?def {test}\(", Path(file).read_text(encoding="utf-8"), re.MULTILINE)


def test_each_row_of_what_happens_names_its_test() -> None:
    rows = re.findall(r"^\| .+ \|$", PAGE.partition("## What happens when")[2].partition("\n### ")[0], re.MULTILINE)[1:]
    assert len(rows) == len(NAMED)


def outcome(status: int) -> Outcome:
    return judge_by_status(Response(status, (), b""))


def test_it_says_what_an_answer_leads_to() -> None:
    again, credential = re.findall(r"^\| (4[\d, ]+\d)(?:, 5xx[^|]*)? \| tried again", PAGE, re.MULTILINE)
    assert all(isinstance(outcome(int(status)), Retry) for status in (*again.split(", "), *credential.split(", "), 500, 503))
    assert isinstance(outcome(204), Delivered)
    assert isinstance(outcome(400), Rejected)
    assert isinstance(outcome(302), Rejected)


def test_its_delays_are_those_of_the_code() -> None:
    assert [backoff.delay(attempts, 1.0) for attempts in (1, 2, 3, 40)] == [2, 4, 8, 15 * 60]
    assert backoff.LONGEST_ASKED == 6 * 3600
    assert (breaker.FAILURES, breaker.COOLDOWN, breaker.LONGEST_COOLDOWN) == (5, 30, 300)
    assert (LONE_FROM, POISON_FROM) == (2, 7)
    assert len(NAMES) == 12
