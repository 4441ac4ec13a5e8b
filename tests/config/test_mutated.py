"""Files with mistakes, however made: never a traceback, every place lies within the file, and no mistake hides another."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.problem import Problem, render
from tests.config.conftest import Check

FILE = """\
environment: {STAGE: production}
clients:
  ga4: {measurement_ids: [G-ABC1234567], priority: 1}
tags:
  ga4: {triggers: [purchases], consent: ad_storage, measurement_id: G-ABC1234567}
  hook:
    url: https://example.com/
    headers: {A: "{{ event.a | upper }}", B: "{{ env.STAGE }}"}
    body:
      text: |
        value {{ var.total }}
        and more
      who: "{{ user.email }}"
      list: [1, 'it''s {{ event.b }}', "\\u00e9 {{ event.c }}"]
    retries: 3
triggers:
  purchases: {event: purchase, client: ga4, when: [event.value > 1, "consent.ad_storage == 'granted'"]}
transformations:
  augment: {parameters: {x: "{{ event.x }}"}, tags: hook}
variables:
  total: "{{ event.value }}"
consent: {ad_user_data: denied}
deduplicate: {once: {triggers: purchases, key: "{{ event.transaction_id }}"}}
server: {listen: 0.0.0.0:8080}
tests: [{name: one, event: {event_name: purchase}, sent: {hook: 1}}]
"""

MISTAKES = {
    "purchases], consent": "purchase], consent",
    "measurement_ids": "measurment_ids",
    "priority: 1": "priority: high",
    "consent: ad_storage, ": "consent: marketing, ",
    "event.a | upper": "event.a | uper",
    "env.STAGE": "env.STAG",
    "var.total": "var.totl",
    "user.email": "user.emial",
    "event.b }}": "evnt.b }}",
    "retries: 3": "retries: 33",
    "client: ga4": "client: ga5",
    "event.value > 1": "event.value >",
    "consent.ad_storage ==": "consent.ad_storge ==",
    "tags: hook": "tags: hok",
    'total: "{{ event.value': 'total: "{{ item.value',
    "ad_user_data: denied": "ad_user_data: no",
    "triggers: purchases, key": "triggers: gone, key",
    "0.0.0.0:8080": "everywhere",
    "sent: {hook: 1}": "sent: {hok: 1}",
}
"""What is written, and a mistake in its place; each in a part of its own."""


def told(check: Check, text: str) -> set[tuple[str, str]]:
    """Path and message of each mistake."""
    return {(each.path, each.message) for each in check(text).problems if each.severity == "error"}


def test_the_file_has_no_mistake(check: Check) -> None:
    assert told(check, FILE) == set()


@pytest.mark.parametrize("written", MISTAKES)
def test_each_mistake_is_one(check: Check, written: str) -> None:
    assert FILE.count(written) == 1
    assert len(told(check, FILE.replace(written, MISTAKES[written]))) == 1


def test_no_mistake_hides_another(check: Check) -> None:
    alone = {each: told(check, FILE.replace(each, MISTAKES[each])) for each in MISTAKES}
    for one, other in combinations(MISTAKES, 2):
        text = FILE.replace(one, MISTAKES[one]).replace(other, MISTAKES[other])
        assert told(check, text) == alone[one] | alone[other], (one, other)


def test_all_mistakes_are_told_at_once(check: Check) -> None:
    text = FILE
    for written, mistake in MISTAKES.items():
        text = text.replace(written, mistake)
    assert len(told(check, text)) == len(MISTAKES)


def lies_within(problem: Problem, text: str) -> bool:
    lines = text.split("\n")
    return 1 <= problem.line <= len(lines) and 1 <= problem.column <= len(lines[problem.line - 1]) + 1 and problem.length >= 1


PIECES = st.sampled_from(
    [
        "",
        " ",
        "\n",
        "'",
        '"',
        "{",
        "}",
        "{{",
        "}}",
        ":",
        ": ",
        "- ",
        "|",
        ">",
        "[",
        "]",
        ",",
        "#",
        "${",
        "${X}",
        "&a ",
        "*a",
        "\t",
        "é",
        "0",
    ]
)


@given(edits=st.lists(st.tuples(st.integers(0, len(FILE)), st.integers(0, 12), PIECES), min_size=1, max_size=3))
def test_whatever_is_done_to_a_file_its_mistakes_are_told_within_it(check: Check, edits: list[tuple[int, int, str]]) -> None:
    text = FILE
    for at, length, piece in edits:
        text = text[:at] + piece + text[at + length :]
    for problem in check(text).problems:
        assert lies_within(problem, text), problem
        assert render(problem).count("\n") == 2
