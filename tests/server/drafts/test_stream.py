"""A job on its way between processes."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

import pytest

from server.drafts.answers import Asked
from server.drafts.stream import read, texts_of, written
from tests.server.drafts.conftest import Editor

TEXTS = {"a.yaml": "clients: {}\n", "b.yaml": "tags: {}\n"}
ASKED: Asked = {
    "do": "diff",
    "base": {"path": "/etc/tagyard", "texts": TEXTS, "plain": {"STAGE": "live"}, "secrets": ["TOKEN"], "tables": [], "geo": None},
}


def came(form: bytes, recorded: list[Any]) -> Any:
    return read(io.BytesIO(written(ASKED, form, recorded)))


def test_a_job_comes_as_it_was_sent(editor: Editor) -> None:
    editor.desk.hit()
    editor.desk.hit("purchase", body=b"{\n\n}")
    recorded = editor.recorded()
    job = came(urlencode({"name": "a.yaml", "text": "clients: {ga4: {}}"}).encode(), recorded)
    assert (job["do"], job["base"], len(job["recorded"])) == ("diff", ASKED["base"], 2)
    assert job["recorded"] == recorded
    assert job["texts"] == {"a.yaml": "clients: {ga4: {}}", "b.yaml": "tags: {}\n"}


@pytest.mark.parametrize(
    ("pairs", "texts"),
    [
        ([], {}),
        ([("name", "a.yaml"), ("text", "x: 1\r\ny: 2\r\n")], {"a.yaml": "x: 1\ny: 2\n"}),
        ([("name", "a.yaml"), ("text", "")], {"a.yaml": ""}),
        ([("name", "a.yaml"), ("text", "1"), ("name", "b.yaml"), ("text", "2")], {"a.yaml": "1", "b.yaml": "2"}),
        ([("name", "a.yaml"), ("text", "1"), ("name", "a.yaml"), ("text", "2")], {"a.yaml": "2"}),
        ([("name", "/etc/passwd"), ("text", "1")], {}),
        ([("name", "../b.yaml"), ("text", "1")], {}),
        ([("text", "1")], {}),
        ([("name", "a.yaml")], {}),
        ([("name", "a.yaml"), ("text", "caf\u00e9 \U0001f600 &=+%")], {"a.yaml": "caf\u00e9 \U0001f600 &=+%"}),
    ],
)
def test_only_files_that_there_are_get_another_text(pairs: list[tuple[str, str]], texts: dict[str, str]) -> None:
    assert texts_of(urlencode(pairs).encode(), ASKED) == texts


@pytest.mark.parametrize("form", [b"", b"\n\n\n", b"\xff\xfe", b"name", b"=&=&&", b"text=1\nname=a.yaml"])
def test_a_form_that_is_none_changes_nothing(form: bytes) -> None:
    assert came(form, [])["texts"] == TEXTS


def test_a_form_of_too_many_fields_is_refused() -> None:
    with pytest.raises(ValueError, match="fields"):
        texts_of(urlencode([("name", "a.yaml")] * 1000).encode(), ASKED)
