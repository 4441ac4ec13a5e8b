"""``tagyard outbox drop``: it says how many rows and whose, asks, and drops no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.usefixtures("kept", "somebody")
def test_drop_asks_first_and_says_how_many_and_whose(run: Any) -> None:
    result = run("outbox", "drop", "--dead", "--tag", "ga4", input="n\n")
    assert result.exit_code == 1
    assert "Remove 1 row for good, undelivered (1 of ga4)?" in result.stderr
    assert "Remove 4 rows for good, undelivered (3 of ga4, 1 of hook)?" in run("outbox", "drop", "--older-than", "0.1s").stderr
    assert run("outbox", "drop", "--dead", "--tag", "ga4", input="y\n").stdout == "1 row dropped.\n"
    assert run("outbox", "drop", "--yes", "3-1", "0-1").stdout == "2 rows dropped.\n"
    assert run("outbox", "status").stdout.splitlines()[1:] == ["hook        0           0     1     0  2023-11-14 22:13:20"]
    assert run("outbox", "drop", "-y", "--older-than", "1d", "--client-id", "1.1").stdout == "1 row dropped.\n"


@pytest.mark.usefixtures("kept", "somebody")
@pytest.mark.parametrize(
    ("selection", "about"),
    [
        (["0-1", "0-3"], "2 rows for good, undelivered (1 of ga4, 1 of hook)"),
        (["0-2", "0-2", "0-99"], "1 row for good, undelivered (1 of ga4)"),
        (["--client-id", "1.1"], "2 rows for good, undelivered (1 of ga4, 1 of hook)"),
        (["--event", "purchase"], "2 rows for good, undelivered (1 of ga4, 1 of hook)"),
        (["--event", "purchase", "--tag", "hook"], "1 row for good, undelivered (1 of hook)"),
        (["--pending"], "2 rows for good, undelivered (2 of ga4)"),
    ],
)
def test_every_selection_is_counted_before_it_is_dropped(run: Any, selection: list[str], about: str) -> None:
    assert f"Remove {about}?" in run("outbox", "drop", *selection, input="n\n").stderr
    assert len(json.loads(run("outbox", "list", "--json").stdout)) == 4
    assert run("outbox", "drop", *selection, input="y\n").stdout == f"{about.split(' for ')[0]} dropped.\n"


@pytest.mark.usefixtures("kept")
def test_where_nobody_can_be_asked_nothing_is_dropped(run: Any) -> None:
    result = run("outbox", "drop", "--dead", input="y\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "this would remove 2 rows for good, undelivered (1 of ga4, 1 of hook), and there is no terminal" in result.stderr
    assert "--yes does it without a question" in result.stderr
    assert len(json.loads(run("outbox", "list", "--json").stdout)) == 4
    assert json.loads(run("outbox", "drop", "--dead", "--yes", "--json").stdout) == {"rows": 2}


@pytest.mark.usefixtures("kept", "somebody")
def test_nothing_to_drop_is_no_question(run: Any) -> None:
    result = run("outbox", "drop", "--tag", "nope")
    assert (result.exit_code, result.output) == (0, "No such row, or it is on the wire right now.\n")


@pytest.mark.usefixtures("somebody")
def test_rows_that_came_or_went_meanwhile_are_told(run: Any, kept: Path, serving: Any) -> None:
    asked = serving(kept, 0, {"counted": [{"tag": "ga4", "state": "dead", "rows": 3}], "rows": 2})
    told = run("outbox", "drop", "--dead", input="y\n").stdout
    assert told == "2 rows dropped. You were asked about 3: rows come, and are delivered, meanwhile.\n"
    assert asked == [{"do": "count", "of": "drop", "state": "dead"}, {"do": "drop", "state": "dead"}]
