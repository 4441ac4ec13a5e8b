"""``check`` finds every mistake with its place; ``show`` tells what decides over each tag."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.cli.options import load_or_exit
from server.loading.configuration import Configuration

FINE = "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {ga4: {}}\n"
DOUBTFUL = FINE + "triggers: {unused: {event: purchase}}\n"
SECRET = (
    "clients: {ga4: {measurement_ids: [G-ABC1234567]}}\ntags: {hook: {type: http_request, url: 'https://a.example/?k=${KEY}'}}\n"
)
WRONG = "clients: {ga4: {measurment_ids: [G-ABC1234567]}}\ntags: {ga4: {triggers: [nope]}}\n"
FULL = """
clients: {web: {type: ga4, measurement_ids: [G-ABC1234567]}}
triggers:
  purchases: {event: [purchase, order_*], client: web, when: [event.value > 1, event.x is defined]}
  bots: {when: "event.user_agent is matching 'bot'"}
  any: {}
exceptions: [bots]
transformations:
  late: {type: exclude, parameters: [a], priority: -1}
  exclude: {parameters: [b], when: event.c == 1}
  elsewhere: {type: exclude, parameters: [d], except: ga4}
tags:
  ga4:
    triggers: [purchases, any]
    exceptions: [bots]
    consent: [ad_storage, analytics_storage]
    event_name: {purchase: order, refund: "{{ event.kind }}"}
    parameters: {include: [a, b], exclude: [c, d], set: {e: 1, f: "{{ event.g }}"}}
  second: {type: ga4, paused: true, event_name: sale, parameters: {include: none}}
