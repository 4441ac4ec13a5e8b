"""What is refused, in which words, and what is let through with a warning."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from core.expressions import ExpressionError, compile_condition
from core.secret import SealedText


@pytest.mark.parametrize(
    ("source", "message", "offset"),
    [
        # names, filters, tests
        ("evnt.a", "unknown name 'evnt', did you mean event?", 0),
        ("1 + evnt.a", "unknown name 'evnt', did you mean event?", 4),
        ("event.a | uper", "unknown filter 'uper', did you mean upper?", 10),
        ("event.a is matchin 'a'", "unknown test 'matchin', did you mean matching?", 8),
        ("event.a is in ['a']", "'in' is written without 'is', such as event.currency in ['EUR', 'USD']", 8),
        ("request.pth", "unknown name 'request.pth', did you mean request.path?", 0),
        ("request", "say what of the request you mean, such as request.path", 0),
        ("consent.ad_storag", "unknown name 'consent.ad_storag', did you mean consent.ad_storage?", 0),
        ("event.a == user.emial", "unknown name 'user.emial', did you mean user.email?", 11),
        ("user['emial_sha256']", "unknown name 'user.emial_sha256', did you mean user.email_sha256?", 0),
        ("ga.email", "unknown name 'ga.email', there are: ga.client_id, ga.session_id, ga.session_number", 0),
        ("ga.sesion_id", "unknown name 'ga.sesion_id', did you mean ga.session_id?", 0),
        ("request.path.first", "request.path is a single value: there is no first below it", 0),
        ("consent.ad_storage.granted", "consent.ad_storage is a single value: there is no granted below it", 0),
        ("user.email.domain", "user.email is a single value: there is no domain below it", 0),
        ("client.name", "client is a single value: there is no name below it", 0),
        ("item_index.a", "item_index is a single value: there is no a below it", 0),
        ("var[event.a]", "var needs a name that is written out, such as var.NAME", 0),
        ("env | json", "env needs a name that is written out, such as env.NAME", 0),
        # syntax
        ("", "the expression is empty", None),
        ("  \n", "the expression is empty", None),
        ("event.a = 1", "syntax error: unexpected '=' after the expression (== compares)", 8),
        ("event.a && 1", "syntax error: unexpected '&' (write and)", 8),
        ("event.a || 1", "syntax error: expected token 'name', got '|' (write or)", 9),
        ("!event.a", "syntax error: unexpected '!' (write not or !=)", 0),
        ("event.a ? 1 : 2", "syntax error: unexpected '?' (write a if condition else b)", 8),
        ("(event.a", "syntax error: unexpected end, expected ')'", 7),
        ("event.a)", "syntax error: unexpected ')'", 7),
        ("event.a and", "syntax error: unexpected the end", 8),
        ("event.a b", "syntax error: unexpected 'b' after the expression", 8),
        ("event.a == 'b", "syntax error: the text that starts with ' has no end", 11),
        ("event.a is defined is defined", "syntax error: only one 'is' may follow a value", 19),
        ("event.a }} b", "syntax error: unexpected '}}' after the expression", 8),
        ("{{ event.a }}", "a condition is written without braces: leave {{ and }} out", 0),
        ("1" * 5_000, "a number in the expression cannot be read", None),
        ("1٣.5", "a number in the expression cannot be read", None),
        ("1e19", "numbers go up to 1e+18", 0),
        ("1e999", "numbers go up to 1e+18", 0),
        # what Jinja has and the language has not
        ("event.a()", "there are no calls: a filter is written with a bar, such as event.currency | upper", 7),
        ("event.a.upper()", "there are no calls: a filter is written with a bar, such as event.currency | upper", 13),
        ("2 ** 3", "** is not part of the language: multiply", 0),
        ("{'a': 1}", "an object cannot be written in an expression: use a variable with lookup and map", 0),
        ("event.a[1:2]", "parts of a list or a text are not part of the language: use first, last, split or truncate", 8),
        ("event.a | lower(x=1)", "lower takes its arguments without names and stars", 10),
        ("event.a | join(*event.b)", "join takes its arguments without names and stars", 10),
        ("event.a is containing(x=1)", "containing takes its arguments without names and stars", 8),
        # arguments
        ("event.a | lower(1)", "the filter lower takes nothing in parentheses", 10),
        ("event.a | url_query", "the filter url_query is written url_query('utm_source')", 10),
        ("event.a | round(1, 2)", "the filter round is written round(2)", 10),
        ("event.a | round('x')", "the filter round cannot take 'x'; it is written round(2)", 10),
        ("event.a | round(11)", "the filter round cannot take 11; it is written round(2)", 10),
        ("event.a | truncate(-1)", "the filter truncate cannot take -1; it is written truncate(100)", 10),
        ("event.a | bucket(0)", "the filter bucket cannot take 0; it is written bucket(100)", 10),
        ("event.a | split('')", "the filter split cannot take ''; it is written split(',')", 10),
        ("event.a is defined 1", "'is defined' takes nothing after it", 8),
        ("event.a is matching", "'is matching' needs something to compare with, such as 'a' or ['a', 'b']", 8),
        ("event.a is starting_with true", "'is starting_with' takes a text, or a list of texts", 8),
        ("event.a is containing none", "'is containing' takes a value, or a list of values", 8),
        ("event.a is matching 1", "'is matching' takes a pattern in quotes, or a list of them", 8),
        ("event.a is matching event.b", "'is matching' takes a text in quotes, which cannot depend on the event", 8),
        ("event.a is matching '('", "'is matching' cannot be used: the pattern '(' is not one that RE2 knows: missing ): (", 8),
        ("event.a is matching '" + "a" * 1025 + "'", "'is matching' cannot be used: the pattern is longer than 1024 bytes", 8),
        (
            "event.a is in_network '300.0.0.0/8'",
            "'is in_network' takes addresses or networks such as '203.0.113.0/24', not '300.0.0.0/8'",
            8,
        ),
    ],
)
def test_mistakes_say_what_and_where(source: str, message: str, offset: int | None) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_condition(source)

    assert (str(raised.value), raised.value.offset) == (message, offset)


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    with pytest.raises(ExpressionError, match=r"^unknown name 'x', there are: answer, body, client, .*, var$"):
        compile_condition("x")


@pytest.mark.parametrize("pattern", ["(?=a)", r"(a)\1", "(a{1000}){1000}", "a**", "[", "\ud800"])
def test_patterns_that_re2_does_not_know_are_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError, match=r"is not one that RE2 knows: "):
        compile_condition(f"event.a is matching '{pattern}'")


@pytest.mark.parametrize("value", [None, 1, 1.5, [], {}, SealedText(())])
def test_a_condition_is_a_text(value: Any) -> None:
    with pytest.raises(ExpressionError, match=r"^a condition is a text such as event.value > 100, without secrets; this is"):
        compile_condition(value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("(" * 30_000, "longer than 10000 characters"),
        ("(" * 9_999, "nested too deeply"),
        ("[" * 9_999, "nested too deeply"),
        ("not " * 2_400 + "event.a", "nested too deeply"),
        ("-" * 9_000 + "1", "nested too deeply"),
        ("event" + ".a" * 4_000, "nested too deeply"),
        ("event" + "[0" * 2_000, "nested too deeply"),
        ("1" + " + 1" * 2_000, "nested too deeply"),
        ("event.a" + " | trim" * 1_000, "nested too deeply"),
        ("'a' if event.a else " * 400 + "'b'", "nested too deeply"),
        ("event.a" + " if event.b" * 800, "nested too deeply"),
    ],
)
def test_deep_nesting_is_an_error_in_words(source: str, words: str) -> None:
    with pytest.raises(ExpressionError, match=words):
        compile_condition(source)


@pytest.mark.parametrize(
    ("source", "warning"),
    [
        ("event['x-ga-gcs'] > 1", "event.x-ga-gcs is a text and is compared with a number"),
        ("100 == event.page_title", "event.page_title is a text and is compared with a number"),
        ("original.client_id != -1.5", "original.client_id is a text and is compared with a number"),
        ("event.value > 1 and not event.language < 3", "event.language is a text and is compared with a number"),
        ("event.a is containing('a', 'b')", "'is containing' has an argument list: any of several is written as a list"),
        ("event.a is starting_with 'a', 'b'", "this is a list, which is always true"),
        ("['a', event.b]", "this is a list, which is always true"),
        ("'/checkout'", "this condition is the same for every event"),
        ("1 + 1 == 2", "this condition is the same for every event"),
        (
            "user.email | sha256",
            "user.email is hashed as it was typed; a capital letter or a space makes another hash: write user.email_",
        ),
        ("user['email'] | default('') | lower | sha256", "user.email is hashed as it was typed"),
        ("user.phone | trim | lower | sha256", "user.phone is hashed as it was typed"),
        (
            "body.customer.email | lower | sha256",
            "body.customer.email is hashed as it was typed; a capital letter or a space makes another hash: write "
            "body.customer.email | hashed_for('VENDOR')",
        ),
        ("event.phone_number | sha256", "event.phone_number is hashed as it was typed"),
        ("event.user_data.email_address | trim | sha256", "event.user_data.email_address is hashed as it was typed"),
        ("original['user_data.phone_number'] | sha256", "original.user_data.phone_number is hashed as it was typed"),
        ("event.user_data.email[0] | sha256", "event.user_data.email.0 is hashed as it was typed"),
        ("event.user_data.address[event.i].city | sha256", "event.user_data.address.city is hashed as it was typed"),
        ("user.sha256_email | sha256", "user.sha256_email is a hash already, and is hashed again here: write user.email_sha256"),
        (
            "user.street_sha256 | sha256",
            "user.street_sha256 is a hash already, and is hashed again here: write user.street_sha256",
        ),
        ("event.user_data.sha256_phone_number | sha256", "event.user_data.sha256_phone_number is a hash already"),
    ],
)
def test_what_is_hardly_meant_is_warned_of(source: str, warning: str) -> None:
    warnings = compile_condition(source).warnings

    assert len(warnings) == 1
    assert warnings[0].message.startswith(warning)


@pytest.mark.parametrize(
    ("source", "at"),
    [
        ("event.a == 1 and event.client_id > 5", "event.client_id"),
        ("event.a or (user.email | sha256)", "sha256"),
        ("not event.a is containing('a', 'b')", "is"),
        (" '/checkout'", "'/checkout'"),
    ],
)
def test_a_warning_tells_where_it_is_about(source: str, at: str) -> None:
    (warning,) = compile_condition(source).warnings

    assert source[warning.offset :].startswith(at)


def test_an_expression_tells_where_each_name_stands_first() -> None:
    source = "event.a == var.x and var.x > event['a'] | default(env.STAGE)"

    places = compile_condition(source).places

    assert places == {
        ("event", "a"): 0,
        ("var", "x"): source.index("var"),
        ("env", "STAGE"): source.index("env"),
    }


@pytest.mark.parametrize(
    "source",
    [
        True,
        "true",
        "event.value > 100",
        "event['x-ga-gcs'] == 'G111'",
        "event.ga_session_id | number > 1",
        "event.client_id in [1]",
        "event.client_id == event.value",
        "event[client] == 1",
        "event.a is containing ['a', 'b']",
        "env.STAGE == 'production'",
        "user.email_sha256",
        "user | json",
        "user[event.kind]",
        "user.email | trim | lower | sha256",
        "(user.email ~ 'pepper') | sha256",
        "user.email | lower",
        "event.user_id | sha256",
        "event.email | trim | lower | sha256",
        "event.email_id | sha256",
        "request.city | sha256",
        "event.sha256_email | sha256",
        "event.user_data.custom | sha256",
        "event.user_data | json | sha256",
    ],
)
def test_what_may_well_be_meant_is_not(source: str | bool) -> None:
    assert compile_condition(source).warnings == ()


def test_several_arguments_of_a_test_work_as_the_list_they_are_meant_as() -> None:
    assert compile_condition("'xb' is containing('a', 'b')").evaluate(None) is True  # type: ignore[arg-type]  # a constant


def test_the_language_does_not_import_what_imports_it() -> None:
    code = "import sys, core.expressions; sys.exit(bool({'core.fields', 'core.context'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
