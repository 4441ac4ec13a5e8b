"""What ``tagyard explain`` may be given: bodies, files of hits, visits, curl commands and events; and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.server.cli.explained import CONTAINER, HIT, lines

ROOT = Path(__file__).parents[3]


def test_the_body_may_come_from_standard_input_and_makes_a_batch(run: Any, container: Path) -> None:
    url = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2"
    (told,) = lines(run("explain", str(container), "--url", url, "--body", "-", "--json", input="en=a\r\nen=b").stdout)
    assert [event["data"]["event_name"] for event in told["events"]] == ["a", "b"]
    shown = run("explain", str(container), "--url", url, "--body", "en=a\r\nen=b").stdout
    assert "event 1 of 2" in shown
    assert "event 2 of 2" in shown


def test_the_visitors_address_and_headers_reach_every_request(run: Any, container: Path, folder: Path) -> None:
    (folder / "hits").write_text(f"{HIT}\n{HIT}\n")
    told = lines(
        run("explain", str(container), "--hits", "hits", "--ip", "203.0.113.7", "--header", "User-Agent: ua", "--json").stdout
    )
    assert [each["events"][0]["data"]["ip_override"] for each in told] == ["203.0.113.7"] * 2
    assert [each["events"][0]["data"]["user_agent"] for each in told] == ["ua"] * 2


def test_requests_come_in_the_order_of_the_file_and_are_counted(run: Any, container: Path, folder: Path) -> None:
    other = json.dumps({"url": HIT.replace("G-ABC1234567", "G-OTHER00000"), "method": "POST", "scenario": "x"})
    (folder / "hits").write_text(f"{HIT}\n/x\n\n{other}\n")
    told = lines(run("explain", str(container), "--hits", "hits", "--json").stdout)
    assert [each["client"] for each in told] == ["web", None, "other"]
    assert (
        run("explain", str(container), "--hits", "hits").stderr
        == "3 requests: 1 claimed by web, 1 claimed by nobody, 1 claimed by other\n"
    )


def test_a_malformed_line_is_named_and_nothing_else_is_said(run: Any, container: Path, folder: Path) -> None:
    (folder / "hits").write_text(f"{HIT}\nnonsense\n")
    result = run("explain", str(container), "--hits", "hits", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: hits:2: is neither a JSON object nor a URL")
    assert result.stderr.count("\n") == 1


def test_har_and_curl(run: Any, container: Path, folder: Path) -> None:
    entry = {"request": {"method": "GET", "url": f"https://sgtm.example{HIT}", "headers": [{"name": "user-agent", "value": "u"}]}}
    (folder / "a.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    result = run("explain", str(container), "--har", "a.har", "--curl", "-", "--json", input=f"curl '{HIT}' -d 'en=x'")
    assert [(each["client"], len(each["events"])) for each in lines(result.stdout)] == [("web", 1), ("web", 1)]


def test_of_a_visit_only_what_could_be_a_hit_is_shown(run: Any, container: Path, folder: Path) -> None:
    of_another = HIT.replace("ABC1234567", "NOBODYS001")
    urls = [
        "https://shop.example/",
        "https://shop.example/logo.png",
        f"https://sgtm.example{HIT}",
        f"https://sgtm.example{of_another}",
    ]
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    (folder / "a.har").write_text(json.dumps({"log": {"entries": entries}}))
    told = run("explain", str(container), "--har", "a.har")
    assert [line for line in told.stdout.splitlines() if line.startswith("GET ")] == [f"GET {url}" for url in urls[2:]]
    counted = "4 requests: 3 claimed by nobody, 1 claimed by web; 2 are not shown, as their paths are no client's\n"
    assert told.stderr == counted
    assert len(lines(run("explain", str(container), "--har", "a.har", "--json").stdout)) == 4


def test_a_bad_curl_command_on_standard_input_is_named(run: Any, container: Path) -> None:
    result = run("explain", str(container), "--curl", "-", input="wget x")
    assert (result.exit_code, result.stderr[:23]) == (1, "Error: standard input: ")


def test_event_data_runs_as_if_a_client_had_read_it(run: Any, container: Path) -> None:
    event = '{"event_name": "refund", "client_id": "1.2", "x-ga-measurement_id": "G-ABC1234567"}'
    (first,) = lines(run("explain", str(container), "--event", event, "--tag", "refund", "--json").stdout)
    assert (first["client"], first["events"][0]["tags"]["refund"]["fired"]) == ("web", False)
    (told,) = lines(run("explain", str(container), "--event", event, "--client", "other", "--tag", "refund", "--json").stdout)
    assert (told["client"], told["events"][0]["tags"]["refund"]["fired"], len(told["requests"])) == ("other", True, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        ([], 2, "nothing to explain: give one of --url, --hits, --har, --curl and --event"),
        (["--event", "{"], 1, "--event is not JSON"),
        (["--event", "[]"], 1, "--event must be a JSON object"),
        (["--event", "{}", "--client", "nope"], 1, "there is no client nope; there is web, other"),
        (["--url", "/x", "--tag", "nope"], 1, "there is no tag nope; there is ga4, second, refund, hook, file"),
        (["--url", "/x", "--client", "web"], 2, "--client goes with --event"),
        (["--event", "{}", "--body", "x"], 2, "--body goes with --url"),
        (["--url", "/x", "--ip", "localhost"], 2, "'localhost' is not an IP address"),
        (["--url", "/x", "--header", "nonsense"], 1, "is not a header"),
        (["--url", "http://["], 1, "is not a URL"),
        (["--hits", "nope"], 2, "does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(run: Any, container: Path, arguments: list[str], code: int, why: str) -> None:
    result = run("explain", str(container), *arguments)
    assert result.exit_code == code
    assert why in result.stderr


def test_a_hits_file_that_is_not_text_is_refused(run: Any, container: Path, folder: Path) -> None:
    (folder / "hits").write_bytes(b"\xff\xfe")
    assert "hits: cannot be read: it is not UTF-8" in run("explain", str(container), "--hits", "hits").stderr


def test_a_broken_configuration_is_told_with_its_lines(run: Any, container: Path) -> None:
    container.write_text(CONTAINER.replace("measurement_ids", "measurment_ids"))
    result = run("explain", str(container), "--url", HIT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did you mean measurement_ids?" in result.stderr
    assert result.stderr.endswith("2 errors\n")


def test_an_env_file_that_is_not_one_is_refused(run: Any, container: Path, folder: Path) -> None:
    (folder / "env").write_text("what?")
    assert "env:1: a line must be NAME=value" in run("explain", str(container), "--url", HIT, "--env-file", "env").stderr


def test_it_runs_as_a_program_and_with_a_pipe(container: Path) -> None:
    command = [sys.executable, "-m", "tagyard", "explain", str(container), "--hits", "-", "--json"]
    done = subprocess.run(command, input=f"{HIT}\n" * 2, capture_output=True, text=True, cwd=ROOT, check=True)
    assert [each["client"] for each in lines(done.stdout)] == ["web", "web"]
    assert done.stderr == ""
