"""What is loaded, as the configuration page shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from server.drafts.draft import draft_of
from tests.server.inspection.conftest import NOW, SECRETS, Desk

INLINE = """clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
  backend: {type: measurement_protocol, api_secrets: ["inline-canary"]}
tags:
  ga4: {measurement_id: G-ABC1234567, api_secret: inline-canary-2, note: to Google}
  hook:
    type: http_request
    url: https://hook.example/
    headers: {X-A: "${HOOK_KEY}"}
    sign: {header: X-Signature, secret: 'it''s "inline" canary'}
    auth:
      username: shop
      password: |
        -----BEGIN canary-key-----
        canary-line
exceptions: [bots]
triggers: {bots: {when: event.user_agent is matching 'bot'}}
transformations:
  shop: {type: augment, parameters: {shop: main}}
  less: {type: exclude, parameters: [email], tags: hook}
"""


def lines(desk: Desk, **command: object) -> Any:
    return desk.ask("lines", **{"file": "container.yaml", **command})["lines"]


def test_the_file_is_shown_as_it_is_written_but_for_secrets(tmp_path: Path) -> None:
    desk = Desk(tmp_path, INLINE)
    desk.hit()
    shown, listed = desk.ask("configuration"), lines(desk)
    texts = [line["text"] for line in listed]
    assert (shown["path"], shown["since"]) == (str(desk.path), "2025-11-28 14:31:51.502 UTC")
    assert shown["files"] == [{"name": "container.yaml", "lines": len(texts)}]
    assert texts[2] == '  backend: {type: measurement_protocol, api_secrets: ["***"]}'
    assert texts[4] == '  ga4: {measurement_id: G-ABC1234567, api_secret: "***", note: to Google}'
    assert texts[8] == '    headers: {X-A: "${HOOK_KEY}"}'
    assert [line["number"] for line in listed] == list(range(1, len(texts) + 1))
    sections = [desk.ask("section", section=each["name"]) for each in shown["sections"]]
    values = [desk.ask("section", section="tags", key=tag) for tag in ("ga4", "hook")]
    text = json.dumps([shown, listed, sections, values])
    assert "canary" not in text
    assert all(secret not in text for secret in SECRETS.values())


def test_a_masked_file_is_yaml_still_and_says_the_same_otherwise(tmp_path: Path) -> None:
    base = Desk(tmp_path, INLINE).ask("base")
    loaded = draft_of(base, base["texts"]).load_masked()
    assert [str(each) for each in loaded.problems if each.severity == "error"] == []
    assert "canary" not in json.dumps(base)


def test_a_literal_under_a_key_that_sounds_like_a_secret_is_masked_too(tmp_path: Path) -> None:
    text = (
        'clients: {ga4: {}}\ntags: {hook: {type: http_request, url: "https://a.example", headers: {X-Token: canary-literal}}}\n'
    )
    assert "canary" not in json.dumps([Desk(tmp_path, text).ask("base"), Desk(tmp_path, text).ask("section", section="tags")])


def test_what_is_doubtful_stands_at_its_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path, INLINE)
    problems, listed = desk.ask("configuration")["problems"], lines(desk)
    assert problems
    assert [each for line in listed for each in line["problems"]] == problems
    assert all(each["line"] == line["number"] for line in listed for each in line["problems"])


def test_a_file_without_doubts_has_none(desk: Desk) -> None:
    desk.serving = replace(desk.serving, problems=())
    assert desk.ask("configuration")["problems"] == []
    assert not any(line["problems"] for line in lines(desk))


def test_a_long_file_is_shown_in_parts(tmp_path: Path) -> None:
    desk = Desk(tmp_path, INLINE + "# a line\n" * 1500)
    count = desk.ask("configuration")["files"][0]["lines"]
    first, rest = lines(desk), lines(desk, first=1001)
    assert ([len(first), rest[0]["number"], rest[-1]["number"]]) == [1000, 1001, count]
    assert desk.ask("lines", file="../secrets.env") == {"error": "there is no such file"}


def test_each_tag_is_told_with_what_it_takes(tmp_path: Path) -> None:
    desk = Desk(tmp_path, INLINE)
    shown, (ga4, hook) = desk.ask("configuration"), desk.ask("section", section="tags")["entries"]
    assert (ga4["name"], ga4["type"], ga4["note"], ga4["tag"]["transformations"]) == ("ga4", "ga4", "to Google", ["shop"])
    assert (hook["name"], hook["type"], hook["note"]) == ("hook", "http_request", "")
    assert hook["tag"]["transformations"] == ["shop", "less"]
    assert ga4["place"] == {"file": "container.yaml", "line": 5}
    assert (shown["clients"], shown["tag_names"]) == (["web", "backend"], ["ga4", "hook"])


def test_it_says_how_much_is_remembered(desk: Desk) -> None:
    record = desk.hit()
    shown = desk.ask("configuration")
    assert (shown["recorded_requests"], shown["recorded"], shown["recorded_bytes"]) == (100, 1, record.weight)


def test_what_waits_for_a_restart_is_told_until_a_reload_takes_it_back(desk: Desk) -> None:
    desk.inspector.reloads.accepted(NOW, ["server.listen"])
    assert desk.ask("configuration")["waiting"] == ["server.listen"]
    desk.inspector.reloads.accepted(NOW)
    assert desk.ask("configuration")["waiting"] == []
