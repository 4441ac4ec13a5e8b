"""``${NAME}``: plain settings, secrets, defaults, files; and that no secret is ever shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config import Loaded, render
from core.secret import SealedText

HOOK = """
environment: {STAGE: live, PORT: 8080, NONE: ''}
clients: {ga4: {measurement_ids: G-1}}
tags: {hook: {url: x, {settings}}}
"""
Check = Callable[..., Loaded]
Said = Callable[..., list[str]]
CANARY = "canary-5f1d"


def hook(check: Check, settings: str, **options: Any) -> Any:
    loaded = check(HOOK.replace("{settings}", settings), **options)
    assert [str(problem) for problem in loaded.problems if problem.severity == "error"] == []
    assert loaded.settings is not None
    return loaded.settings.tags["hook"].settings


def body(check: Check, text: str, **options: Any) -> Any:
    return hook(check, f"body: {text}", **options).body.evaluate(None)


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("'${STAGE}'", {}, "live"),
        ("'${STAGE}'", {"STAGE": "test"}, "test"),
        ("'a ${STAGE} b ${PORT}.'", {}, "a live b 8080."),
        ("'${NONE:-nothing}'", {}, "nothing"),
        ("'${STAGE:-nothing}'", {}, "live"),
        ("'${NONE}'", {}, ""),
        ("{a: ['${STAGE}']}", {}, {"a": ["live"]}),
        ("'$${STAGE} ${STAGE}'", {}, "${STAGE} live"),
        ("'$STAGE $ {} }'", {}, "$STAGE $ {} }"),
        ("5", {}, 5),
    ],
)
def test_plain_names(check: Check, text: str, environ: dict[str, str], expected: object) -> None:
    assert body(check, text, environ=environ) == expected


def test_a_replaced_text_is_read_as_the_type_of_its_key(check: Check) -> None:
    environ = {"PORT": "7", "STAGE": "true"}
    settings = hook(check, "retries: '${PORT}', share: '1.${PORT}', timeout: '${PORT}', paused: '${STAGE}'", environ=environ)
    assert (settings.retries, settings.share, settings.timeout, settings.paused) == (7, 1.7, 7, True)


def test_the_environment_that_is_handed_on(check: Check) -> None:
    loaded = check(HOOK.replace(", {settings}", ""), environ={"STAGE": "test", "PATH": "/bin"})
    assert loaded.environment == {"STAGE": "test", "PORT": "8080", "NONE": ""}
    assert loaded.settings is not None
    assert loaded.settings.environment == loaded.environment


@pytest.mark.parametrize(
    ("environ", "files", "value"),
    [
        ({"TOKEN": "a"}, {}, "a"),
        ({"TOKEN_FILE": "run/token"}, {"run/token": b"a b\n"}, "a b"),
        ({"TOKEN_FILE": "run/token"}, {"run/token": b"a\r\n"}, "a"),
        ({"TOKEN_FILE": "run/token"}, {"run/token": b"\xef\xbb\xbfa"}, "a"),
        ({"TOKEN_FILE": "run/token"}, {"run/token": b"a\n\n"}, "a\n"),
        ({"TOKEN": "", "TOKEN_FILE": "run/token"}, {"run/token": b"a"}, "a"),
        ({"TOKEN": "a", "TOKEN_FILE": "run/missing"}, {}, "a"),
    ],
)
def test_where_a_secret_comes_from(check: Check, environ: dict[str, str], files: dict[str, bytes], value: str) -> None:
    text = HOOK.replace("{settings}", "headers: {A: 'Bearer ${TOKEN}'}, sign: {header: X, secret: '${TOKEN}'}")
    loaded = check(text, environ=environ, files=files, serve=True)
    assert loaded.secrets == {"TOKEN": value}
    assert loaded.placeholders == ()
    assert loaded.settings is not None
    settings: Any = loaded.settings.tags["hook"].settings
    sealed = settings.headers["A"].evaluate(None)
    assert isinstance(sealed, SealedText)
    assert (str(sealed), sealed.reveal(), settings.sign.secret.reveal()) == ("Bearer ***", f"Bearer {value}", value)


def test_a_secret_beside_an_expression_and_plain_text(check: Check) -> None:
    settings = hook(check, "headers: {A: '{{ event.a }} ${STAGE} ${TOKEN}'}", environ={"TOKEN": "a"})
    assert len(settings.headers["A"].expressions) > 0


def test_a_default_may_stand_for_a_secret(check: Check) -> None:
    text = HOOK.replace("{settings}", "headers: {A: '${TOKEN:-none}'}")
    assert check(text, serve=True).secrets == {"TOKEN": "none"}
    assert check(text, environ={"TOKEN": "a"}, serve=True).secrets == {"TOKEN": "a"}


def test_a_missing_secret_is_an_error_where_it_is_needed(said: Said) -> None:
    what_to_do = "is not set: set the environment variable {0}, or {0}_FILE to a file that holds it"
    assert said("tags: {hook: {url: x, body: ['${A}', '${B}', '${A}']}}", serve=True) == [
        f"a.yaml:1:33: tags.hook.body[0]: the secret A {what_to_do.format('A')}",
        f"a.yaml:1:41: tags.hook.body[1]: the secret B {what_to_do.format('B')}",
    ]


def test_elsewhere_a_placeholder_takes_its_place_and_is_listed(check: Check) -> None:
    loaded = check(HOOK.replace("{settings}", "body: ['${A}', '${B}', '${A}']"))
    assert loaded.settings is not None
    assert loaded.placeholders == ("A", "B")
    assert loaded.secrets == {"A": "placeholder", "B": "placeholder"}


@pytest.mark.parametrize(
    ("environ", "serve", "known"),
    [
        ({}, False, False),
        ({"A": "***"}, False, False),
        ({"A": "real"}, False, True),
        ({"A": "placeholder"}, True, True),
        ({"A": "***"}, True, True),
    ],
)
def test_what_stands_for_a_secret_is_never_taken_for_one_and_a_server_has_none(
    check: Check, environ: dict[str, str], serve: bool, known: bool
) -> None:
    text = HOOK.replace("{settings}", "sign: {header: x, secret: 'a ${A}'}")
    settings = check(text, environ=environ, serve=serve).settings
    assert settings is not None
    hook: Any = settings.tags["hook"].settings
    assert hook.sign.secret.known is known


@pytest.mark.parametrize(("files", "reason"), [({}, "No such file or directory"), ({"run/a": b"\xff"}, "is not UTF-8")])
@pytest.mark.parametrize("serve", [True, False])
def test_a_secrets_file_that_cannot_be_read(said: Said, files: dict[str, bytes], reason: str, serve: bool) -> None:
    (problem,) = said("tags: {hook: {url: x, body: '${A}'}}", environ={"A_FILE": "run/a"}, files=files, serve=serve)
    assert problem == f"a.yaml:1:32: tags.hook.body: the file that A_FILE names: run/a: {reason}"


def test_no_value_of_the_environment_becomes_an_expression(said: Said) -> None:
    (problem,) = said("environment: {A: a}\ntags: {hook: {url: x, body: 'b ${A}'}}", environ={"A": "{{ event.x }}"})
    assert problem.endswith("a value of the environment brings in {{, which would make an expression of it")


def test_a_secret_holding_braces_stays_a_text(check: Check) -> None:
    value = body(check, "'${A}'", environ={"A": "{{ event.x }} ${STAGE}"})
    assert value.reveal() == "{{ event.x }} ${STAGE}"


def test_no_value_of_the_environment_changes_the_structure(check: Check) -> None:
    assert body(check, "'${STAGE}'", environ={"STAGE": "a\nb: [c]"}) == "a\nb: [c]"


def test_a_setting_of_any_kind_takes_no_secret(said: Said) -> None:
    assert said("tags: {hook: {url: x, anything: {a: ['${A}']}}}") == [
        "a.yaml:1:38: tags.hook.anything.a[0]: a secret is not allowed here; "
        "list its name under `environment` if it is not secret"
    ]


EVERYWHERE = """
environment: {{PLAIN: "{0}"}}
server: {{listen: "{0}", max_body: "{0}", max_connections: "{0}", allowed_origins: "{0}", log: {{level: "{0}"}}, "{0}": "{0}"}}
outbox: {{url: "{0}", max_age: "{0}"}}
clients: {{ga4: {{measurement_ids: "{0}", priority: "{0}"}}, two: {{type: "{0}"}}, three: "{0}"}}
tags:
  ga4: {{triggers: "{0}", measurement_id: "{0}", paused: "{0}", consent: "{0}", event_name: "{0}", parameters: "{0}"}}
  hook: {{url: "{0}", retries: "{0}", share: "{0}", timeout: "{0}", sign: "{0}", headers: "{0}", anything: "{0}"}}
  third: {{type: hook, body: "{{{{ {0}"}}
  secret: {{type: hook, url: x, headers: {{a: "{0}"}}, sign: {{header: "{0}", secret: "{0}"}}, body: "{{{{ event.a + }}}} {0}"}}
