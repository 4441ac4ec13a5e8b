"""The editor's page: what it shows of a draft, with and without scripts, and whom it refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from server.admin import app
from server.admin.forms import LARGEST
from server.drafts.answers import Answer, Asked, nothing
from server.drafts.stream import MOST_FILES, texts_of
from server.inspection.recorded import Recorded
from tests.server.admin.conftest import Port, Worker
from tests.server.inspection.conftest import FILE, Desk


class Drafts:
    """Remembers what it was asked, and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[Asked, bytes, Sequence[Recorded]]] = []

    async def prepare(self) -> None:
        """Nothing is started."""

    async def answer(self, asked: Asked, form: bytes, recorded: Sequence[Recorded] = ()) -> Answer:
        self.asked.append((asked, form, recorded))
        return nothing(asked["do"])


@pytest.fixture
def drafts(monkeypatch: pytest.MonkeyPatch) -> Drafts:
    played = Drafts()
    monkeypatch.setattr(app, "Drafts", lambda: played)
    return played


@pytest.fixture
def editing(port: Port, desk: Desk, drafts: Drafts) -> Port:
    assert drafts.asked == []
    answer = desk.inspector.answer
    port.workers = [Worker(base=answer, recorded=answer, section=answer, lines=answer, configuration=answer)]
    return port


def shown(reply: tuple[int, dict[str, str], bytes]) -> Any:

    status, _, body = reply
    return {"status": status, **json.loads(body)}


def test_a_copy_of_what_is_in_force_is_there_to_be_written_in(editing: Port) -> None:
    page = editing.page("/configuration/edit")
    assert (page["template"], page["data"]["file"], page["data"]["text"]) == ("editor.html", "container.yaml", FILE)
    assert (page["data"]["masked"], page["data"]["answer"]) == (False, None)
    assert editing.get("/configuration/text?file=container.yaml")[2].decode() == FILE
    assert editing.get("/configuration/text?file=../secrets.env")[0] == 404


@pytest.mark.parametrize(("query", "do"), [("?do=test", "test"), ("", "check"), ("?do=rm", "check"), ("?do=diff", "diff")])
def test_a_draft_is_looked_at_as_asked(editing: Port, drafts: Drafts, query: str, do: str) -> None:
    page = shown(editing.post(f"/configuration/edit{query}", {"name": "container.yaml", "text": "tags: {}\r\n"}))
    ((asked, form, _),) = drafts.asked
    assert (asked["do"], texts_of(form, asked)) == (do, {"container.yaml": "tags: {}\n"})
    assert (page["template"], page["data"]["text"], page["data"]["answer"]["do"]) == ("editor.html", "tags: {}\n", do)


def test_a_script_gets_what_was_found_alone(editing: Port) -> None:
    page = shown(editing.post("/configuration/edit?do=check&bare=1", {"name": "container.yaml", "text": ""}))
    assert page["template"] == "_draft.html"


def test_only_a_comparison_takes_the_requests_that_are_remembered(editing: Port, desk: Desk, drafts: Drafts) -> None:
    desk.hit()
    for do in ("check", "test", "diff"):
        editing.post(f"/configuration/edit?do={do}&bare=1")
    assert [len(recorded) for _, _, recorded in drafts.asked] == [0, 0, 1]


def test_a_file_that_is_none_of_the_configuration_is_no_draft(drafts: Drafts, editing: Port) -> None:
    editing.post("/configuration/edit", {"name": "/etc/passwd", "text": "x"})
    ((asked, form, _),) = drafts.asked
    assert texts_of(form, asked) == {}


def test_a_draft_of_another_site_or_of_nobody_is_refused(editing: Port, drafts: Drafts) -> None:
    assert editing.post("/configuration/edit", origin="https://evil.example")[0] == 403
    editing.access = Port.LOCKED
    editing.restart()
    assert editing.post("/configuration/edit")[0] == 401
    assert editing.get("/configuration/edit")[0] == 303
    assert drafts.asked == []


def test_a_draft_that_is_too_large_is_refused(editing: Port, drafts: Drafts) -> None:
    assert editing.post("/configuration/edit", {"text": "x" * LARGEST})[0] == 413
    assert drafts.asked == []
    assert editing.post("/configuration/edit", {f"name{number}": "" for number in range(2 * MOST_FILES + 1)})[0] == 413


def test_without_a_worker_there_is_nothing_to_start_from(port: Port, drafts: Drafts) -> None:
    port.workers = [None]
    assert port.page("/configuration/edit")["status"] == 503
    assert port.post("/configuration/edit")[0] == 503
    assert port.get("/configuration/text?file=container.yaml")[0] == 404
    assert drafts.asked == []


def test_a_fold_fetches_what_is_in_it_and_a_link_shows_the_same_on_a_page(editing: Port) -> None:
    for path, kind in (
        ("part?section=tags", "section"),
        ("part?section=tags&key=ga4", "section"),
        ("lines?file=container.yaml", "lines"),
    ):
        page, bare = editing.page(f"/configuration/{path}"), editing.page(f"/configuration/{path}&bare=1")
        assert (page["template"], bare["template"]) == ("configuration_part.html", "_configuration_part.html")
        assert page["data"]["kind"] == kind
        assert page["data"] == bare["data"]
    for path in ("part", "part?section=nothing", "lines?file=no"):
        assert editing.page(f"/configuration/{path}")["status"] == 404


def test_the_tags_are_open_from_the_beginning_while_they_are_few(editing: Port, desk: Desk) -> None:
    assert list(editing.page("/configuration")["data"]["open"]) == ["tags"]
    many = "".join(f"  t{number}: {{type: log}}\n" for number in range(20))
    desk.serving = Desk(desk.path.parent, FILE + many).serving
    assert editing.page("/configuration")["data"]["open"] == {}