"""


@pytest.fixture
def write(folder: Path) -> Any:
    return lambda text, name="container.yaml": (folder / name).write_text(text)


def test_what_is_fine_is_said_in_a_line(run: Any, write: Any) -> None:
    write(FINE)
    result = run("check")
    assert (result.exit_code, result.stdout) == (0, "container.yaml is fine: 1 client, 1 tag\n")


def test_a_file_without_anything_in_it_is_said_to_be_so(run: Any, write: Any) -> None:
    write("clients: {}\ntags: {}\n")
    assert run("check").stdout == "container.yaml is fine: it has no client and no tag yet\n"


def test_what_may_be_meant_is_noted_and_fails_nothing(run: Any, write: Any) -> None:
    write(FINE)
    result = run("check", "--strict")
    assert result.exit_code == 0
    (note,) = result.stderr.splitlines()
    assert note.startswith("note: container.yaml:2:8: tags.ga4: personal data that pages send in clear text")
    write(f"{FINE}transformations: {{no: {{type: redact, patterns: email}}}}\n")
    assert run("check", "--strict").stderr == ""


def test_a_mistake_is_shown_with_its_line_and_carets(run: Any, write: Any) -> None:
    write(WRONG)
    result = run("check")
    assert result.exit_code == 1
    first, excerpt, carets, *_ = result.stdout.splitlines()
    assert first.startswith("error: container.yaml:1:17: clients.ga4.measurment_ids: unknown key, did you mean measurement_ids?")
    assert excerpt.endswith(WRONG.splitlines()[0])
    assert carets.strip(" |") == "^" * len("measurment_ids")
    assert result.stdout.splitlines()[-1] == "2 errors"


def test_a_warning_is_shown_and_fails_only_when_strict(run: Any, write: Any) -> None:
    write(DOUBTFUL)
    result = run("check")
    assert result.exit_code == 0
    assert "warning: container.yaml:3:" in result.stdout
    assert result.stdout.endswith("1 warning\ncontainer.yaml works: 1 client, 1 tag, 1 trigger\n")
    assert run("check", "--strict").exit_code == 1


def test_missing_secrets_are_listed_and_fail_when_strict(run: Any, write: Any, folder: Path) -> None:
    write(SECRET)
    result = run("check")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "`serve` will need this secret in its environment: KEY"
    assert run("check", "--strict").exit_code == 1
    assert run("check", "--strict", KEY="k").exit_code == 0
    (folder / "env").write_text("KEY=k\n")
    assert run("check", "--strict", "--env-file", "env").exit_code == 0


def test_json_has_the_problems(run: Any, write: Any) -> None:
    write(FINE)
    told = json.loads(run("check", "--json").stdout)
    assert (told["ok"], [each["severity"] for each in told["problems"]]) == (True, ["note"])
    write(WRONG)
    result = run("check", "--json")
    assert result.exit_code == 1
    problem = json.loads(result.stdout)["problems"][0]
    assert (problem["severity"], problem["file"], problem["line"], problem["column"]) == ("error", "container.yaml", 1, 17)
    assert (problem["path"], problem["message"]) == ("clients.ga4.measurment_ids", "unknown key, did you mean measurement_ids?")


def test_the_configuration_may_come_from_the_environment_and_be_a_folder(run: Any, write: Any, folder: Path) -> None:
    (folder / "conf").mkdir()
    write("clients: {ga4: {measurement_ids: [G-ABC1234567]}}", "conf/a.yaml")
    write("tags: {ga4: {}}", "conf/b.yaml")
    assert run("check", TAGYARD_CONFIG="conf").stdout == "conf is fine: 1 client, 1 tag\n"


@pytest.mark.parametrize("command", [["check"], ["show"], ["explain", "--url", "/x"], ["serve"], ["outbox", "status"]])
def test_a_missing_file_is_one_clear_line(run: Any, command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert result.output == "Error: container.yaml: no such file; name another, or write one with `tagyard init`\n"


def test_a_start_tells_warnings_and_goes_on(write: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(DOUBTFUL)
    settings = load_or_exit(Configuration(folder / "container.yaml"), serve=True)
    assert list(settings.tags) == ["ga4"]
    assert capsys.readouterr().err.endswith("1 warning\n")


def test_an_unreadable_folder_is_one_clear_line(run: Any, folder: Path) -> None:
    (folder / "conf").mkdir()
    assert run("check", "conf").output == "Error: conf: this folder holds no *.yaml file\n"
    assert run("show", "conf").output == "Error: conf: this folder holds no *.yaml file\n"


def test_show_resolves_every_tag(run: Any, write: Any) -> None:
    write(FULL)
    assert run("show").stdout.splitlines() == [
        "ga4",
        "  fires on          purchases: event purchase or order_*; client web; when event.value > 1 and event.x is defined",
        "                    any: every event",
        "  but not on        bots: when event.user_agent is matching 'bot'  (container-wide)",
        "  needs consent     ad_storage, analytics_storage",
        "  transformations   1. exclude, when event.c == 1",
        "                    2. late (exclude), priority -1",
        "  event name        purchase → order",
        "                    refund → {{ event.kind }}",
        "  parameters        only a, b",
        "  without           c, d",
        "  sets              e: 1",
        "                    f: {{ event.g }}",
        "",
        "second  (ga4)  paused: chooses no new events",
        "  fires on          all events",
        "  but not on        bots: when event.user_agent is matching 'bot'  (container-wide)",
        "  transformations   1. exclude, when event.c == 1",
        "                    2. elsewhere (exclude)",
        "                    3. late (exclude), priority -1",
        "  event name        sale",
        "  parameters        none",
    ]


def test_show_one_tag(run: Any, write: Any) -> None:
    write(FINE)
    assert run("show", "container.yaml", "ga4").stdout == "ga4\n  fires on          all events\n  transformations   none\n"
    result = run("show", "container.yaml", "nope")
    assert (result.exit_code, result.output) == (1, "Error: there is no tag nope; there is ga4\n")


def test_a_broken_file_is_reported_by_show_too(run: Any, write: Any) -> None:
    write(WRONG)
    result = run("show")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("2 errors\n")
