"""What filters ask for by name: secrets, which show nowhere, and vendors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from config import Loaded, SourceFile, load, render
from config.assembly import assemble
from core.context import Context
from core.registry import Registry, installed
from core.secret import MASK
from core.types import Request

CANARY = "canary-3f9a"
FILE = """clients: {ga4: {measurement_ids: G-1}}
tags: {ga4: {}}
variables:
  signed: "{{ event.client_id | hmac('SIGNING_KEY') }}"
triggers:
  mine:
    when:
      - event.value > 1
      - event.signature == (event.id | hmac('SIGNING_KEY', 'base64'))
exceptions: [mine]
transformations:
  augment: {parameters: {signature: "{{ var.signed }}"}}
"""
NOT_SET = (
    "the secret SIGNING_KEY is not set: set the environment variable SIGNING_KEY, or SIGNING_KEY_FILE to a file that holds it"
)
EMPTY = "the secret SIGNING_KEY is empty: whoever knows that could sign as well"

Read = Callable[..., Loaded]


def test_the_secret_is_taken_out_of_the_environment(check: Read) -> None:
    for serve in (True, False):
        loaded = check(FILE, environ={"SIGNING_KEY": CANARY}, serve=serve)
        assert (loaded.problems, loaded.secrets, loaded.placeholders) == ((), {"SIGNING_KEY": CANARY}, ())


def test_or_out_of_a_file(check: Read) -> None:
    loaded = check(FILE, environ={"SIGNING_KEY_FILE": "key"}, files={"key": b"canary\n"}, serve=True)
    assert (loaded.problems, loaded.secrets) == ((), {"SIGNING_KEY": "canary"})


def test_a_server_refuses_one_that_is_not_set_wherever_it_is_named(check: Read) -> None:
    assert [str(problem) for problem in check(FILE, serve=True).problems] == [
        f"a.yaml:4:39: variables.signed: {NOT_SET}",
    ]
    without = FILE.replace("hmac('SIGNING_KEY') }}", "sha256 }}")
    assert [str(problem) for problem in check(without, serve=True).problems] == [f"a.yaml:9:46: triggers.mine.when[1]: {NOT_SET}"]


@pytest.mark.parametrize(
    "settings",
    [
        "url: https://a.example/SIGNED",
        "url: https://a.example?by=SIGNED",
        "url: https://a.example, query: {a: SIGNED}",
        "url: https://a.example, headers: {x-a: SIGNED}",
        "url: https://a.example, body: {a: [SIGNED]}",
    ],
)
def test_it_is_asked_for_wherever_a_request_has_expressions(settings: str) -> None:
    """In the real tag: a URL holds expressions, too, and is no template."""
    hook = re.sub(r"(https:\S*SIGNED|SIGNED)", r"'\1'", settings).replace("SIGNED", '{{ event.id | hmac("SIGNING_KEY") }}')
    text = f"clients: {{ga4: {{measurement_ids: G-1}}}}\ntags: {{hook: {{type: http_request, {hook}}}}}\n"
    source = SourceFile("a.yaml", text.encode())
    environ = {"SIGNING_KEY": CANARY}
    without, loaded = (
        load([source], registry=installed(), environ=each, read=lambda _: b"", serve=True) for each in ({}, environ)
    )
    assert [problem.message for problem in without.problems if problem.severity == "error"] == [NOT_SET]
    assert (loaded.settings is not None, loaded.secrets) == (True, environ)


def test_where_nothing_is_sent_it_is_listed_like_every_secret(check: Read) -> None:
    loaded = check(FILE)
    assert (loaded.problems, loaded.placeholders) == ((), ("SIGNING_KEY",))


@pytest.mark.parametrize("serve", [True, False])
@pytest.mark.parametrize("environ", [{"SIGNING_KEY": ""}, {"SIGNING_KEY": " \n"}])
def test_an_empty_one_is_refused_with_its_place(check: Read, environ: dict[str, str], serve: bool) -> None:
    places = {str(problem) for problem in check(FILE, environ=environ, serve=serve).problems}
    assert places == {f"a.yaml:4:39: variables.signed: {EMPTY}", f"a.yaml:9:46: triggers.mine.when[1]: {EMPTY}"}


def test_a_plain_setting_is_no_secret(check: Read) -> None:
    loaded = check(f"environment: {{SIGNING_KEY: {CANARY}}}\n{FILE}")
    plain = "SIGNING_KEY is listed under `environment`, so that it shows and is no secret: take it out there"
    assert [str(each) for each in loaded.problems] == [
        f"a.yaml:5:39: variables.signed: {plain}",
        f"a.yaml:10:46: triggers.mine.when[1]: {plain}",
    ]


@pytest.mark.parametrize(
    ("written", "column", "message"),
    [
        ("'${SIGNING_KEY}'", 36, "${NAME} is not replaced inside {{ }}; hmac takes the name alone: hmac('NAME')"),
        ("env.SIGNING_KEY", 30, "the filter hmac takes texts in quotes: it is written hmac('SIGNING_KEY')"),
        ("event.key", 30, "the filter hmac takes texts in quotes: it is written hmac('SIGNING_KEY')"),
    ],
)
def test_other_ways_to_write_it_are_told_how(said: Callable[..., list[str]], written: str, column: int, message: str) -> None:
    problem = said(f'variables: {{a: "{{{{ event.a | hmac({written}) }}}}"}}\n')[0]
    assert problem == f"a.yaml:1:{column}: variables.a: {message}"


def test_in_a_condition_as_well(said: Callable[..., list[str]]) -> None:
    found = said("triggers: {t: {when: \"event.a | hmac('${KEY}') == 'x'\"}}\nexceptions: t\n")
    assert found == [
        "a.yaml:1:22: triggers.t.when: ${NAME} is not replaced inside a `when`; hmac takes the name alone: hmac('NAME')"
    ]


@pytest.mark.parametrize("key", ["s3cr3t+canary/==", "canary", "Canary1"])
@pytest.mark.parametrize(
    "text",
    [
        "variables:\n  a: \"{{ event.a | hmac('%s') }}\"\n",
        "triggers:\n  a:\n    when:\n      - event.a | hmac('%s', 'hex') == 'b'\nexceptions: a\n",
    ],
)
def test_a_key_that_is_written_into_the_file_shows_in_nothing_that_is_said(check: Read, text: str, key: str) -> None:
    loaded = check(text % key, FILE.partition("variables")[0])
    (problem,) = loaded.problems
    assert "it takes the name of a secret of the environment" in problem.message
    assert key not in f"{problem}{problem!r}{render(problem)}"


def test_the_secret_shows_in_no_settings_and_no_problems(check: Read) -> None:
    loaded = check(f"{FILE}unknown: 1\n", environ={"SIGNING_KEY": CANARY}, serve=True)
    assert loaded.problems
    assert CANARY not in repr(loaded) + "".join(map(render, loaded.problems))
    assert CANARY not in repr(check(FILE, environ={"SIGNING_KEY": CANARY}).settings)


@pytest.mark.parametrize(("key", "signs"), [(CANARY, True), (MASK, False)])
def test_what_is_assembled_signs_with_it(check: Read, key: str, signs: bool) -> None:
    loaded = check(FILE, environ={"SIGNING_KEY": key})
    assert loaded.settings
    shared = assemble(loaded, loaded.settings, {}, lambda _: b"").container.shared
    event: dict[str, Any] = {"client_id": "1.2"}
    found = Context(Request("r", 0, "GET", "/"), "ga4", event, 0, shared).on(event).variable("signed")
    assert (found != MASK and len(found) == 64) is signs
    assert CANARY not in found


def vendors(registry: Registry, vendor: str, known: tuple[str, ...]) -> list[str]:
    text = f"{FILE.partition('triggers')[0]}  mail: \"{{{{ user.email | hashed_for('{vendor}') }}}}\"\n"
    source = SourceFile("a.yaml", text.encode())
    loaded = load([source], registry=registry, environ={}, read=lambda _: b"", serve=False, vendors=known)
    return [str(problem) for problem in loaded.problems if problem.severity == "error"]


def test_a_vendor_that_has_no_rules_is_a_mistake_that_names_those_there_are(registry: Registry) -> None:
    place = "a.yaml:5:38: variables.mail: unknown vendor"
    assert vendors(registry, "meta", ("meta", "tiktok")) == []
    assert vendors(registry, "mata", ("meta", "tiktok")) == [f"{place} mata, did you mean meta?"]
    assert vendors(registry, "facebook", ("meta", "tiktok")) == [f"{place} facebook; known are meta, tiktok"]
    assert vendors(registry, "any", ()) == []
