"""``tagyard explain``: what would happen, told to a person or as JSON, with nothing sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.cli.explained import CONTAINER, HIT, lines


def test_json_says_who_claimed_it_what_fired_and_what_would_leave(run: Any, container: Path) -> None:
    (told,) = lines(run("explain", str(container), "--url", HIT, "--json", "--tag", "ga4").stdout)
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


def test_every_tag_answers_and_a_line_has_no_method(run: Any, container: Path) -> None:
    (told,) = lines(run("explain", str(container), "--url", HIT, "--json").stdout)
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


def test_secrets_are_masked(run: Any, container: Path) -> None:
    result = run("explain", str(container), "--url", HIT, "--json", "--tag", "hook", TOKEN="s3cr3t")
    assert lines(result.stdout)[0]["requests"][0]["headers"]["authorization"] == "Bearer ***"
    assert "s3cr3t" not in run("explain", str(container), "--url", HIT, TOKEN="s3cr3t").output


def test_nobody_claims_and_that_is_no_failure(run: Any, container: Path) -> None:
    result = run("explain", str(container), "--url", "/nothing", "--json")
    told = lines(result.stdout)[0]
    assert (result.exit_code, told["client"], told["reply"]["status"], told["events"], told["requests"]) == (0, None, 400, [], [])
    assert "no client claims it: web: the path is not /g/collect; " in run("explain", str(container), "--url", "/nothing").stdout


def test_a_request_that_nobody_claims_has_a_reason_for_each_client(run: Any, container: Path) -> None:
    url = "/g/collect?v=2&tid=G-SOMEBODY"
    (told,) = lines(run("explain", str(container), "--url", url, "--json").stdout)
    assert told["declined"] == [
        {"client": "web", "why": "measurement id G-SOMEBODY is not among G-ABC1234567", "code": "measurement_id"},
        {"client": "other", "why": "measurement id G-SOMEBODY is not among G-OTHER00000", "code": "measurement_id"},
    ]
    shown = run("explain", str(container), "--url", url).stdout
    assert "no client claims it: web: measurement id G-SOMEBODY is not among G-ABC1234567; other: measurement id" in shown
    (told,) = lines(run("explain", str(container), "--url", "/metrics/g/collect?v=2", "--json").stdout)
    assert [(each["client"], each["code"]) for each in told["declined"]] == [(None, "path_prefix")]


def test_a_path_that_was_bent_and_a_probe_are_told(run: Any, container: Path) -> None:
    (told,) = lines(run("explain", str(container), "--url", f"/{HIT}", "--json").stdout)
    assert (told["client"], [each["code"] for each in told["findings"]]) == ("web", ["PATH_SLASHES"])
    assert "PATH_SLASHES: " in run("explain", str(container), "--url", f"/{HIT}").stdout
    (told,) = lines(run("explain", str(container), "--url", "/%2Fg/collect?v=2&tid=G-ABC1234567", "--json").stdout)
    assert told["client"] is None
    (told,) = lines(run("explain", str(container), "--url", "/robots.txt", "--json").stdout)
    assert (told["client"], told["probe"], told["reply"]["status"], told["declined"]) == (None, "robots", 200, [])
    assert "a probe (robots)" in run("explain", str(container), "--url", "/robots.txt").stdout


def test_the_public_host_is_the_one_that_a_proxy_names(run: Any, container: Path) -> None:
    page = ("--header", "Origin: https://www.shop.example", "--header", "Host: x.a.run.app")
    (inner,) = lines(run("explain", str(container), "--url", HIT, *page, "--json").stdout)
    assert "access-control-allow-origin" not in inner["reply"]["headers"]
    named = ("--header", "X-Forwarded-Host: data.shop.example")
    (outer,) = lines(run("explain", str(container), "--url", HIT, *page, *named, "--json").stdout)
    assert outer["reply"]["headers"]["access-control-allow-origin"] == "https://www.shop.example"
    assert outer["reply"]["headers"]["cross-origin-resource-policy"] == "cross-origin"


def test_the_reply_has_the_cors_headers_that_the_server_would_send(run: Any, container: Path) -> None:
    origin = ("--header", "Origin: https://www.shop.example", "--header", "Host: sgtm.shop.example")
    (told,) = lines(run("explain", str(container), "--url", HIT, *origin, "--json").stdout)
    assert told["reply"]["headers"]["access-control-allow-origin"] == "https://www.shop.example"
    assert told["reply"]["headers"]["access-control-allow-credentials"] == "true"
    (preflight,) = lines(run("explain", str(container), "--url", HIT, *origin, "--method", "OPTIONS", "--json").stdout)
    assert "POST" in preflight["reply"]["headers"]["access-control-allow-methods"]


def test_a_person_sees_the_event_the_verdicts_the_changes_and_the_requests(run: Any, container: Path) -> None:
    shown = run("explain", str(container), "--url", HIT).stdout
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


def test_lists_are_shown_an_element_a_line_and_changes_inside_them_by_path(run: Any, container: Path) -> None:
    event = '{"event_name": "a", "items": [{"item_id": "x", "price": 3}, {"item_id": "y"}], "none": []}'
    shown = run("explain", str(container), "--event", event, "--tag", "ga4").stdout.splitlines()
    assert '    items.0                    {"item_id": "x", "price": 3}' in shown
    assert "    none                       []" in shown
    assert "      - items.0.price          3" in shown


def test_nothing_of_a_visitor_steers_the_terminal(run: Any, container: Path) -> None:
    shown = run("explain", str(container), "--url", HIT.replace("5", "5") + "&ep.a=%1B%5B31m%5Bbold%5D&ep.%07=%0A").stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\\x1b[31m[bold]" in shown


def test_events_that_cannot_be_read_and_clients_that_fail_are_told(
    run: Any, container: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clients.ga4 import Ga4

    shown = run("explain", str(container), "--url", HIT.replace("en=purchase&", ""))
    assert "1 of its events could not be read" in shown.stdout

    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Ga4, "claim", fail)
    assert "client web: RuntimeError" in run("explain", str(container), "--url", HIT).stdout


def test_what_is_odd_is_told(run: Any, container: Path) -> None:
    odd = HIT + "&epn.total=4%2C245.42"
    said = "epn.total is [4,245.42], which is no number"
    shown = run("explain", str(container), "--url", odd).stdout
    assert f"NOT_A_NUMBER: {said}" in shown
    assert shown.count("NOT_A_NUMBER") == 1
    (told,) = lines(run("explain", str(container), "--url", odd, "--json").stdout)
    assert [(each["field"], each["code"]) for each in told["findings"]] == [("epn.total", "NOT_A_NUMBER")]
    assert lines(run("explain", str(container), "--url", HIT, "--json").stdout)[0]["findings"] == []


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
    run: Any, container: Path, monkeypatch: pytest.MonkeyPatch, more: str, told: Any, words: str
) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_764_340_311_000_000_000)
    container.write_text(
        CONTAINER.replace("measurement_ids: [G-ABC1234567]}", "measurement_ids: [G-ABC1234567], remember: [meta, google_ads]}")
    )
    asked = ("explain", str(container), "--header", "cookie: _fbp=fb.1.1700000000000.7", "--url", f"{HIT}{more}")
    assert lines(run(*asked, "--json").stdout)[0]["remembered"] == told
    assert words in run(*asked).stdout


def test_a_client_that_remembers_nothing_says_nothing_of_it(run: Any, container: Path) -> None:
    assert lines(run("explain", str(container), "--url", HIT, "--json").stdout)[0]["remembered"] is None
    assert "cookies for platforms" not in run("explain", str(container), "--url", HIT).stdout


def test_the_same_input_gives_the_same_output(run: Any, container: Path) -> None:
    once, again = (run("explain", str(container), "--url", HIT, "--json", "--tag", "ga4").stdout for _ in range(2))
    assert once == again
