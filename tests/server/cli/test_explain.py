"""``tagyard explain``: what would happen, told to a person or as JSON, with nothing sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
HIT = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=purchase&epn.value=5&ep.email=a%40b.c"
CONFIG = """
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
  other: {type: ga4, measurement_ids: [G-OTHER00000]}
triggers:
  purchases: {event: purchase}
  refunds: {event: refund, client: other}
transformations:
  no_email: {type: exclude, parameters: [email, items.price]}
  shop: {type: augment, parameters: {shop: s, value: "{{ event.value * 2 }}"}, when: event.value > 0}
tags:
  ga4: {}
  second: {type: ga4, triggers: [purchases]}
  refund: {type: ga4, triggers: [refunds]}
  hook:
    type: http_request
    url: https://example.com/orders
    headers: {Authorization: "Bearer ${TOKEN}"}
  file: {type: log}
"""


@pytest.fixture
def config(folder: Path) -> Path:
    path = folder / "container.yaml"
    path.write_text(CONFIG)
    return path


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_json_says_who_claimed_it_what_fired_and_what_would_leave(run: Any, config: Path) -> None:
    (told,) = lines(run("explain", str(config), "--url", HIT, "--json", "--tag", "ga4").stdout)
    assert told["request"] == {"method": "GET", "url": HIT}
    assert told["client"] == "web"
    assert told["reply"]["status"] == 204
    assert told["reply"]["headers"]["vary"] == "Origin"
    (event,) = told["events"]
    assert event["data"]["email"] == "a@b.c"
    assert list(event["tags"]) == ["ga4"]
    ga4 = event["tags"]["ga4"]
    assert (ga4["fired"], ga4["why"]) == (True, "trigger all")
    assert "email" not in ga4["data"]
    assert (ga4["data"]["shop"], ga4["data"]["value"]) == ("s", 10)
    (sent,) = told["requests"]
    assert (sent["tag"], sent["method"]) == ("ga4", "POST")
    assert sent["url"].startswith("https://www.google-analytics.com/g/collect?v=2&tid=G-ABC1234567")
    assert sent["headers"]["user-agent"]
    assert sent["body"] == ""


def test_every_tag_answers_and_a_line_has_no_method(run: Any, config: Path) -> None:
    (told,) = lines(run("explain", str(config), "--url", HIT, "--json").stdout)
    assert {name: tag["fired"] for name, tag in told["events"][0]["tags"].items()} == {
        "ga4": True,
        "second": True,
        "refund": False,
        "hook": True,
        "file": True,
    }
    assert told["events"][0]["tags"]["refund"] == {"fired": False, "why": "no trigger matched (refunds)", "data": None}
    by_tag = {sent["tag"]: sent for sent in told["requests"]}
    assert by_tag["file"]["method"] is None
    assert by_tag["file"]["url"] == "-"
    assert json.loads(by_tag["file"]["body"])["event_name"] == "purchase"


def test_secrets_are_masked(run: Any, config: Path) -> None:
    result = run("explain", str(config), "--url", HIT, "--json", "--tag", "hook", TOKEN="s3cr3t")
    assert lines(result.stdout)[0]["requests"][0]["headers"]["authorization"] == "Bearer ***"
    assert "s3cr3t" not in run("explain", str(config), "--url", HIT, TOKEN="s3cr3t").output


def test_nobody_claims_and_that_is_no_failure(run: Any, config: Path) -> None:
    result = run("explain", str(config), "--url", "/nothing", "--json")
    told = lines(result.stdout)[0]
    assert (result.exit_code, told["client"], told["reply"]["status"], told["events"], told["requests"]) == (0, None, 400, [], [])
    assert "no client claims it: web: the path is not /g/collect; " in run("explain", str(config), "--url", "/nothing").stdout


def test_a_request_that_nobody_claims_has_a_reason_for_each_client(run: Any, config: Path) -> None:
    url = "/g/collect?v=2&tid=G-SOMEBODY"
    (told,) = lines(run("explain", str(config), "--url", url, "--json").stdout)
    assert told["declined"] == [
        {"client": "web", "why": "measurement id G-SOMEBODY is not among G-ABC1234567", "code": "measurement_id"},
        {"client": "other", "why": "measurement id G-SOMEBODY is not among G-OTHER00000", "code": "measurement_id"},
    ]
    shown = run("explain", str(config), "--url", url).stdout
    assert "no client claims it: web: measurement id G-SOMEBODY is not among G-ABC1234567; other: measurement id" in shown
    (told,) = lines(run("explain", str(config), "--url", "/metrics/g/collect?v=2", "--json").stdout)
    assert [(each["client"], each["code"]) for each in told["declined"]] == [(None, "path_prefix")]


def test_a_path_that_was_bent_and_a_probe_are_told(run: Any, config: Path) -> None:
    (told,) = lines(run("explain", str(config), "--url", f"/{HIT}", "--json").stdout)
    assert (told["client"], [each["code"] for each in told["findings"]]) == ("web", ["PATH_SLASHES"])
    assert "PATH_SLASHES: " in run("explain", str(config), "--url", f"/{HIT}").stdout
    (told,) = lines(run("explain", str(config), "--url", "/%2Fg/collect?v=2&tid=G-ABC1234567", "--json").stdout)
    assert told["client"] is None
    (told,) = lines(run("explain", str(config), "--url", "/robots.txt", "--json").stdout)
    assert (told["client"], told["probe"], told["reply"]["status"], told["declined"]) == (None, "robots", 200, [])
    assert "a probe (robots)" in run("explain", str(config), "--url", "/robots.txt").stdout


def test_the_public_host_is_the_one_that_a_proxy_names(run: Any, config: Path) -> None:
    page = ("--header", "Origin: https://www.shop.example", "--header", "Host: x.a.run.app")
    (inner,) = lines(run("explain", str(config), "--url", HIT, *page, "--json").stdout)
    assert "access-control-allow-origin" not in inner["reply"]["headers"]
    named = ("--header", "X-Forwarded-Host: data.shop.example")
    (outer,) = lines(run("explain", str(config), "--url", HIT, *page, *named, "--json").stdout)
    assert outer["reply"]["headers"]["access-control-allow-origin"] == "https://www.shop.example"
    assert outer["reply"]["headers"]["cross-origin-resource-policy"] == "cross-origin"


def test_the_reply_has_the_cors_headers_that_the_server_would_send(run: Any, config: Path) -> None:
    origin = ("--header", "Origin: https://www.shop.example", "--header", "Host: sgtm.shop.example")
    (told,) = lines(run("explain", str(config), "--url", HIT, *origin, "--json").stdout)
    assert told["reply"]["headers"]["access-control-allow-origin"] == "https://www.shop.example"
    assert told["reply"]["headers"]["access-control-allow-credentials"] == "true"
    (preflight,) = lines(run("explain", str(config), "--url", HIT, *origin, "--method", "OPTIONS", "--json").stdout)
    assert "POST" in preflight["reply"]["headers"]["access-control-allow-methods"]


def test_the_body_may_come_from_standard_input_and_makes_a_batch(run: Any, config: Path) -> None:
    url = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2"
    (told,) = lines(run("explain", str(config), "--url", url, "--body", "-", "--json", input="en=a\r\nen=b").stdout)
    assert [event["data"]["event_name"] for event in told["events"]] == ["a", "b"]
    shown = run("explain", str(config), "--url", url, "--body", "en=a\r\nen=b").stdout
    assert "event 1 of 2" in shown
    assert "event 2 of 2" in shown


def test_the_visitors_address_and_headers_reach_every_request(run: Any, config: Path, folder: Path) -> None:
    (folder / "hits").write_text(f"{HIT}\n{HIT}\n")
    told = lines(
        run("explain", str(config), "--hits", "hits", "--ip", "203.0.113.7", "--header", "User-Agent: ua", "--json").stdout
    )
    assert [each["events"][0]["data"]["ip_override"] for each in told] == ["203.0.113.7"] * 2
    assert [each["events"][0]["data"]["user_agent"] for each in told] == ["ua"] * 2


def test_requests_come_in_the_order_of_the_file_and_are_counted(run: Any, config: Path, folder: Path) -> None:
    other = json.dumps({"url": HIT.replace("G-ABC1234567", "G-OTHER00000"), "method": "POST", "scenario": "x"})
    (folder / "hits").write_text(f"{HIT}\n/x\n\n{other}\n")
    told = lines(run("explain", str(config), "--hits", "hits", "--json").stdout)
    assert [each["client"] for each in told] == ["web", None, "other"]
    assert (
        run("explain", str(config), "--hits", "hits").stderr
        == "3 requests: 1 claimed by web, 1 claimed by nobody, 1 claimed by other\n"
    )


def test_a_malformed_line_is_named_and_nothing_else_is_said(run: Any, config: Path, folder: Path) -> None:
    (folder / "hits").write_text(f"{HIT}\nnonsense\n")
    result = run("explain", str(config), "--hits", "hits", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: hits:2: is neither a JSON object nor a URL")
    assert result.stderr.count("\n") == 1


def test_har_and_curl(run: Any, config: Path, folder: Path) -> None:
    entry = {"request": {"method": "GET", "url": f"https://sgtm.example{HIT}", "headers": [{"name": "user-agent", "value": "u"}]}}
    (folder / "a.har").write_text(json.dumps({"log": {"entries": [entry]}}))
    result = run("explain", str(config), "--har", "a.har", "--curl", "-", "--json", input=f"curl '{HIT}' -d 'en=x'")
    assert [(each["client"], len(each["events"])) for each in lines(result.stdout)] == [("web", 1), ("web", 1)]


def test_of_a_visit_only_what_could_be_a_hit_is_shown(run: Any, config: Path, folder: Path) -> None:
    of_another = HIT.replace("ABC1234567", "NOBODYS001")
    urls = [
        "https://shop.example/",
        "https://shop.example/logo.png",
        f"https://sgtm.example{HIT}",
        f"https://sgtm.example{of_another}",
    ]
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    (folder / "a.har").write_text(json.dumps({"log": {"entries": entries}}))
    told = run("explain", str(config), "--har", "a.har")
    assert [line for line in told.stdout.splitlines() if line.startswith("GET ")] == [f"GET {url}" for url in urls[2:]]
    counted = "4 requests: 3 claimed by nobody, 1 claimed by web; 2 are not shown, as their paths are no client's\n"
    assert told.stderr == counted
    assert len(lines(run("explain", str(config), "--har", "a.har", "--json").stdout)) == 4


def test_a_bad_curl_command_on_standard_input_is_named(run: Any, config: Path) -> None:
    result = run("explain", str(config), "--curl", "-", input="wget x")
    assert (result.exit_code, result.stderr[:23]) == (1, "Error: standard input: ")


def test_event_data_runs_as_if_a_client_had_read_it(run: Any, config: Path) -> None:
    event = '{"event_name": "refund", "client_id": "1.2", "x-ga-measurement_id": "G-ABC1234567"}'
    (first,) = lines(run("explain", str(config), "--event", event, "--tag", "refund", "--json").stdout)
    assert (first["client"], first["events"][0]["tags"]["refund"]["fired"]) == ("web", False)
    (told,) = lines(run("explain", str(config), "--event", event, "--client", "other", "--tag", "refund", "--json").stdout)
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
def test_what_makes_no_sense_is_refused_in_a_line(run: Any, config: Path, arguments: list[str], code: int, why: str) -> None:
    result = run("explain", str(config), *arguments)
    assert result.exit_code == code
    assert why in result.stderr


def test_a_hits_file_that_is_not_text_is_refused(run: Any, config: Path, folder: Path) -> None:
    (folder / "hits").write_bytes(b"\xff\xfe")
    assert "hits: cannot be read: it is not UTF-8" in run("explain", str(config), "--hits", "hits").stderr


def test_a_broken_configuration_is_told_with_its_lines(run: Any, config: Path) -> None:
    config.write_text(CONFIG.replace("measurement_ids", "measurment_ids"))
    result = run("explain", str(config), "--url", HIT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "did you mean measurement_ids?" in result.stderr
    assert result.stderr.endswith("2 errors\n")


def test_an_env_file_that_is_not_one_is_refused(run: Any, config: Path, folder: Path) -> None:
    (folder / "env").write_text("what?")
    assert "env:1: a line must be NAME=value" in run("explain", str(config), "--url", HIT, "--env-file", "env").stderr


def test_a_person_sees_the_event_the_verdicts_the_changes_and_the_requests(run: Any, config: Path) -> None:
    shown = run("explain", str(config), "--url", HIT).stdout
    for line in (
        f"GET {HIT}",
        "  claimed by web",
        "  reply 204",
        "    email                      a@b.c",
        '    client_id                  "1.2"',
        "  ✓ ga4 fired: trigger all",
        "      - email                  a@b.c",
        "      + shop                   s",
        "      ~ value                  5 → 10",
        "      changed as for ga4",
        "  ✗ refund held back: no trigger matched (refunds)",
        "  → ga4  POST https://www.google-analytics.com/g/collect",
        "      epn.value              10",
    ):
        assert line in shown.splitlines()


def test_lists_are_shown_an_element_a_line_and_changes_inside_them_by_path(run: Any, config: Path) -> None:
    event = '{"event_name": "a", "items": [{"item_id": "x", "price": 3}, {"item_id": "y"}], "none": []}'
    shown = run("explain", str(config), "--event", event, "--tag", "ga4").stdout.splitlines()
    assert '    items.0                    {"item_id": "x", "price": 3}' in shown
    assert "    none                       []" in shown
    assert "      - items.0.price          3" in shown


def test_nothing_of_a_visitor_steers_the_terminal(run: Any, config: Path) -> None:
    shown = run("explain", str(config), "--url", HIT.replace("5", "5") + "&ep.a=%1B%5B31m%5Bbold%5D&ep.%07=%0A").stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\\x1b[31m[bold]" in shown


def test_events_that_cannot_be_read_and_clients_that_fail_are_told(
    run: Any, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clients.ga4 import Ga4

    shown = run("explain", str(config), "--url", HIT.replace("en=purchase&", ""))
    assert "1 of its events could not be read" in shown.stdout

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Ga4, "claim", fail)
    assert "client web: RuntimeError" in run("explain", str(config), "--url", HIT).stdout


def test_what_is_odd_is_told(run: Any, config: Path) -> None:
    odd = HIT + "&epn.total=4%2C245.42"
    said = "epn.total is [4,245.42], which is no number"
    shown = run("explain", str(config), "--url", odd).stdout
    assert f"NOT_A_NUMBER: {said}" in shown
    assert shown.count("NOT_A_NUMBER") == 1
    (told,) = lines(run("explain", str(config), "--url", odd, "--json").stdout)
    assert [(each["field"], each["code"]) for each in told["findings"]] == [("epn.total", "NOT_A_NUMBER")]
    assert lines(run("explain", str(config), "--url", HIT, "--json").stdout)[0]["findings"] == []


@pytest.mark.parametrize(
    ("more", "told", "words"),
    [
        (
            "&gcs=G111&dl=https%3A%2F%2Fshop.example%2F%3Fgclid%3Dabc",
            {"new": {"_gcl_aw": "GCL.1764340311.abc"}, "renewed": ["_fbp"], "why_not": None},
            "cookies for platforms: _gcl_aw new, _fbp renewed",
        ),
        (
            "",
            {"new": {}, "renewed": [], "why_not": "consent ad_storage is unset"},
            "cookies for platforms: nothing: consent ad_storage is unset",
        ),
    ],
)
def test_the_cookies_of_platforms_are_told_and_why_there_are_none(
    run: Any, config: Path, monkeypatch: pytest.MonkeyPatch, more: str, told: Any, words: str
) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_764_340_311_000_000_000)
    config.write_text(
        CONFIG.replace("measurement_ids: [G-ABC1234567]}", "measurement_ids: [G-ABC1234567], remember: [meta, google_ads]}")
    )
    asked = ("explain", str(config), "--header", "cookie: _fbp=fb.1.1700000000000.7", "--url", f"{HIT}{more}")
    assert lines(run(*asked, "--json").stdout)[0]["remembered"] == told
    assert words in run(*asked).stdout


def test_a_client_that_remembers_nothing_says_nothing_of_it(run: Any, config: Path) -> None:
    assert lines(run("explain", str(config), "--url", HIT, "--json").stdout)[0]["remembered"] is None
    assert "cookies for platforms" not in run("explain", str(config), "--url", HIT).stdout


def test_it_runs_as_a_program_and_with_a_pipe(config: Path) -> None:
    command = [sys.executable, "-m", "tagyard", "explain", str(config), "--hits", "-", "--json"]
    done = subprocess.run(command, input=f"{HIT}\n" * 2, capture_output=True, text=True, cwd=ROOT, check=True)
    assert [each["client"] for each in lines(done.stdout)] == ["web", "web"]
    assert done.stderr == ""


def test_the_same_input_gives_the_same_output(run: Any, config: Path) -> None:
    once, again = (run("explain", str(config), "--url", HIT, "--json", "--tag", "ga4").stdout for _ in range(2))
    assert once == again
