"""The pages of the configuration as they are really rendered: light however long the files are, and inert whatever they hold."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.admin import rendering
from server.drafts.answers import Answer, nothing
from tests.server.drafts.conftest import Editor
from tests.server.inspection.conftest import FILE, HIT, Desk

HEAVIEST = 150_000
"""Bytes of a page."""
GREEN: rendering.How = {"colour": "green", "reasons": []}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def rendered(template: str, data: Any) -> str:
    return bytes(rendering.page("configuration", "Configuration", GREEN, data, template=template).body).decode()


def pages(desk: Desk) -> Iterator[str]:
    """The page, and everything that its folds fetch."""
    shown = desk.ask("configuration")
    yield rendered("configuration.html", {**shown, "refused": [], "open": {}})
    for section in shown["sections"]:
        part = desk.ask("section", section=section["name"])
        yield part_of(part, section["name"])
        for entry in part["entries"][:3]:
            yield part_of(desk.ask("section", section=section["name"], key=entry["key"]), section["name"], entry["key"])
    for file in shown["files"]:
        for first in range(1, file["lines"] + 1, 1000):
            data = {"kind": "lines", "file": file["name"], "first": first, "section": None, "key": None}
            yield rendered("configuration_part.html", {**data, "part": desk.ask("lines", file=file["name"], first=first)})


def part_of(part: Any, section: str, key: str | None = None) -> str:
    return rendered(
        "configuration_part.html",
        {"kind": "section", "part": part, "section": section, "key": key, "after": 0, "file": None, "first": None},
    )


def large(lines: int) -> str:
    """A configuration of so many lines, each of which says something, and some doubtful things."""
    names = range(lines // 10)
    parts = {
        "environment": [f"  NAME_{number}: value of {number}" for number in names],
        "variables": [f'  variable_{number}: "{{{{ event.parameter_{number} }}}}"' for number in names],
        "triggers": [f"  trigger_{number}: {{event: [event_{number}, other_{number}]}}" for number in names],
        "transformations": [f"  less_{number}: {{type: exclude, parameters: [parameter_{number}]}}" for number in names],
        "tags": [
            f"  tag_{number}:\n    type: log\n    triggers: [trigger_{number}]\n    note: number {number}" for number in names
        ],
    }
    text = "".join(f"{section}:\n" + "\n".join(entries) + "\n" for section, entries in parts.items())
    return f"clients: {{ga4: {{}}}}\n{text}" + "# a comment that says little\n" * (lines // 10)


def test_no_page_is_heavy_however_long_the_file_is(tmp_path: Path) -> None:
    heavy = {len(page.encode()): page[:400] for page in pages(Desk(tmp_path, large(1000))) if len(page.encode()) > HEAVIEST}
    assert heavy == {}


def test_whatever_a_file_holds_is_text(tmp_path: Path) -> None:
    name = HOSTILE.replace('"', '\\"')
    text = f"""clients: {{ga4: {{note: "{name}"}}}}
environment: {{HOSTILE: "{name}"}}
variables: {{hostile: "{name}"}}
triggers: {{hostile: {{event: "{name}", note: "{name}"}}}}
tags:
  hostile: {{type: log, note: "{name}", triggers: [hostile], parameters: {{set: {{"{name}": "{name}"}}}}}}
