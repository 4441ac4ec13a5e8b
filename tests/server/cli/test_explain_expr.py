"""``tagyard explain --expr``: what an expression is worth, of what kind that is, what was undefined, and where a mistake is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.cli.conftest import Run

HIT = "/g/collect?v=2&tid=G-ABC1234567&cid=1.2&en=purchase&epn.value=5"
CONFIG = """
environment: {STAGE: staging}
clients:
  web: {type: ga4, measurement_ids: [G-ABC1234567]}
  hooks: {type: json, activation_paths: /hooks, secret: {scheme: bearer, key: "${HOOK_TOKEN}"}}
variables:
  double: "{{ event.value * 2 }}"
  signed: "{{ event.client_id | hmac('SIGNING_KEY') }}"
triggers: {refunds: {event: refund}}
transformations:
  more: {type: augment, parameters: {value: 7, signed: "{{ var.signed }}"}, tags: [ga4]}
tags:
  ga4: {}
  refund: {type: ga4, triggers: refunds}
  hook: {type: http_request, url: https://example.com/, headers: {X-Double: "{{ var.double }}{{ env.STAGE }}"}}
"""
CANARY = "canary-3f9a"


@pytest.fixture
def config(folder: Path) -> Path:
    path = folder / "container.yaml"
    path.write_text(CONFIG)
    return path


def told(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("source", "value", "kind", "undefined"),
    [
        ("(event.value * 1.19) | round(2)", 11.9, "number", []),
        ("event.currency ~ event.value", "EUR10", "text", []),
        ("event.value > 5 and event.currency == 'EUR'", True, "boolean", []),
        ("event.items | pluck('item_id')", ["A", "B"], "list", []),
        ("event.items[0]", {"item_id": "A", "price": 2}, "object", []),
        ("event.none | lower", None, "undefined", ["event.none"]),
        ("event.none.below | default(event.other) | default(1)", 1, "number", ["event.none.below", "event.other"]),
        ("event.none if event.value else event.none", None, "undefined", ["event.none"]),
        ("item.price", None, "undefined", ["item.price"]),
        ("{{ event.value }} {{ event.currency }}, {{ event.none }}", "10 EUR, ", "text", ["event.none"]),
        ("{{ event.value }}", 10, "number", []),
        ("request.headers['x-a'] ~ request.ip", "b192.0.2.1", "text", []),
        ("user.email | hashed_for('meta') | length", 64, "number", []),
        ("event.value | hmac('ANY_KEY')", "***", "text", []),
        ("1 + 1", 2, "number", []),
    ],
)
def test_without_a_configuration_it_is_asked_of_event_data(
    run: Run, source: str, value: Any, kind: str, undefined: list[str]
) -> None:
    event = {
        "value": 10,
        "currency": "EUR",
        "items": [{"item_id": "A", "price": 2}, {"item_id": "B"}],
        "user_data": {"email_address": "Jo@Example.com"},
    }
    more = ["--header", "X-A: b", "--ip", "192.0.2.1", "--json"]
    result = run("explain", "--expr", source, "--event", json.dumps(event), *more, SIGNING_KEY=CANARY)
    assert (result.exit_code, told(result.stdout)) == (0, [{"value": value, "type": kind, "undefined": undefined}])


def test_a_person_sees_the_value_its_kind_and_what_was_undefined(run: Run) -> None:
    assert run("explain", "--expr", "event.a", "--event", '{"a": "x\\u001b[31m"}').stdout == '"x\\u001b[31m"  text\n'
    assert run("explain", "--expr", "event.a ~ event.b", "--event", '{"a": [1]}').stdout == '"[1]"  text\nundefined: event.b\n'
    assert run("explain", "--expr", "event.a").stdout == "undefined\nundefined: event.a\n"


@pytest.mark.usefixtures("config")
def test_event_data_may_be_a_file(run: Run, folder: Path) -> None:
    (folder / "purchase.json").write_text('\ufeff{"value": 4}')
    assert run("explain", "--expr", "var.double", "--event", "purchase.json").stdout == "8  number\n"
    assert "8  number\n" in run("explain", "--expr", "var.double", "--event", "-", input='{"value": 4}').stdout
    assert json.loads(run("explain", "--event", "purchase.json", "--json").stdout)["events"][0]["data"] == {"value": 4}
    (folder / "list.json").write_text("[]")
    assert "Error: list.json must be a JSON object" in run("explain", "--event", "list.json").stderr
    (folder / "no.json").write_text("{")
    assert "Error: no.json is not JSON: " in run("explain", "--event", "no.json").stderr
    missing = "Error: --event is no JSON object, and no file: event_name=x: cannot be read: No such file or directory"
    assert missing in run("explain", "--event", "event_name=x").stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "event.value | uper",
            "--expr:15: unknown filter 'uper', did you mean upper?\n  event.value | uper\n                ^\n",
        ),
        (
            "event.a = 1",
            "--expr:9: syntax error: unexpected '=' after the expression (== compares)\n  event.a = 1\n          ^\n",
        ),
        ("x {{ evnt.a }}", "--expr:6: unknown name 'evnt', did you mean event?\n  x {{ evnt.a }}\n       ^\n"),
        ("event.a\n  | uper", "--expr:2:5: unknown filter 'uper', did you mean upper?\n    | uper\n      ^\n"),
        ("", "--expr: the expression is empty\n"),
        ("1 + var.m", "--expr:5: unknown variable m; there is none\n  1 + var.m\n      ^\n"),
        ("env['S']", "--expr:1: unknown environment name S; there is none\n  env['S']\n  ^\n"),
        ("event.a | hmac('s3cr3t')", "--expr:11: the filter hmac: it takes the name of a secret"),
        ("user.email | hashed_for('mta')", "--expr:26: unknown vendor mta, did you mean meta?\n"),
        ("event.a | regex_replace('(', '')", "--expr:11: the filter regex_replace: the pattern '(' is not one that RE2 knows"),
    ],
)
def test_a_mistake_is_told_with_its_column(run: Run, source: str, message: str) -> None:
    result = run("explain", "--expr", source, "--event", "{}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {message}")


def test_what_is_hardly_meant_is_told_beside_the_value(run: Run) -> None:
    result = run("explain", "--expr", "user.email | sha256")
    assert (result.exit_code, result.stderr[:64]) == (
        0,
        "warning: user.email is hashed as it was typed; a capital letter or a sp"[:64],
    )


def test_variables_settings_and_transformations_are_those_of_the_configuration(run: Run, config: Path) -> None:
    assert told(run("explain", "--expr", "var.double", "--event", '{"value": 4}', "--json").stdout)[0]["value"] == 8
    assert told(run("explain", str(config), "--expr", "env.STAGE", "--json").stdout)[0]["value"] == "staging"
    assert "--expr:1: unknown variable duble, did you mean double?" in run("explain", "--expr", "var.duble").stderr
    as_ga4 = told(run("explain", "--expr", "event.value", "--event", '{"value": 4}', "--tag", "ga4", "--json").stdout)
    assert [each["value"] for each in as_ga4] == [7]


@pytest.mark.usefixtures("config")
def test_hits_are_asked_event_by_event(run: Run, folder: Path) -> None:
    (folder / "hits").write_text(f"{HIT}\n/other?a=1\n{HIT.replace('=5', '=6')}\n")
    result = run("explain", "--expr", "var.double", "--hits", "hits", "--json")
    assert [(each["client"], each["value"], each["type"]) for each in told(result.stdout)] == [
        ("web", 10, "number"),
        (None, None, "undefined"),
        ("web", 12, "number"),
    ]
    shown = run("explain", "--expr", "request.query.a", "--hits", "hits").stdout
    assert 'GET /other?a=1\nno client claims it, so that there is no event\n"1"  text\n' in shown


@pytest.mark.usefixtures("config")
def test_it_says_which_version_of_the_event_it_is_asked_of(run: Run) -> None:
    assert "as ga4 sees it\n7  number\n" in run("explain", "--expr", "event.value", "--url", HIT, "--tag", "ga4").stdout
    held = run("explain", "--expr", "event.value", "--url", HIT, "--tag", "refund").stdout
    assert "refund is held back: no trigger matched (refunds); this is of the event as it came\n5  number\n" in held


@pytest.mark.usefixtures("config")
def test_what_a_webhook_says_is_at_hand(run: Run) -> None:
    asked = ["--url", "/hooks", "--body", '{"event_name": "x", "order": {"id": 7}}']
    assert told(run("explain", "--expr", "body.order.id", *asked, "--json").stdout)[0]["value"] == 7
    assert "it became no event\n7  number\n" in run("explain", "--expr", "body.order.id", *asked).stdout
    assert (
        "it became no event"
        not in run("explain", "--expr", "body.order.id", *asked, "--header", "Authorization: Bearer x").stdout
    )
    assert (
        told(run("explain", "--expr", "body.order.id", "--url", "/hooks", "--body", "{", "--json").stdout)[0]["type"]
        == "undefined"
    )


@pytest.mark.usefixtures("config")
def test_secrets_show_nowhere(run: Run) -> None:
    for source in (
        "var.signed",
        "event.client_id | hmac('SIGNING_KEY')",
        "event.signed",
        "event.client_id | hmac('HOOK_TOKEN', 'base64')",
    ):
        result = run("explain", "--expr", source, "--url", HIT, "--tag", "ga4", SIGNING_KEY=CANARY, HOOK_TOKEN=CANARY)
        assert '"***"  text\n' in result.stdout
        assert CANARY not in result.output
    whole = run("explain", "--url", HIT, SIGNING_KEY=CANARY, HOOK_TOKEN=CANARY)
    assert CANARY not in whole.output
    assert "***" in whole.stdout


@pytest.mark.parametrize("more", [["--url", HIT], ["--event", "{}", "--tag", "ga4"], ["--event", "{}", "--client", "web"]])
def test_what_needs_a_configuration_asks_for_one(run: Run, more: list[str]) -> None:
    result = run("explain", "--expr", "event.a", *more)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "container.yaml: no such file" in result.stderr


def test_a_configuration_that_is_named_must_be_there(run: Run) -> None:
    assert "nope.yaml: no such file" in run("explain", "nope.yaml", "--expr", "event.a").stderr
    assert "nope.yaml: no such file" in run("explain", "--expr", "event.a", TAGYARD_CONFIG="nope.yaml").stderr
    assert "nothing to explain" not in run("explain", "--expr", "event.a").stderr


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_secret_that_an_event_holds_is_a_mask(run: Run, config: Path, form: tuple[str, ...]) -> None:
    config.write_text(config.read_text().replace("  hook: {", "  hook: {parameters: {set: {key: '${KEY}', list: ['${KEY}']}}, "))
    event = ("--event", '{"event_name": "purchase", "client_id": "1.2"}', *form)
    for asked in ((), ("--tag", "hook", "--expr", "event.key"), ("--tag", "hook", "--expr", "event.list")):
        result = run("explain", *asked, *event, KEY=CANARY)
        assert (result.exit_code, "***" in result.stdout, CANARY in result.output) == (0, True, False)
    assert "text" in run("explain", "--tag", "hook", "--expr", "event.key", *event).stdout


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_a_number_that_no_client_takes_is_no_event_data(run: Run, config: Path, number: str) -> None:
    assert config.exists()
    result = run("explain", "--json", "--expr", "event.value", "--event", f'{{"value": {number}}}')
    assert result.exit_code == 1
    assert f"--event is not JSON: {number} is no number in JSON" in result.stderr
