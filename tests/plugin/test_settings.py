"""A plugin's settings are asked as a built-in's are: each ability of them, by way of the commands and a real hit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config.assembly import running_order
from core.types import Request
from docs.render import pages
from server.cli import main
from server.loading.configuration import Configuration
from tests import plugin

Check = Callable[..., list[str]]

CLIENT = "clients:\n  beacon: {}\n"
TAG = "tags:\n  beacon_log: {type: log}\n"
RULED = """\
transformations:
  plain: {type: augment, parameters: {seen: "{{ event.value }}"}}
  sieve:
    rules:
      - {drop: value, where: event.value == '1'}
      - {keep: email, any_of: [event.member, "var.staff"]}
    by_name:
      small: {drop: size, where: ["event.size", "event.event_name == 'x'"]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin is installed, and the current folder is one of its own."""
    plugin.installed_in(tmp_path / "plugin")
    monkeypatch.syspath_prepend(tmp_path / "plugin")
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output


def written(*parts: str) -> Configuration:
    Path("container.yaml").write_text("".join(parts))
    return Configuration(Path("container.yaml"))


def problems(*parts: str) -> list[str]:
    return [str(problem) for problem in written(*parts).load().problems]


def kept(query: str, *parts: str, **headers: str) -> list[Any]:
    """What the container makes of a request: what each tag would be given, or why nothing is claimed."""
    configuration = written(*parts)
    loaded = configuration.load()
    assert loaded.settings, loaded.problems
    container = configuration.assemble(loaded, loaded.settings).container
    run = container.handle(Request("r1", 1_764_340_311_502_000, "GET", "/beacon", query, tuple(headers.items())))
    return [verdict.event for event in run.events for verdict in event.verdicts]


def test_its_doubts_are_shown_where_they_are_written() -> None:
    written("clients:\n  beacon:\n    ids: [a]\n    sites: [https://a.example, https://b.example]\n", "tags: {log: {}}\n")
    told = run("check")
    assert "container.yaml:4:13: clients.beacon.sites[0]: may not read replies; list it under server.allowed_origins\n" in told
    assert "    4 |     sites: [https://a.example, https://b.example]\n      |             ^^^^^^^^^^^^^^^^^\n" in told
    assert "container.yaml:3:5: clients.beacon.ids: reach none of log\n" in told


def test_the_paths_it_claims_are_checked_like_any_clients() -> None:
    found = problems("clients: {beacon: {paths: [/b, /m/b]}}\n", TAG, "server: {path_prefix: /m}\n")
    assert found == [
        "container.yaml:1:32: clients.beacon.paths[1]: has the server's path_prefix, which clients are not shown; write /b"
    ]


def test_its_defaults_follow_from_the_rest_of_the_file_and_count_for_a_hit() -> None:
    allowed = "server: {allowed_origins: [https://shop.example]}\n"
    assert problems(CLIENT, TAG, allowed) == []
    assert kept("name=page_view", CLIENT, TAG, allowed, origin="https://shop.example") == [{"event_name": "page_view"}]
    assert kept("name=page_view", CLIENT, TAG, allowed, origin="https://other.example") == []


def test_others_follow_its_ids() -> None:
    clients = "clients: {beacon: {ids: [G-1]}, scripts: {type: google_scripts}, old: {type: universal_analytics}}\n"
    settings = written(clients, TAG).load().settings
    assert settings
    followers: list[Any] = [settings.clients[name].settings for name in ("scripts", "old")]
    assert (followers[0].ids, followers[1].measurement_ids) == (["G-1"], ["G-1"])


def test_its_order_counts_at_equal_priority() -> None:
    transformations = (
        "transformations:\n  exclude: {parameters: x}\n  augment: {parameters: {a: b}}\n"
        "  sieve: {}\n  allow: {parameters: [event_name]}\n  first: {type: redact, patterns: email, priority: 9}\n"
    )
    settings = written(CLIENT, TAG, transformations).load().settings
    assert settings
    assert [each.name for each in running_order(settings)] == ["allow", "sieve", "augment", "exclude", "first"]
    steps = run("show")
    assert steps.index("sieve") < steps.index("augment")


def test_its_nested_conditions_are_checked_where_they_stand() -> None:
    assert problems(CLIENT, TAG, RULED) == [
        "container.yaml:10:47: transformations.sieve.rules[1].any_of[1]: unknown variable staff; there is none",
    ]
    broken = problems(CLIENT, TAG, RULED.replace("event.value == '1'", "event.value =="))
    assert any(each.startswith("container.yaml:9:42: transformations.sieve.rules[0].where: ") for each in broken)


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("{drop: value, where: \"event.value == '${LIMIT}'\"}", "5:28: transformations.sieve.rules[0].where: "),
        ("{keep: value, any_of: [event.a, \"event.value == '${LIMIT}'\"]}", "5:39: transformations.sieve.rules[0].any_of[1]: "),
        ("{drop: value, where: '${LIMIT}'}", "5:28: transformations.sieve.rules[0].where: "),
        ("{drop: value, where: '${SECRET}'}", "5:28: transformations.sieve.rules[0].where: "),
    ],
)
def test_none_of_them_takes_a_value_of_the_environment(rule: str, place: str) -> None:
    text = f"transformations:\n  sieve:\n    note: of ${{LIMIT}}\n    rules:\n    - {rule}\n"
    found = problems(text, "environment: {LIMIT: 5}\n", CLIENT, TAG)
    assert [each for each in found if each.startswith(f"container.yaml:{place}${{NAME}} is not replaced inside a `")]


def test_a_text_that_is_no_condition_takes_one() -> None:
    text = "transformations:\n  sieve: {note: '${WHY}', rules: [{drop: '${NAME}'}]}\nenvironment: {WHY: so, NAME: email}\n"
    assert problems(text, CLIENT, TAG) == []


def test_its_conditions_work() -> None:
    variable = "variables: {staff: '{{ event.staff }}'}\n"
    parts = (CLIENT, TAG, RULED, variable)
    assert kept("name=x&value=1&email=e&size=3", *parts) == [{"event_name": "x"}]
    assert kept("name=y&value=2&email=e&size=3&staff=1", *parts) == [
        {"event_name": "y", "value": "2", "email": "e", "size": "3", "staff": "1", "seen": "2"}
    ]


def test_it_is_advice_against_clear_text_and_counts_as_one() -> None:
    advice = written(CLIENT, TAG).load().notes
    assert "no `redact`, `exclude`, `sieve` or `allow` reaches `beacon_log`" in advice[0].message
    assert written(CLIENT, TAG, "transformations: {sieve: {rules: [{drop: email}]}}\n").load().notes == ()


def test_csp_says_what_its_pages_need() -> None:
    written(CLIENT, TAG)
    assert run("csp", "--host", "data.example.com").splitlines() == [
        "script-src https://data.example.com https://cdn.beacon.example;",
        "img-src https://data.example.com;",
        "connect-src https://data.example.com;",
        "frame-src https://data.example.com;",
        "font-src https://cdn.beacon.example;",
    ]


def test_the_first_test_of_a_file_is_one_that_it_passes() -> None:
    written(CLIENT, TAG)
    first = run("test").partition("\n\n")[2]
    assert 'request: {url: "/beacon?name=page_view"}' in first
    written(CLIENT, TAG, first)
    assert run("test") == "✓ a page view reaches beacon_log\n1 test passed\n"


def test_the_schema_and_the_reference_have_it() -> None:
    schema = json.loads(run("schema"))
    assert "any_of" in json.dumps(schema["$defs"]["KeepSettings"]["properties"])
    assert {"beacon", "ga4"} <= schema["properties"]["clients"]["properties"].keys()
    written = pages()
    assert "# The `sieve` transformation\n" in written["reference/transformations/sieve.md"]
    assert "in this order: `allow`, `sieve`, `augment`," in written["reference/transformations/index.md"]


def test_explain_tells_what_it_does() -> None:
    written(CLIENT, TAG, "transformations: {sieve: {rules: [{drop: email}]}}\n")
    (told,) = [json.loads(line) for line in run("explain", "--url", "/beacon?name=x&email=e", "--json").splitlines()]
    assert told["client"] == "beacon"
    assert told["events"][0]["tags"]["beacon_log"]["data"] == {"event_name": "x"}


@pytest.mark.parametrize(
    ("ability", "severity"),
    [("derived", "error"), ("doubts", "warning")],
)
def test_what_fails_in_it_is_told_at_the_component(ability: str, severity: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise LookupError("no such thing")

    (beacon,) = [each.load().Settings for each in plugin.ENTRIES if each.kind == "client"]
    monkeypatch.setattr(beacon, ability, fails)
    (problem,) = written(CLIENT, TAG).load().problems
    assert (problem.severity, str(problem)) == (
        severity,
        "container.yaml:2:3: clients.beacon: the client type beacon could not be asked about its settings: "
        "LookupError: no such thing",
    )


@pytest.mark.parametrize("ability", ["own_names", "written_paths", "site_ids", "page_sources", "first_request", "cookie_domain"])
def test_whatever_it_is_asked_is_asked_where_a_failure_can_be_told(ability: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise LookupError("no such thing")

    (beacon,) = [each.load().Settings for each in plugin.ENTRIES if each.kind == "client"]
    monkeypatch.setattr(beacon, ability, fails)
    found = problems(CLIENT, TAG)
    told = "clients.beacon: the client type beacon could not be asked about its settings: LookupError: no such thing"
    assert found == [f"container.yaml:2:3: {told}"]


def test_what_its_expressions_may_begin_with_is_told_once_where_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise LookupError("no such thing")

    sieve = next(each.load().Settings for each in plugin.ENTRIES if each.kind == "transformation")
    monkeypatch.setattr(sieve, "own_names", fails)
    found = problems(CLIENT, TAG, "transformations: {sieve: {rules: [{drop: email}], when: item.a == 1}}\n")
    assert [each.partition(" means ")[0].rpartition(": ")[2] for each in found] == ["no such thing", "item"]


def test_defaults_that_follow_and_are_no_settings_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (beacon,) = [each.load().Settings for each in plugin.ENTRIES if each.kind == "client"]
    monkeypatch.setattr(beacon, "derived", lambda *_: None)
    assert [each.rpartition("settings: ")[2] for each in problems(CLIENT, TAG)] == [
        "TypeError: derived must return BeaconSettings"
    ]
