"""What is loaded, as the configuration page shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.server.inspection.conftest import SECRETS, Desk

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


def test_the_file_is_shown_as_it_is_written_but_for_secrets(tmp_path: Path) -> None:
    desk = Desk(tmp_path, INLINE)
    desk.hit()
    shown = desk.ask("configuration")
    (file,) = shown["files"]
    lines = [line["text"] for line in file["lines"]]
    assert (shown["path"], file["name"], shown["since"]) == (str(desk.path), str(desk.path), "2025-11-28 14:31:51.502 UTC")
    assert lines[2] == '  backend: {type: measurement_protocol, api_secrets: ["***"]}'
    assert lines[4] == "  ga4: {measurement_id: G-ABC1234567, api_secret: ***, note: to Google}"
    assert lines[8] == '    headers: {X-A: "${HOOK_KEY}"}'
    assert [line["number"] for line in file["lines"]] == list(range(1, len(lines) + 1))
    text = json.dumps(shown)
    assert "canary" not in text
    assert all(secret not in text for secret in SECRETS.values())


def test_what_is_doubtful_stands_at_its_line(tmp_path: Path) -> None:
    desk = Desk(tmp_path, INLINE)
    shown = desk.ask("configuration")
    assert shown["problems"]
    for problem in shown["problems"]:
        name, line, column = problem["where"].rsplit(":", 2)
        (file,) = [each for each in shown["files"] if each["name"] == name]
        beside = [each for each in file["lines"][int(line) - 1]["problems"] if each["message"] == problem["message"]]
        assert [(each["column"], each["severity"], each["path"]) for each in beside] == [
            (int(column), problem["severity"], problem["path"])
        ]
    told = sum(len(line["problems"]) for file in shown["files"] for line in file["lines"])
    assert told == len(shown["problems"])


def test_a_file_without_doubts_has_none(desk: Desk) -> None:
    desk.serving = replace(desk.serving, problems=())
    shown = desk.ask("configuration")
    assert shown["problems"] == []
    assert not any(line["problems"] for line in shown["files"][0]["lines"])


def test_each_tag_is_told_with_what_it_takes(tmp_path: Path) -> None:
    shown = Desk(tmp_path, INLINE).ask("configuration")
    ga4, hook = shown["tags"]
    assert (ga4["name"], ga4["type"], ga4["note"], ga4["transformations"]) == ("ga4", "ga4", "to Google", ["shop"])
    assert (hook["name"], hook["type"], hook["note"], hook["transformations"]) == ("hook", "http_request", None, ["shop", "less"])
    assert (ga4["triggers"], ga4["exceptions"], ga4["consent"]) == (["all"], [], [])
    assert (shown["clients"], shown["tag_names"]) == (["web", "backend"], ["ga4", "hook"])


def test_it_says_how_much_is_remembered(desk: Desk) -> None:
    record = desk.hit()
    shown = desk.ask("configuration")
    assert (shown["recorded_requests"], shown["recorded"], shown["recorded_bytes"]) == (100, 1, record.weight)
