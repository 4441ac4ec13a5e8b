"""The tests of the file: what is read, what is expected, and where each of it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config.cases import DEFAULT_CLOCK, CaseSettings
from config.literals import Written
from config.problem import render
from tests.config.conftest import MINIMAL, Check

TESTS = """
tests:
  - name: first
    request: {url: "/a?secret=${TOKEN}", headers: {Authorization: "Bearer ${TOKEN}"}, body: {a: ["${TOKEN}", 1]}}
    client: null
    sent: {ga4: {query: {en: page_view}}}
  - name: second
    event: {event_name: purchase}
    sent:
      ga4:
        - query: {en: purchase}
        - body: {items: [{price: 3}]}
          headers: {api_key: abc}
"""


def case(**values: Any) -> CaseSettings:
    return CaseSettings.model_validate({"name": "a", **values})


def test_they_are_read_in_the_order_of_the_file_and_one_alone_needs_no_list(check: Check) -> None:
    settings = check(MINIMAL, TESTS).settings
    assert settings is not None
    assert {at: each.name for at, each in settings.tests.items()} == {0: "first", 1: "second"}
    alone = check(MINIMAL, "tests: {name: alone, event: {}, sent: {ga4: 1}}").settings
    assert alone is not None
    assert alone.tests[0].name == "alone"


@pytest.mark.parametrize("none", ["", "[]", "null"])
def test_no_tests_are_fine(check: Check, none: str) -> None:
    settings = check(MINIMAL, f"tests: {none}").settings
    assert settings is not None
    assert settings.tests == {}


def test_those_of_a_folders_files_are_united(check: Check) -> None:
    more = "tests:\n- {name: third, event: {}, events: 1}\n- {name: fourth, event: {}, sent: {nobody: 1}}"
    loaded = check(MINIMAL, TESTS, more)
    assert [str(problem) for problem in loaded.problems] == [
        "c.yaml:3:36: tests[3].sent.nobody: unknown tag nobody; known are ga4"
    ]


def test_requests_and_expectations_may_hold_secrets_which_show_as_masks(check: Check) -> None:
    settings = check(MINIMAL, TESTS, environ={"TOKEN": "s3cret"}).settings
    assert settings is not None
    request = settings.tests[0].request
    assert request is not None
    assert request.body is not None
    assert (str(request.url), request.url.reveal()) == ("/a?secret=***", "/a?secret=s3cret")
    assert request.body.reveal() == {"a": ["s3cret", 1]}
    assert "s3cret" not in repr(settings.tests)
    assert request.url == Written(request.url._value)
    assert len({request.url, Written(request.url._value)}) == 1


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (("tests", 1), "b.yaml:7:5: tests[1]: no"),
        (("tests", 0, "sent", "ga4", 0, "query", "en"), "b.yaml:6:30: tests[0].sent.ga4[0].query.en: no"),
        (("tests", 1, "sent", "ga4", 1, "body", "items", 0), "b.yaml:12:26: tests[1].sent.ga4[1].body.items[0]: no"),
        (("tests", 1, "sent", "ga4", 1, "query", "x"), "b.yaml:12:11: tests[1].sent.ga4[1].query.x: no"),
    ],
)
def test_a_problem_that_is_found_later_still_has_its_place(check: Check, location: Any, told: str) -> None:
    assert str(check(MINIMAL, TESTS).problem(location, "no")) == told


def test_a_problem_that_is_found_later_masks_what_looks_like_a_secret(check: Check) -> None:
    found = check(MINIMAL, TESTS).problem(("tests", 1, "sent", "ga4", 1, "headers", "api_key"), "no")
    _, excerpt, carets = render(found).splitlines()
    assert excerpt == "   13 |           headers: {api_key: ***}"
    assert carets == "      |                              ^^^"


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2026-01-01T00:00:00Z", DEFAULT_CLOCK),
        ("2026-01-01", DEFAULT_CLOCK),
        ("2026-01-01 01:00:00.000001+01:00", DEFAULT_CLOCK + 1),
        ("1970-01-01T00:00:01", 1_000_000),
    ],
)
def test_the_clock_is_iso_8601_and_utc_without_an_offset(text: str, microseconds: int) -> None:
    assert case(event={}, clock=text).clock == microseconds


def test_a_request_of_a_list_may_be_written_short() -> None:
    short = case(requests={"url": "/a", "method": "post", "client": "web", "clock": "2026-01-01"})
    long = case(requests=[{"request": {"url": "/a", "method": "POST"}, "client": "web", "clock": "2026-01-01"}])
    assert short == long
    assert list(short.givens()) == [("requests", 0)]


@pytest.mark.parametrize(
    ("values", "expects"),
    [
        ({"event": {}}, False),
        ({"event": {}, "client": "web"}, False),
        ({"request": {"url": "/"}, "client": None}, True),
        ({"requests": [{"event": {}}], "client": "web"}, True),
        ({"event": {}, "sent": {}}, True),
        ({"event": {}, "events": 0}, True),
    ],
)
def test_a_client_is_expected_except_beside_an_event(values: dict[str, Any], expects: bool) -> None:
    assert case(**values).expects is expects


def test_a_test_that_expects_nothing_is_doubted(said: Callable[..., list[str]]) -> None:
    assert said("tests: [{name: a, event: {}, client: ga4}]\n") == [
        "a.yaml:1:9: tests[0]: expects nothing, so it cannot fail; add client, events, sent, not_sent, held or reply"
    ]


def test_an_environment_name_that_only_a_test_uses_is_used(said: Callable[..., list[str]]) -> None:
    assert said('environment: {ID: a}\ntests: [{name: a, event: {id: "${ID}"}, events: 1}]\n') == []
