"""Names that are one of a few words, compared with what they never are."""

from __future__ import annotations

import pytest

from core.expressions import compile_condition, compile_template
from core.expressions.grammar import parse
from core.expressions.words import results

WORDS = "it is 'granted', 'denied' or 'unset'"
ALWAYS = "is a word, which is always true, also 'denied': write"


@pytest.mark.parametrize(
    ("source", "at", "message"),
    [
        ("consent.ad_storage == 'yes'", "'yes'", f"consent.ad_storage is never 'yes': {WORDS}"),
        ("'Granted' != consent['ad_storage']", "'Granted'", f"consent.ad_storage is never 'Granted': {WORDS}"),
        ("event.a and consent.ad_user_data == true", "true", f"consent.ad_user_data is never true: {WORDS}"),
        (
            "request.ip in ['192.0.2.1', '192.0.2.0/24']",
            "'192.0.2.0/24'",
            "request.ip is never '192.0.2.0/24': it is one address, and may lie in that network: write request.ip is in_network",
        ),
        ("consent.analytics_storage == 1", "1", f"consent.analytics_storage is never 1: {WORDS}"),
        ("consent.ad_storage in ['granted', 'unknown']", "'unknown'", f"consent.ad_storage is never 'unknown': {WORDS}"),
        ("consent.ad_storage not in ('no', 'denied')", "'no'", f"consent.ad_storage is never 'no': {WORDS}"),
        ("not (consent.ad_storage == 'ok')", "'ok'", f"consent.ad_storage is never 'ok': {WORDS}"),
        ("consent.ad_storage", "consent", f"consent.ad_storage {ALWAYS} consent.ad_storage == 'granted'"),
        ("not consent.ad_storage", "consent", f"consent.ad_storage {ALWAYS} consent.ad_storage == 'granted'"),
        ("event.a and consent.ad_storage", "consent", f"consent.ad_storage {ALWAYS} consent.ad_storage == 'granted'"),
        ("consent.ad_storage or event.a", "consent", f"consent.ad_storage {ALWAYS} consent.ad_storage == 'granted'"),
        (
            "(1 if consent.ad_storage else event.a) == 1",
            "consent",
            f"consent.ad_storage {ALWAYS} consent.ad_storage == 'granted'",
        ),
        ("consent.ad_storage is defined", "consent", "consent.ad_storage always has a value, so this is always true"),
        ("consent.ad_storage is not empty", "consent", "consent.ad_storage always has a value, so this is always false"),
        ("request.method == 'post'", "'post'", "request.method is never 'post': methods are written in capitals, such as 'POST'"),
        ("request.method in ['GET', 'head']", "'head'", "request.method is never 'head'"),
    ],
)
def test_a_word_that_a_name_never_is_is_told_where_it_stands(source: str, at: str, message: str) -> None:
    (found,) = compile_condition(source).warnings
    assert found.message.startswith(message)
    assert source[found.offset :].startswith(at)


@pytest.mark.parametrize(
    "source",
    [
        "consent.ad_storage == 'granted'",
        "'denied' != consent.ad_storage",
        "consent.ad_storage in ['granted', 'unset']",
        "consent.ad_storage == event.wanted",
        "consent.ad_storage in event.wanted",
        "event.consent == 'yes'",
        "event['x-mp-consent'].ad_storage == 'GRANTED'",
        "original.consent.ad_storage == 'yes'",
        "(consent | json) == 'yes'",
        "consent.ad_storage == consent.ad_user_data",
        "consent.ad_storage is containing 'grant'",
        "(consent.ad_storage | upper) == 'GRANTED'",
        "(event.a and consent.ad_storage) == 'granted'",
        "request.method == 'POST'",
        "request.path == 'post'",
    ],
)
def test_what_they_may_be_is_not_told(source: str) -> None:
    assert compile_condition(source).warnings == ()


def test_it_is_told_of_every_expression_of_a_text_in_the_order_of_the_text() -> None:
    source = "{{ consent.ad_storage == 'no' }} {{ 'a' if not consent.ad_storage else 'b' }} {{ consent.ad_storage }}"
    found = compile_template(source).warnings
    assert [source[each.offset :][:7] for each in found] == ["'no' }}", "consent"]


def test_warnings_of_all_kinds_come_in_the_order_of_the_text() -> None:
    source = "consent.ad_storage == 'no' and event.client_id == 5 and request.method == 'get'"
    places = [each.offset for each in compile_condition(source).warnings]
    assert len(places) == 3
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("'granted'", ["granted"]),
        ("'granted' if event.a else 'no'", ["granted", "no"]),
        ("event.a if event.b", []),
        ("event.a or 'x'", ["x"]),
        ("event.a | default('y')", ["y"]),
        ("('a' if event.a else event.b) | default('c' if event.d else 'd')", ["a", "c", "d"]),
        ("event.a == 'z'", []),
    ],
)
def test_what_an_expression_may_be_worth_as_a_whole(source: str, values: list[str]) -> None:
    assert sorted(each.value for each in results(parse(source))) == values
