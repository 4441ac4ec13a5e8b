"""``tagyard outbox``: asks whoever runs, or opens the files, and tells what is there as a table or as JSON."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.types import Payload
from server.cli.operator import merged
from server.cli.progress import Progress
from server.control import sockets
from server.control.following import Answer
from server.control.sockets import Command, NoAnswer, NobodyThere, socket_path
from server.control.workers import listen
from server.outbox import OutboxError, claim_folder
from server.outbox.files import database
from server.outbox.row import State, record
from server.outbox.schema import connect
from server.outbox.sqlite import OutboxFile
from server.outbox.statements import insert
from server.system import terminal

CONFIG = "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\noutbox: {url: 'sqlite:kept'}\n"
NOTHING = (
    "Error: kept: there is no outbox here; `tagyard serve` makes it, --data names another folder, and CONFIG the file "
    "whose `outbox.url` says where it is\n"
)
AT = 1_700_000_000_000_000
"""2023-11-14 22:13:20 UTC."""


def payload(client_id: str, event: str, at: int = AT) -> Payload:
    return Payload({"q": event}, "https://www.google-analytics.com", received_at=at, client_id=client_id, event_name=event)


def fill(folder: Path, number: int, *rows: tuple[str, Payload, State]) -> None:
    connection = connect(database(folder, number))
    with connection:
        for id, (tag, content, state) in enumerate(rows, 1):
            insert(connection, record(id, tag, content, state, content.received_at))
    connection.close()


@pytest.fixture
def kept(folder: Path) -> Path:
    """A configuration beside the outbox that an unfinished run left: two files, four rows of two tags."""
    (folder / "container.yaml").write_text(CONFIG)
    kept = folder / "kept"
    kept.mkdir(mode=0o700)
    fill(
        kept,
        0,
        ("ga4", payload("1.1", "page_view", AT + 2), State.QUEUED),
        ("ga4", payload("1.2", "purchase", AT + 1), State.DEAD),
        ("hook", payload("1.1", "purchase", AT + 3), State.DEAD),
    )
    fill(kept, 3, ("ga4", payload("1.3", "\x1b[31m"), State.QUEUED))
    return kept


@pytest.fixture
def serving() -> Iterator[Callable[..., list[Command]]]:
    """Starts workers that answer every command the same; gives the list of what they were asked."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    servers: list[asyncio.Server] = []

    def serve(folder: Path, worker: int, *answers: Answer) -> list[Command]:
        """The last answer is given for good."""
        asked: list[Command] = []
        left = list(answers)

        async def handler(command: Command) -> Answer:
            asked.append(command)
            return left.pop(0) if len(left) > 1 else left[0]

        servers.append(asyncio.run_coroutine_threadsafe(listen(socket_path(folder, worker), handler), loop).result(5))
        return asked

    async def close() -> None:
        for server in servers:
            server.close()
        await asyncio.sleep(0)

    yield serve
    asyncio.run_coroutine_threadsafe(close(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def row(id: str, at: int) -> dict[str, Any]:
    known = {"tag": "ga4", "destination": "d", "state": "dead", "attempts": 3, "client_id": "1.2", "event_name": "e"}
    return {"id": id, "received_at": at, "due_at": at, "crashes": 0, "why": "HTTP 400", **known}


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


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is a terminal at which somebody sits."""
    monkeypatch.setattr(terminal, "somebody_there", lambda: True)


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


def test_files_that_a_silent_process_holds_are_left_alone(run: Any, kept: Path) -> None:
    release = claim_folder(kept)
    result = run("outbox", "status")
    release()
    assert result.exit_code == 1
    assert "another Tagyard is using this data folder" in result.stderr


def test_every_running_worker_is_asked(run: Any, kept: Path, serving: Any) -> None:
    first = serving(kept, 0, {"rows": [row("0-1", 5), row("0-2", 7)]})
    second = serving(kept, 1, {"rows": [row("1-1", 6)]})
    assert [each["id"] for each in json.loads(run("outbox", "list", "--dead", "--json").stdout)] == ["0-1", "1-1", "0-2"]
    assert first == second
    assert (first[0]["do"], first[0]["state"], first[0]["limit"]) == ("list", "dead", 50)


def test_what_workers_changed_is_added_up(run: Any, kept: Path, serving: Any) -> None:
    for worker in range(2):
        serving(kept, worker, {"rows": 2})
    (kept / "outbox-2.sock").touch()
    assert run("outbox", "retry", "--dead").stdout == "4 rows due now.\n"


def test_a_refusal_of_the_running_process_is_one_clear_line(run: Any, kept: Path, serving: Any) -> None:
    serving(kept, 0, {"error": "this is a dry run: there is no outbox"})
    result = run("outbox", "status")
    assert (result.exit_code, result.output) == (1, "Error: this is a dry run: there is no outbox\n")


def test_what_comes_in_parts_is_one_answer_and_a_terminal_sees_it_grow(
    run: Any, kept: Path, serving: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ({"rows": 2_500, "next": {"a": 1}}, {"rows": 2_500, "next": {"a": 2}}, {"rows": 7})
    asked = serving(kept, 0, *parts)
    result = run("outbox", "retry", "--all")
    assert (result.stdout, result.stderr) == ("5007 rows due now.\n", "")
    assert [each.get("from") for each in asked] == [None, {"a": 1}, {"a": 2}]
    monkeypatch.setattr(Progress, "seen", property(lambda _: True))
    serving(kept, 1, *parts)
    assert "\r5,007 rows made due so far\r" in run("outbox", "retry", "--all").stderr


def test_a_process_that_ends_in_the_middle_is_said(run: Any, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket_path(kept, 0).touch()
    answers: list[Answer] = [{"rows": 5, "next": 1}]

    def ask_now(_: Path, __: Command) -> Answer:
        if answers:
            return answers.pop(0)
        raise NobodyThere("it is gone")

    monkeypatch.setattr(sockets, "ask_now", ask_now)
    result = run("outbox", "retry", "--all")
    assert result.exit_code == 1
    assert "Tagyard stopped meanwhile; a part of it is done, and the same command does the rest" in result.stderr


def test_a_process_that_does_not_answer_is_said(run: Any, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket_path(kept, 0).touch()

    def ask_now(*_: Any) -> Answer:
        raise NoAnswer("Tagyard runs, and has not answered within 10 s")

    monkeypatch.setattr(sockets, "ask_now", ask_now)
    assert "Error: Tagyard runs, and has not answered within 10 s\n" in run("outbox", "status").stderr


def test_answers_are_put_together() -> None:
    assert merged([{"files": [1]}, {"files": [2]}]) == {"files": [1, 2]}
    assert merged([{"rows": 1}]) == {"rows": 1}
    assert merged([{"counted": [1]}, {"counted": []}]) == {"counted": [1]}
    with pytest.raises(OutboxError, match="no"):
        merged([{"rows": 1}, {"error": "no"}])