tests: [{{name: "{name}", event: {{event_name: "{name}"}}, sent: {{hostile: 1}}}}] # {HOSTILE}
"""
    for page in pages(Desk(tmp_path, text)):
        assert "<script>alert" not in page
        assert "<img" not in page


def test_what_is_found_of_a_draft_is_text(tmp_path: Path) -> None:
    editor = Editor(Desk(tmp_path))
    editor.desk.hit("purchase", "&ep.x=" + HOSTILE.replace("&", "%26"), ip="203.0.113.7")
    name = HOSTILE.replace('"', '\\"')
    drafts = [
        editor("check", f'"{name}": 1\ntags: {{"{name}": {{type: "{name}"}}}}\n'),
        editor(
            "test",
            f'{FILE}\ntests: [{{name: "{name}", event: {{event_name: a}}, sent: {{ga4: [{{query: {{en: "{name}!"}}}}]}}}}]',
        ),
        editor("diff", FILE.replace("{type: log,", f'{{type: log, parameters: {{set: {{"{name}": "{{{{ event.x }}}}"}}}},')),
    ]
    assert drafts[1]["tests"][0]["failures"]
    assert drafts[2]["differences"]
    for answer in drafts:
        text = draft_page(answer)
        assert "alert(1)" in text
        assert "<script>" not in text
        assert "<img" not in text


def draft_page(answer: Answer) -> str:
    return rendered("_draft.html", {"answer": answer})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({}, "Fine: nothing in it"),
        ({"contents": "1 client"}, "Fine: 1 client"),
        ({"error": "it took too long"}, "it took too long"),
        ({"superseded": True}, "try it again"),
        ({"secrets": ["NEW_KEY"]}, "<code>NEW_KEY</code>"),
        ({"notes": ["a note"]}, "1 note"),
        ({"untold": 7}, ""),
        ({"do": "test", "headline": "There are no tests yet.", "first": "tests:\n  - name: x"}, "- name: x"),
        ({"do": "diff", "headline": "1 of 2 requests are treated differently."}, "<h2>Differences</h2>"),
    ],
)
def test_every_answer_is_said_in_words(answer: dict[str, Any], words: str) -> None:
    whole: Any = {**nothing("check"), **answer}
    assert words in draft_page(whole)


def test_mistakes_and_warnings_are_counted_in_words(tmp_path: Path) -> None:
    editor = Editor(Desk(tmp_path))
    said = {
        "1 mistake": FILE.replace("measurement_id:", "measurment_id:", 1),
        "2 mistakes": FILE.replace("measurement_id:", "measurment_id:", 1) + "more: 1\n",
        "1 warning": FILE + "\nvariables: {unused: 1}\n",
    }
    for words, text in said.items():
        verdict = re.search(r'data-testid="verdict">([^<]*)<', draft_page(editor("check", text)))
        assert verdict
        assert words in verdict[1]


def test_a_place_is_something_that_leads_there(tmp_path: Path) -> None:
    editor = Editor(Desk(tmp_path))
    page = draft_page(editor("test", FILE.replace("archive:", "archive: {type: log}\n  archive:")))
    assert re.search(r'<button type="button" class="to-line" data-file="container.yaml" data-line="\d+" data-column="\d+"', page)


def test_a_failed_reload_and_what_waits_for_a_restart_are_on_the_page(desk: Desk) -> None:
    desk.inspector.reloads.accepted(0, ["server.listen", "outbox.url"])
    desk.inspector.reloads.refused(0, [f"container.yaml:{number}:1: wrong" for number in range(40)])
    page = next(pages(desk))
    assert "container.yaml:19:1: wrong" in page
    assert "container.yaml:20:1: wrong" not in page
    assert "and 20 more" in page
    assert "<code>server.listen</code>, <code>outbox.url</code>" in page


def test_a_secret_that_is_missing_is_told_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FILE.replace("${HOOK_KEY}", "${HOOK_MISSING:-x}"))
    page = next(pages(desk))
    assert "${HOOK_MISSING}" in page
    assert "is not in the environment" in page


def test_a_line_that_is_linked_is_in_the_part_that_the_link_leads_to(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f"{'# a line' + chr(10)}" * 1500 + FILE)
    page = part_of(desk.ask("section", section="tags"), "tags")
    link = re.search(r'href="/configuration/lines\?file=container\.yaml&amp;first=(\d+)#container\.yaml-(\d+)"', page)
    assert link
    first, line = int(link[1]), int(link[2])
    shown = desk.ask("lines", file="container.yaml", first=first)["lines"]
    assert (first, first <= line < first + 1000) == (1001, True)
    assert next(each["text"] for each in shown if each["number"] == line).strip().startswith("ga4:")


def test_what_a_visitor_sent_is_no_name_of_a_page(tmp_path: Path) -> None:
    editor = Editor(Desk(tmp_path))
    editor.desk.met(editor.desk.request(HIT.format(event="a"), id="x/../../<b>"))
    page = draft_page(editor("diff", FILE.replace("  archive:", "  other:")))
    assert 'href="/requests/0/x/../../%3Cb%3E"' in page


def editor_page(**changed: Any) -> str:
    data = {"path": "/etc/tagyard/container.yaml", "files": ["container.yaml"], "file": "container.yaml", "text": FILE}
    return rendered("editor.html", {**data, "masked": False, "answer": None, **changed})


def test_the_editor_works_as_a_form() -> None:
    page = editor_page()
    for do in ("check", "test", "diff"):
        assert f'<button class="button button-small" formaction="/configuration/edit?do={do}"' in page
    assert '<form class="editing" method="post" action="/configuration/edit?do=check"' in page
    assert '<input type="hidden" name="name" value="container.yaml">' in page
    assert "Nothing is saved on the server" in page
    assert "<select" not in page


@pytest.mark.parametrize(
    "text", ["\n\n# begins with nothing\n", FILE, "</textarea><script>alert(1)</script>", "caf\u00e9 \u202e \U0001f600"]
)
def test_a_text_is_in_the_editor_as_it_is_and_as_text(text: str) -> None:
    page = editor_page(text=text)
    inside = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert inside
    assert html.unescape(inside[1]) == text
    assert "<script>alert" not in page


def test_of_several_files_one_is_chosen() -> None:
    page = editor_page(files=["a.yaml", "b&c.yaml"], file="b&c.yaml")
    assert "<option>a.yaml</option><option selected>b&amp;c.yaml</option>" in page


@pytest.mark.parametrize("masked", [True, False])
def test_that_secrets_are_masked_is_said_where_it_is_so(masked: bool) -> None:
    assert ("are masked here" in editor_page(masked=masked)) is masked


def test_what_was_found_is_on_the_page_where_no_script_fetches_it() -> None:
    page = editor_page(answer={**nothing("test"), "headline": "1 test passed", "contents": "1 tag"})
    assert "1 test passed" in page
    assert "Fine: 1 tag" in page
    assert "Not checked yet" not in page


def test_the_editor_of_a_long_file_is_light() -> None:
    assert len(editor_page(text=large(2000)).encode()) < HEAVIEST
