"""``tagyard outbox``: asks whoever runs, or opens the files, and tells what is there as a table or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.outbox.sqlite import OutboxFile
from tests.server.cli.conftest import AT, CONFIG

NOTHING = (
    "Error: kept: there is no outbox here; `tagyard serve` makes it, --data names another folder, and CONFIG the file "
    "whose `outbox.url` says where it is\n"
)


@pytest.mark.usefixtures("kept")
def test_status_counts_by_tag_and_state_over_all_files(run: Any) -> None:
    assert run("outbox", "status").stdout.splitlines() == [
        "tag   pending  being sent  dead  held  oldest",
        "ga4         2           0     1     0  2023-11-14 22:13:20",
        "hook        0           0     1     0  2023-11-14 22:13:20",
    ]
    told = json.loads(run("outbox", "status", "--json").stdout)
    assert told[0] == {"tag": "ga4", "queued": 2, "leased": 0, "dead": 1, "held": 0, "oldest": AT}


def test_status_tells_of_damaged_files_and_salvage_of_what_came_back(run: Any, kept: Path) -> None:
    (kept / "outbox-0.db").rename(kept / "outbox-0.db.damaged-1")
    aside = kept / "outbox-0.db.damaged-1"
    assert "A damaged file waits: `tagyard outbox salvage kept/outbox-0.db.damaged-1`" in run("outbox", "status").stdout
    told = run("outbox", "salvage", str(aside)).stdout.splitlines()
    assert told == [
        "3 rows came back, into outbox-4.db.",
        "A running Tagyard takes them up within half a minute, otherwise the next start does.",
        "What was on its way, or had just been delivered, may be delivered a second time.",
        "The damaged file is kept as outbox-0.db.damaged-1.salvaged; remove it when nobody needs it any more.",
    ]
    assert "damaged" not in run("outbox", "status").stdout
    again = run("outbox", "salvage", str(aside))
    assert (again.exit_code, "was salvaged before; nothing is left to do" in again.stderr) == (1, True)


def test_salvage_answers_in_json_too(run: Any, kept: Path) -> None:
    aside = kept / "outbox-3.db.damaged-1"
    (kept / "outbox-3.db").rename(aside)
    told = json.loads(run("outbox", "salvage", "--json", str(aside)).stdout)
    assert (told["file"], told["rows"], told["kept_as"]) == ("outbox-4.db", 1, "outbox-3.db.damaged-1.salvaged")


@pytest.mark.usefixtures("kept")
def test_list_is_oldest_first_and_filtered(run: Any) -> None:
    shown = run("outbox", "list").stdout.splitlines()
    assert shown[0].split() == ["id", "tag", "event", "state", "received", "tries", "why"]
    assert [line.split()[0] for line in shown[1:]] == ["3-1", "0-2", "0-1", "0-3"]
    assert "\\x1b[31m" in shown[1]

    def ids(*options: str) -> list[str]:
        return [row["id"] for row in json.loads(run("outbox", "list", "--json", *options).stdout)]

    assert ids("--dead") == ["0-2", "0-3"]
    assert ids("--pending") == ["3-1", "0-1"]
    assert ids("--tag", "hook") == ["0-3"]
    assert ids("--client-id", "1.1") == ["0-1", "0-3"]
    assert ids("--event", "page_view") == ["0-1"]
    assert ids("--limit", "1") == ["3-1"]
    assert "The first 1; there may be more" in run("outbox", "list", "--limit", "1").stdout
    assert run("outbox", "list", "--tag", "nope").stdout == "No such row.\n"


def test_older_than_is_an_age(run: Any, kept: Path, serving: Any) -> None:
    asked = serving(kept, 0, {"rows": []})
    run("outbox", "list", "--older-than", "2h")
    assert asked[0]["older_than"] == 7200.0
    result = run("outbox", "list", "--older-than", "soon")
    assert result.exit_code == 2
    assert "must be a number with a unit" in result.output


@pytest.mark.usefixtures("kept")
def test_show_tells_what_is_stored(run: Any) -> None:
    shown = run("outbox", "show", "0-2").stdout.splitlines()
    assert shown[0] == "0-2"
    assert "  state         dead" in shown
    assert "  received_at   2023-11-14 22:13:20" in shown
    assert '    "q": "purchase"' in shown
    (told,) = json.loads(run("outbox", "show", "container.yaml", "0-2", "--json").stdout)
    assert told["body"] == {"q": "purchase"}


@pytest.mark.usefixtures("kept")
def test_a_row_that_is_not_there_is_said(run: Any) -> None:
    result = run("outbox", "show", "0-2", "0-99", "--json")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)) == 1
    assert result.stderr == "Error: there is no row 0-99; it may have been delivered\n"


@pytest.mark.usefixtures("kept")
def test_retry_makes_dead_letters_due(run: Any) -> None:
    assert run("outbox", "retry", "0-2").stdout == "1 row due now.\n"
    assert [each["id"] for each in json.loads(run("outbox", "list", "--dead", "--json").stdout)] == ["0-3"]
    assert json.loads(run("outbox", "retry", "--tag", "hook", "--json").stdout) == {"rows": 1}
    assert run("outbox", "retry", "--all").stdout == "4 rows due now.\n"
    assert run("outbox", "retry", "0-99").stdout == "No such row, or it is on the wire right now.\n"


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("option", ["--tag", "--client-id", "--event"])
@pytest.mark.parametrize("command", [["drop", "--yes", "--dead"], ["retry", "--dead"], ["list"]])
def test_an_empty_name_does_not_select_everything(run: Any, command: list[str], option: str) -> None:
    result = run("outbox", *command, option, "")
    assert result.exit_code == 2
    assert "is empty; leave the option out to select all" in result.stderr
    assert len(json.loads(run("outbox", "list", "--dead", "--json").stdout)) == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["drop", "--yes"], "which rows? Give ids or filters\n"),
        (["retry"], "which rows? Give ids or filters, or --all"),
        (["show"], "which row? `tagyard outbox list` shows their ids"),
        (["show", "container.yaml", "4711"], "'4711' is not the id of a row, such as 0-4711"),
    ],
)
@pytest.mark.usefixtures("kept")
def test_a_command_without_an_aim_is_refused(run: Any, arguments: list[str], why: str) -> None:
    result = run("outbox", *arguments)
    assert result.exit_code == 2
    assert why in result.stderr


@pytest.mark.usefixtures("kept")
def test_data_names_the_folder_and_no_configuration_is_needed(run: Any, folder: Path) -> None:
    (folder / "container.yaml").unlink()
    assert "hook" in run("outbox", "status", "--data", "kept").stdout
    assert "purchase" in run("outbox", "show", "0-2", "--data", "kept").stdout


@pytest.mark.usefixtures("kept")
def test_the_configuration_may_come_from_the_environment(run: Any, folder: Path) -> None:
    (folder / "container.yaml").rename(folder / "other.yaml")
    assert "hook" in run("outbox", "status", TAGYARD_CONFIG="other.yaml").stdout
    assert "purchase" in run("outbox", "show", "0-2", TAGYARD_CONFIG="other.yaml").stdout


def test_an_outbox_that_was_never_made_is_one_clear_line(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text(CONFIG)
    result = run("outbox", "status")
    assert result.exit_code == 1
    assert result.output == NOTHING


@pytest.mark.parametrize("with_file", [True, False])
def test_a_folder_without_an_outbox_is_not_taken_for_an_empty_one(run: Any, folder: Path, with_file: bool) -> None:
    (folder / "kept").mkdir()
    if with_file:
        (folder / "container.yaml").write_text(CONFIG)
    result = run("outbox", "list", "--data", "kept")
    assert (result.exit_code, result.output) == (1, NOTHING)


def test_an_empty_outbox_is_said_to_be_empty(run: Any, folder: Path) -> None:
    (folder / "data").mkdir()
    OutboxFile.open(folder / "data", 0).shut()
    assert run("outbox", "status", "--data", "data").stdout == "The outbox is empty.\n"
    assert json.loads(run("outbox", "status", "--data", "data", "--json").stdout) == []
