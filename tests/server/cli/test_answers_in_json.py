"""``--json`` of ``check``, ``show``, ``test`` and ``diff``: one object of one shape, also where nothing came of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

FINE = "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"
TESTED = f"""{FINE}tests:
- {{name: sent, event: {{event_name: page_view, client_id: '1.2', x-ga-measurement_id: G-ABC1234567}}, sent: {{ga4: 1}}}}
- {{name: not sent, event: {{event_name: page_view}}, sent: {{ga4: 1}}}}
"""
OTHER = FINE.replace("tags: {ga4: {}}", "tags: {ga4: {measurement_id: G-OTHER12345}}")
HITS = "https://data.example.com/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=page_view\n"
WRONG = "clients: {ga4: {measurment_ids: [G-ABC1234567]}}\ntags: {ga4: {triggers: [nope]}}\n"

TEXT, NUMBER, TEXTS = {"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "string"}}


def of(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


PLACE = {"file": TEXT, "line": NUMBER, "column": NUMBER, "path": TEXT}
SEVERITY = {"enum": ["error", "warning", "note"]}
PROBLEM = {
    "anyOf": [of({"severity": SEVERITY, **each, "message": TEXT}) for each in (PLACE, {key: {"type": "null"} for key in PLACE})]
}
FAILURE = of({"severity": SEVERITY, **PLACE, "message": TEXT, "more": TEXTS})
ROWS = ("fires_on", "but_not_on", "needs_consent", "transformations", "event_name", "parameters", "without", "sets")
TAG = of({"name": TEXT, "type": TEXT, "paused": {"type": "boolean"}, **dict.fromkeys(ROWS, TEXTS)})
TEST = {"name": TEXT, "ok": {"type": "boolean"}, "file": TEXT, "line": NUMBER, "seconds": {"type": "number"}}
KIND = {"tag": {"type": ["string", "null"]}, "part": TEXT, "name": TEXT, "how": {"enum": ["added", "removed", "changed"]}}
DIFFERENCE = of({**KIND, "count": NUMBER, "request": NUMBER, "before": {}, "after": {}})

TOLD: dict[str, dict[str, Any]] = {
    "check": {"contents": {"type": "object", "additionalProperties": NUMBER}, "missing_secrets": TEXTS},
    "show": {"tags": {"type": "array", "items": TAG}},
    "test": {"tests": {"type": "array", "items": of({**TEST, "failures": {"type": "array", "items": FAILURE}})}},
    "diff": {"requests": NUMBER, "differing": NUMBER, "differences": {"type": "array", "items": DIFFERENCE}},
}
SHAPE = {"ok": {"type": "boolean"}, "problems": {"type": "array", "items": PROBLEM}}


@pytest.fixture
def asked(run: Any, folder: Path) -> Any:
    """Runs a command with these files and ``--json``: the object, which has the right shape, and the exit code."""
    files = {"fine.yaml": FINE, "tested.yaml": TESTED, "other.yaml": OTHER, "wrong.yaml": WRONG, "hits": HITS}
    for name, text in files.items():
        (folder / name).write_text(text)

    def ask(command: str, *arguments: str) -> tuple[dict[str, Any], int]:
        result = run(command, *arguments, "--json")
        told = json.loads(result.stdout)
        validate(told, {"anyOf": [of(SHAPE), of({**SHAPE, **TOLD[command]})]})
        assert told["ok"] is (result.exit_code == 0)
        return told, result.exit_code

    return ask


def test_check_tells_what_it_found(asked: Any) -> None:
    told, code = asked("check", "fine.yaml")
    assert (code, told["contents"]["tags"], told["missing_secrets"]) == (0, 1, [])
    told, code = asked("check", "wrong.yaml")
    assert (code, told["contents"]) == (1, {})
    assert [each["path"] for each in told["problems"]] == ["clients.ga4.measurment_ids", "tags.ga4.triggers[0]"]


def test_show_tells_of_each_tag(asked: Any) -> None:
    told, code = asked("show", "fine.yaml")
    assert (code, told["tags"][0]["name"], told["tags"][0]["fires_on"]) == (0, "ga4", ["all events"])
    assert told["tags"][0]["transformations"] == []


def test_test_tells_of_each_test(asked: Any) -> None:
    told, code = asked("test", "tested.yaml")
    assert (code, [(each["name"], each["ok"]) for each in told["tests"]]) == (1, [("sent", True), ("not sent", False)])
    assert told["tests"][1]["failures"][0]["line"] == 5
    told, code = asked("test", "tested.yaml", "--name", "sent")
    assert code == 1
    assert asked("test", "fine.yaml") == ({"ok": True, "problems": [], "tests": []}, 0)


def test_diff_tells_of_each_kind_of_difference(asked: Any) -> None:
    told, code = asked("diff", "fine.yaml", "other.yaml", "--hits", "hits")
    assert (code, told["requests"], told["differing"]) == (1, 1, 1)
    (difference,) = [each for each in told["differences"] if each["name"] == "tid"]
    assert (difference["tag"], difference["how"], difference["count"]) == ("ga4", "changed", 1)
    assert (difference["before"], difference["after"]) == ("G-ABC1234567", "G-OTHER12345")
    told, code = asked("diff", "fine.yaml", "fine.yaml", "--hits", "hits")
    assert (code, told["differences"]) == (0, [])


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (["check", "gone.yaml"], 1, "gone.yaml: no such file"),
        (["check", "fine.yaml", "--env-file", "gone"], 2, "Invalid value for '--env-file'"),
        (["show", "gone.yaml"], 1, "gone.yaml: no such file"),
        (["show", "fine.yaml", "meta"], 1, "there is no tag meta; there is ga4"),
        (["show", "wrong.yaml"], 1, "unknown key, did you mean measurement_ids?"),
        (["test", "wrong.yaml"], 1, "unknown key, did you mean measurement_ids?"),
        (["test", "tested.yaml", "--name", "nobody"], 1, "no test is called nobody"),
        (["diff", "fine.yaml", "wrong.yaml", "--hits", "hits"], 2, "unknown key, did you mean measurement_ids?"),
        (["diff", "fine.yaml", "gone.yaml", "--hits", "hits"], 2, "Invalid value for 'NEW'"),
        (["diff", "fine.yaml", "fine.yaml"], 2, "Missing option '--hits'"),
    ],
)
def test_a_failure_is_an_object_too(asked: Any, command: list[str], code: int, message: str) -> None:
    told, ended = asked(*command)
    assert ended == code
    assert message in told["problems"][0]["message"]


def test_without_it_mistakes_are_told_on_standard_error_as_ever(run: Any, folder: Path) -> None:
    (folder / "container.yaml").write_text(WRONG)
    (folder / "hits").write_text(HITS)
    for command in (["show"], ["test"], ["diff", "container.yaml", "container.yaml", "--hits", "hits"]):
        result = run(*command)
        assert result.exit_code == (2 if command[0] == "diff" else 1)
        assert result.stdout == ""
        assert "error: container.yaml:1:17: clients.ga4.measurment_ids" in result.stderr
