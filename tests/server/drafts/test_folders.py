"""Drafts of a configuration that is a folder of files, and of what else a file may name."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from server.drafts import work
from server.drafts.answers import Answer, Asked, Doing
from server.drafts.stream import read, written
from tests.server.drafts.conftest import mistakes, problems

FILES: Mapping[str, str] = {
    "clients.yaml": "clients: {ga4: {}}\n",
    "tags.yaml": "tags:\n  out: {type: log}\n  hook: {type: http_request, url: 'https://hook.example/'}\n",
    "tests.yaml": "tests:\n- {name: seen, event: {event_name: a}, sent: {out: 1, hook: 1}}\n",
}


def asked(folder: Path, do: Doing, files: Mapping[str, str] = FILES) -> Asked:
    texts = dict(files)
    return {"do": do, "base": {"path": str(folder), "texts": texts, "plain": {}, "secrets": [], "tables": [], "geo": None}}


def answer(folder: Path, do: Doing, *changed: tuple[str, str], recorded: Any = ()) -> Answer:
    pairs = [pair for name, text in changed for pair in (("name", name), ("text", text))]
    job = read(io.BytesIO(written(asked(folder, do), urlencode(pairs).encode(), recorded)))
    found: Answer = json.loads(json.dumps(work.answered(job)))
    return found


def test_files_are_united_and_each_mistake_is_in_its_own(tmp_path: Path) -> None:
    assert mistakes(answer(tmp_path, "check")) == []
    found = answer(tmp_path, "check", ("tags.yaml", "tags: {out: {type: log, typo: 1}}\n"))
    assert any(line.startswith("tags.yaml:1:25: tags.out.typo: unknown key") for line in mistakes(found))
    assert any(line.startswith("tests.yaml:2:") for line in mistakes(found))


def test_a_name_that_stands_in_two_files_is_a_mistake_at_both(tmp_path: Path) -> None:
    (found,) = mistakes(answer(tmp_path, "check", ("clients.yaml", "clients: {ga4: {}}\ntags: {out: {type: log}}\n")))
    assert found.startswith("tags.yaml:2:3:")
    assert "clients.yaml:2:8" in found


def test_the_tests_of_one_file_are_run_on_the_draft_of_another(tmp_path: Path) -> None:
    assert answer(tmp_path, "test")["headline"] == "1 test passed"
    found = answer(tmp_path, "test", ("tags.yaml", FILES["tags.yaml"].replace("url:", "paused: true, url:")))
    assert (found["headline"], found["tests"][0]["file"]) == ("1 of 1 test failed", "tests.yaml")


def test_both_of_two_changed_files_count(tmp_path: Path) -> None:
    changed = (
        ("tags.yaml", "tags: {out: {type: log}}\n"),
        ("tests.yaml", "tests:\n- {name: seen, event: {event_name: a}, sent: {out: 1}}\n"),
    )
    assert answer(tmp_path, "test", *changed)["headline"] == "1 test passed"


def test_a_base_that_is_broken_cannot_be_compared_with(tmp_path: Path) -> None:
    broken = {**FILES, "tags.yaml": "tags: {"}
    form = urlencode([("name", "tags.yaml"), ("text", FILES["tags.yaml"])]).encode()
    found = work.answered(read(io.BytesIO(written(asked(tmp_path, "diff", broken), form))))
    assert "the configuration in force cannot be compared with: tags.yaml:1:7: not valid YAML" in found["error"]
    assert found["differences"] == []


def test_a_request_that_a_plugin_fails_on_is_counted_and_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("canary of a visitor")

    monkeypatch.setattr("server.drafts.compared.compare", fails)
    request = {"worker": 0, "id": "1", "at": 0, "method": "GET", "path": "/", "query": "", "headers": [], "body": "", "ip": None}
    found = answer(tmp_path, "diff", recorded=[{**request, "geo": [None, None, None]}])
    assert found["headline"] == "1 of 1 requests are treated alike. 1 could not be run."
    assert "canary" not in json.dumps(found)


def test_a_folder_that_nobody_may_write_into_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    tags = FILES["tags.yaml"] + "  files: {type: file, folder: taken}\n"
    found = answer(tmp_path, "check", ("tags.yaml", tags))
    assert [line for line in problems(found) if "error" in line] == []
    assert any("tags.files" in note for note in found["notes"]) or mistakes(found)


def test_what_is_sent_by_something_that_is_not_installed_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.loading.extras.find_spec", lambda _: None)
    tags = FILES["tags.yaml"] + "  stream: {type: kafka, bootstrap_servers: 'k.example:9092', topic: t}\n"
    found = answer(tmp_path, "test", ("tags.yaml", tags))
    assert any("tagyard[kafka]" in line for line in mistakes(found)), problems(found)
    assert found["headline"] == ""
