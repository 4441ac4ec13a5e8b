"""What ``check`` notes of tags that may keep and send in clear text what pages say of a person."""

from __future__ import annotations

import pytest

from config import SourceFile, load
from core.registry import installed


def noted(tags: str, transformations: str = "{}", config: str = "clients: {ga4: {measurement_ids: [G-1]}}") -> list[str]:
    text = f"{config}\ntags: {tags}\ntransformations: {transformations}\n"
    loaded = load([SourceFile("a.yaml", text.encode())], registry=installed(), environ={}, read=lambda _: b"", serve=False)
    assert loaded.settings is not None, loaded.problems
    assert {note.severity for note in loaded.notes} <= {"note"}
    assert loaded.problems == ()
    return [str(note) for note in loaded.notes]


def test_it_says_where_and_what_to_do() -> None:
    assert noted("{ga4: {}}") == [
        "a.yaml:2:8: tags.ga4: personal data that pages send in clear text, such as an e-mail address in ep.email, waits on disk "
        "and leaves as it came: no `redact`, `exclude` or `allow` reaches `ga4`; `{type: redact, patterns: [email, phone]}` "
        "under `transformations` takes it out"
    ]


def test_it_is_one_note_however_many_tags_there_are() -> None:
    (note,) = noted("{ga4: {}, log: {}, other: {type: log}}", "{no: {type: exclude, parameters: email, tags: log}}")
    assert "reaches `ga4`, `other`;" in note


@pytest.mark.parametrize(
    ("tags", "transformations"),
    [
        ("{ga4: {}}", "{no: {type: redact, patterns: email}}"),
        ("{ga4: {}}", "{no: {type: exclude, parameters: email}}"),
        ("{ga4: {}}", "{no: {type: allow, parameters: [client_id, event_name, x-ga-*]}}"),
        ("{ga4: {parameters: {exclude: email}}}", "{}"),
        ("{ga4: {parameters: {include: [event_name, client_id]}}}", "{}"),
        ("{hook: {type: http_request, url: 'https://e.example/', body: {order: '{{ event.id }}'}}}", "{}"),
        ("{hook: {type: http_request, url: 'https://e.example/', method: GET}}", "{}"),
    ],
)
def test_whoever_has_thought_of_it_hears_nothing(tags: str, transformations: str) -> None:
    assert noted(tags, transformations) == []


@pytest.mark.parametrize(
    ("tags", "transformations"),
    [
        ("{ga4: {}, log: {}}", "{no: {type: redact, patterns: email, except: log}}"),
        ("{ga4: {}}", "{no: {type: anonymize_ip}}"),
        ("{hook: {type: http_request, url: 'https://e.example/'}}", "{}"),
    ],
)
def test_what_covers_something_else_is_not_enough(tags: str, transformations: str) -> None:
    assert len(noted(tags, transformations)) == 1