triggers: {{a: {{event: "{0}", client: "{0}", when: "{0}"}}, b: "{0}"}}
exceptions: "{0}"
consent: {{ad_storage: "{0}", x: "{0}"}}
variables: {{a: "{0}", b: {{lookup: "{0}", map: "{0}"}}, c: {{file: "{0}", key: a, value: "{0}"}}}}
transformations: {{allow: {{parameters: "{0}", tags: "{0}", except: "{0}", when: ["{0}"]}}, augment: {{parameters: "{0}"}}}}
"""


@pytest.mark.parametrize("environ", [{"A": CANARY}, {"A_FILE": "a"}, {"A_FILE": "b"}])
@pytest.mark.parametrize("text", ["${A}", "b ${A}", "${A:-x}"])
@pytest.mark.parametrize("serve", [True, False])
def test_no_secret_is_ever_shown(check: Check, environ: dict[str, str], text: str, serve: bool) -> None:
    files = {"a": CANARY.encode(), "b": b"\xff" + CANARY.encode()}
    loaded = check(EVERYWHERE.format(text), environ=environ, files=files, serve=serve)
    assert len(loaded.problems) > 20
    assert CANARY not in "".join(f"{problem!r}{render(problem)}" for problem in loaded.problems)
    assert CANARY not in repr(loaded)


def test_no_settings_show_a_secret(check: Check) -> None:
    loaded = check(HOOK.replace("{settings}", "headers: {A: '${A}'}, sign: {header: X, secret: '${A}'}"), environ={"A": CANARY})
    assert loaded.settings is not None
    assert loaded.secrets["A"] == CANARY
    assert CANARY not in repr(loaded)
    assert CANARY not in str(loaded.settings.tags["hook"].settings)


@pytest.mark.parametrize(
    "key", ["secret", "password", "api_key", "Authorization", "admin_token", "write_key", "token_auth", "service_account"]
)
def test_what_looks_like_a_secret_is_masked_in_excerpts(check: Check, key: str) -> None:
    loaded = check(f"tags: {{a: {{{key}: {CANARY}, b: 1}}}}")
    assert CANARY not in "".join(render(problem) for problem in loaded.problems)


def test_a_key_file_is_masked_wherever_it_stands(check: Check) -> None:
    loaded = check(f"tags: {{a: {{key: '-----BEGIN PRIVATE KEY----- {CANARY}', b: 1}}}}")
    assert loaded.problems
    assert CANARY not in "".join(render(problem) for problem in loaded.problems)
