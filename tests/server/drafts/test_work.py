"""What is found of a draft: its mistakes at their places, what came of its tests, what it would send differently."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.drafts.answers import LONGEST, MOST
from tests.server.drafts.conftest import TEST, Editor, mistakes
from tests.server.inspection.conftest import FILE, HIT, Desk

WHOLE = FILE + TEST


def test_what_is_in_force_has_no_mistakes_as_a_draft(editor: Editor) -> None:
    answer = editor("check", WHOLE)
    assert mistakes(answer) == []
    assert answer["contents"] == "2 clients, 3 tags, 1 transformation, 1 trigger, 1 test"
    assert (answer["secrets"], answer["error"]) == ([], "")


def test_every_mistake_is_at_its_place(editor: Editor) -> None:
    answer = editor("check", WHOLE.replace("measurement_id:", "measurment_id:").replace("event.value > 100", "event.value >"))
    assert len(mistakes(answer)) == 2
    assert "container.yaml:11:9: tags.ga4.measurment_id: unknown key, did you mean measurement_id?" in mistakes(answer)
    assert answer["contents"] == ""


def test_a_draft_with_mistakes_is_neither_tested_nor_compared(editor: Editor) -> None:
    for answer in (editor("test", "tags: {"), editor("diff", "tags: {")):
        assert len(mistakes(answer)) == 1
        assert answer["headline"] == ""


def test_mistakes_without_end_are_counted(editor: Editor) -> None:
    answer = editor("check", WHOLE + "".join(f"key{number}: 1\n" for number in range(MOST + 50)))
    assert (len(answer["problems"]), answer["untold"]) == (MOST, 50)
    long = editor("check", f"{'k' * 5000}: 1\n")
    assert all(len(each["message"]) <= LONGEST + 1 and len(each["path"]) <= LONGEST + 1 for each in long["problems"])


def test_control_characters_are_written_out(editor: Editor) -> None:
    answer = editor("check", 'clients: {"a\\u202eb\\u001b": {}}\n')
    assert any("a\\u202eb\\x1b" in each["path"] for each in answer["problems"])


def test_the_tests_of_a_draft_are_run_and_tell_what_was_found_instead(editor: Editor) -> None:
    assert editor("test", WHOLE)["headline"] == "1 test passed"
    answer = editor("test", WHOLE.replace("{query: {en: page_view}}", "{query: {en: purchase}}"))
    assert answer["headline"] == "1 of 1 test failed"
    (failed,) = answer["tests"]
    (failure,) = failed["failures"]
    assert (failed["name"], failure["line"]) == ("a page view reaches GA4", 26)
    assert "purchase" in failure["message"]
    assert any("page_view" in line for line in [failure["message"], *failure["more"]])


def test_a_draft_without_tests_gets_a_first_one(editor: Editor) -> None:
    answer = editor("test", FILE)
    assert answer["tests"] == []
    assert editor("test", f"{FILE}\n{answer['first']}")["headline"] == "1 test passed"


def test_a_secret_that_the_loaded_file_does_not_name_is_told(editor: Editor) -> None:
    assert editor("check", WHOLE.replace("${HOOK_KEY}", "${NEW_KEY}"))["secrets"] == ["NEW_KEY"]


def test_what_a_changed_tag_sends_differently_is_told_for_the_requests_that_came(editor: Editor) -> None:
    editor.desk.hit()
    bought = editor.desk.hit("purchase", ip="203.0.113.5")
    assert editor("diff", WHOLE)["headline"] == "2 of 2 requests are treated alike."
    answer = editor("diff", WHOLE.replace("X-Hook:", "X-Shop:").replace("  archive:", "  archived:"))
    assert answer["headline"] == "2 of 2 requests are treated differently."
    told = {each["tag"]: [(row["how"], row["what"], row["count"]) for row in each["rows"]] for each in answer["differences"]}
    assert told["hook"] == [("-", "header x-hook", 1), ("+", "header x-shop", 1)]
    assert told["archived"] == [("+", "sent now, before: there is no such tag", 2)]
    (hook,) = [each["rows"] for each in answer["differences"] if each["tag"] == "hook"]
    assert (hook[0]["worker"], hook[0]["id"], hook[0]["before"], hook[1]["after"]) == (0, bought.request.id, "a ***", "a ***")


def test_a_request_that_showed_a_secret_gets_in_there_too(editor: Editor) -> None:
    editor.desk.measurement({"client_id": "1.2", "events": [{"name": "purchase", "params": {"value": 500}}]}, ip="203.0.113.5")
    answer = editor("diff", WHOLE.replace("event.value > 100", "event.value > 900"))
    told = {each["tag"]: [row["how"] for row in each["rows"]] for each in answer["differences"]}
    assert told == {"hook": ["-"]}


def test_where_nothing_is_remembered_there_is_nothing_to_compare(editor: Editor) -> None:
    assert editor("diff", WHOLE)["headline"].startswith("No request is remembered yet")


def test_tables_beside_the_configuration_are_read_and_no_other_file(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "margins.csv").write_text("id,margin\na,0.5\n")
    (tmp_path / "away.csv").write_text("id,margin\na,canary-away\n")
    (folder / "key.json").write_text('{"private_key": "canary-key"}')
    (folder / "link.csv").symlink_to(tmp_path / "away.csv")
    editor = Editor(Desk(folder))

    def found(file: str, key: str = "id", value: str = "margin") -> list[str]:
        variable = f"{{file: '{file}', key: {key}, value: {value}}}"
        return mistakes(editor("check", f"{FILE}\nvariables: {{x: {variable}}}\n"))

    assert found("margins.csv") == []
    for file in ("../away.csv", str(tmp_path / "away.csv"), "link.csv", "/proc/self/environ.csv"):
        assert "cannot be read: here only" in found(file)[0]
    assert "must be a list of objects" in found("key.json")[0]
    assert "canary" not in "".join(found("key.json", "private_key", "private_key"))
    assert "No such file" in found("missing.csv")[0]


def test_a_table_that_the_loaded_file_names_is_read_wherever_it_is(tmp_path: Path) -> None:
    away = tmp_path / "away.csv"
    away.write_text("id,margin\na,0.5\n")
    folder = tmp_path / "here"
    folder.mkdir()
    text = f"{FILE}\nvariables: {{x: {{file: {away}, key: id, value: margin}}}}\n"
    assert mistakes(Editor(Desk(folder, text))("check", text)) == []


def test_requests_of_visitors_from_nowhere_and_of_odd_bodies_are_compared_too(editor: Editor) -> None:
    editor.desk.met(editor.desk.request("v=2", b"\xff\xfe", method="POST", path="/g/collect"))
    editor.desk.met(editor.desk.request(HIT.format(event="a"), ip="2001:db8::1", headers=(("user-agent", "x\u00ff"),)))
    assert editor("diff", WHOLE)["headline"] == "1 of 1 requests are treated alike."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [x]\nb: [*a, *a]\n", "anchors"),
        ("[" * 500_000, "nested more than"),
        ("a: [" + "1, " * 100_000 + "]", "more than 50000 values"),
        ("x" * ((1 << 20) + 1), "is larger than 1 MiB"),
        ("é: \U0001f600\nk: \x00", "control character U+0000"),
        ("a: !!python/object:os.system x", "tags (!) are not allowed"),
        ("k: 1\n" * 10_000, "unknown key"),
    ],
)
def test_whatever_is_written_is_told_in_words(editor: Editor, text: str, words: str) -> None:
    assert words in editor("check", text)["problems"][0]["message"]
