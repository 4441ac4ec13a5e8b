from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server.cli.validate import validate

GOOD = {"client_id": "1.2", "events": [{"name": "login"}]}
BAD = {"client_id": "1.2", "events": [{"name": "_bad"}]}
LACKING = {"client_id": "1.2", "events": [{"name": "search"}]}
OF_AN_APP = {"app_instance_id": "0" * 32, "events": [{"name": "screen_view"}]}
BAD_NAME = "NAME_INVALID: Event at index: [0] has invalid name [_bad]. Names must start with an alphabetic character."


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, input: bytes | None = None) -> Result:
    result = CliRunner().invoke(validate, arguments, input=input)
    assert isinstance(result.exception, SystemExit | None)
    return result


def write(name: str, *payloads: Any) -> None:
    lines = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    Path(name).write_text("\n".join(lines), encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_nothing_wrong() -> None:
    write("good.json", GOOD)
    result = run("good.json")
    assert (result.output, result.exit_code) == ("1 payload: nothing wrong\n", 0)


@pytest.mark.usefixtures("folder")
def test_what_is_wrong_is_told_with_its_place() -> None:
    write("bad.json", BAD)
    result = run("bad.json")
    assert (result.output, result.exit_code) == (f"bad.json:1: events: {BAD_NAME}\n1 payload: 1 finding\n", 1)


@pytest.mark.usefixtures("folder")
def test_a_finding_of_no_field_in_particular() -> None:
    write("x.json", {**GOOD, "name": 1})
    text = "VALUE_INVALID: Unable to parse Measurement Protocol JSON payload. name: Cannot find field."
    assert run("x.json").output.splitlines()[0] == f"x.json:1: {text}"


@pytest.mark.usefixtures("folder")
def test_a_byte_order_mark_is_skipped_and_new_findings_are_told() -> None:
    write("x.jsonl", "\ufeff" + json.dumps(GOOD), {"clientId": "GA1.1.1.2", "events": {"name": "a"}}, '{"a":NaN}')
    assert [line.partition(": ")[2].partition(": The")[0] for line in run("x.jsonl").output.splitlines()][:3] == [
        "events: UNUSUAL_SHAPE: events is an object; it is read as a list of events.",
        "client_id: COOKIE_AS_ID: client_id is a whole cookie; the id in it, [1.2], is used.",
        "NOT_A_JSON_NUMBER: Unable to parse Measurement Protocol JSON payload. NaN is no JSON number; leave the field out: "
        "line 1 column 6 (char 5).",
    ]


@pytest.mark.usefixtures("folder")
def test_a_file_of_lines_has_a_payload_in_each() -> None:
    write("all.jsonl", GOOD, "", BAD, "nonsense", '{"client_id":"1.2","client_id":"3.4","events":[{"name":"a"}]}', "[" * 3000)
    lines = run("all.jsonl").output.splitlines()
    assert [line.split(": ")[0] for line in lines[:-1]] == ["all.jsonl:3", "all.jsonl:4", "all.jsonl:5", "all.jsonl:6"]
    assert lines[2] == "all.jsonl:5: client_id: NAME_DUPLICATED: The name [client_id] occurs more than once."
    assert lines[-1] == "5 payloads: 4 findings"


@pytest.mark.usefixtures("folder")
def test_a_line_can_be_a_recorded_request() -> None:
    write("hits.ndjson", {"method": "POST", "url": "https://x.example/mp/collect?measurement_id=G-1", "body": json.dumps(GOOD)})
    assert run("hits.ndjson").output.splitlines()[0] == (
        "hits.ndjson:1: api_secret: VALUE_REQUIRED: Unable to find non-empty parameter [api_secret] value in request."
    )


@pytest.mark.usefixtures("folder")
def test_a_recorded_request_that_is_none() -> None:
    write("hits.jsonl", GOOD, {"url": 5})
    result = run("hits.jsonl")
    assert (result.output, result.exit_code) == ("Error: hits.jsonl:2: url must be a text\n", 1)


@pytest.mark.usefixtures("folder")
def test_several_files_and_standard_input() -> None:
    write("a.json", GOOD)
    write("b.json", GOOD)
    result = run("a.json", "b.json", "-", input=json.dumps(BAD).encode())
    assert result.output.splitlines() == [f"standard input:1: events: {BAD_NAME}", "3 payloads: 1 finding"]


@pytest.mark.usefixtures("folder")
def test_the_stricter_checks_are_made_on_demand_or_where_the_payload_demands_them() -> None:
    write("x.json", LACKING)
    write("y.json", {**LACKING, "validation_behavior": "ENFORCE_RECOMMENDATIONS"})
    assert run("x.json").exit_code == 0
    assert "requires the parameter [search_term]" in run("x.json", "--enforce").output
    assert run("y.json").exit_code == 1


@pytest.mark.usefixtures("folder")
def test_times_are_checked_by_the_clock() -> None:
    write("now.json", {**GOOD, "timestamp_micros": (time.time_ns() // 1000) - 60_000_000})
    write("old.json", {**GOOD, "timestamp_micros": 1_700_000_000_000_000})
    assert run("now.json", "--enforce").exit_code == 0
    assert "not within the last 72 hours" in run("old.json", "--enforce").output


@pytest.mark.usefixtures("folder")
def test_the_ids_and_the_secret_can_be_given() -> None:
    write("app.json", OF_AN_APP)
    assert run("app.json", "--firebase-app-id", "1:2:ios:3").exit_code == 0
    assert run("app.json").exit_code == 1
    assert "not both" in run("app.json", "--firebase-app-id", "1:2:ios:3", "--measurement-id", "G-1").output
    assert "measurement_id: VALUE_REQUIRED" in run("app.json", "--measurement-id", "").output
    assert "api_secret: VALUE_REQUIRED" in run("app.json", "--api-secret", "").output


@pytest.mark.usefixtures("folder")
def test_json() -> None:
    write("all.jsonl", GOOD, BAD)
    result = run("all.jsonl", "--json")
    assert json.loads(result.output) == [
        {
            "file": "all.jsonl",
            "line": 2,
            "fieldPath": "events",
            "description": BAD_NAME.removeprefix("NAME_INVALID: "),
            "validationCode": "NAME_INVALID",
        }
    ]
    write("good.json", GOOD)
    result = run("good.json", "--json")
    assert (json.loads(result.output), result.exit_code) == ([], 0)


@pytest.mark.usefixtures("folder")
def test_what_a_payload_holds_cannot_steer_the_terminal() -> None:
    write("x.json", {"client_id": "1.2", "events": [{"name": "a\x1b[31m[bold]"}]})
    output = run("x.json").output
    assert "[a\\x1b[31m[bold]]" in output


@pytest.mark.parametrize("arguments", [(), ("missing.json",), (".",)])
@pytest.mark.usefixtures("folder")
def test_files_that_are_none(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    write("x.json", GOOD)
    monkeypatch.setattr("click.open_file", refuse)
    result = run("x.json")
    assert (result.output, result.exit_code) == ("Error: x.json: cannot be read: Permission denied\n", 1)
