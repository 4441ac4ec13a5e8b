"""Differences of many requests are counted by kind, and told with their first example."""

from __future__ import annotations

import re

import pytest

from core.undefined import UNDEFINED
from server.differences import Difference, DifferenceKind, How, Tally
from server.differences.report import markdown, terminal


def tally(*requests: list[Difference]) -> Tally:
    found = Tally()
    for differences in requests:
        found.add(differences)
    return found


def query(name: str, before: object, after: object, tag: str = "ga4") -> Difference:
    how = How.ADDED if before is UNDEFINED else How.REMOVED if after is UNDEFINED else How.CHANGED
    return Difference(DifferenceKind(tag, "query", name, how), before, after)


def lines(found: Tally) -> list[str]:
    """The terminal's lines; between its columns two spaces."""
    return [re.sub(r"(?<=\S) {3,}", "  ", line) for line in terminal(found, ["ga4"]).plain.splitlines()]


def test_a_thousand_of_a_kind_are_one_line_with_the_first_as_its_example() -> None:
    requests = [[query("en", f"a{number}", "b")] for number in range(1000)]
    assert lines(tally([], *requests)) == [
        "1,000 of 1,001 requests are treated differently.",
        "",
        "ga4",
        "  ~ query en  1,000×  a0 → b  (request 2)",
    ]


def test_the_most_frequent_comes_first_and_requests_before_tags_in_the_order_of_the_file() -> None:
    claimed = Difference(DifferenceKind("", "claimed by", "web → nobody", How.CHANGED))
    found = tally([query("a", "1", "2"), query("b", "1", "2"), query("z", "1", "2", "first")], [query("b", "1", "2"), claimed])
    lines = terminal(found, ["first", "ga4"]).plain.splitlines()
    assert [line.split("  ")[1].strip() for line in lines if line.startswith("  ")] == [
        "~ claimed by web → nobody",
        "~ query z",
        "~ query b",
        "~ query a",
    ]
    assert [line for line in lines[1:] if line and line[0] != " "] == ["requests", "first", "ga4"]


@pytest.mark.parametrize(
    ("difference", "shown"),
    [
        (query("a", UNDEFINED, ""), '  + query a  1×  ""  (request 1)'),
        (query("a", ["x", "y"], UNDEFINED), '  - query a  1×  ["x", "y"]  (request 1)'),
        (query("a", "x" * 100, UNDEFINED), f"  - query a  1×  {'x' * 59}…  (request 1)"),
        (query("\x1b[1m", "\n", UNDEFINED), "  - query \\x1b[1m  1×  \\n  (request 1)"),
        (
            Difference(DifferenceKind("ga4", "deduplicate", "", How.CHANGED)),
            "  ~ counts once by another key  1×  (request 1)",
        ),
        (
            Difference(DifferenceKind("ga4", "sent", "the tag is paused", How.REMOVED), before="POST https://a.example"),
            "  - sent no more: the tag is paused  1×  POST https://a.example  (request 1)",
        ),
        (
            Difference(DifferenceKind("ga4", "sent", "the tag is paused", How.ADDED), after="POST https://a.example"),
            "  + sent now, before: the tag is paused  1×  POST https://a.example  (request 1)",
        ),
    ],
)
def test_a_line_says_what_and_how_and_where(difference: Difference, shown: str) -> None:
    assert lines(tally([difference]))[-1] == shown


def test_nothing_is_told_in_a_sentence() -> None:
    assert terminal(tally(*[[]] * 1234), ["ga4"]).plain == "1,234 of 1,234 requests are treated alike."
    assert markdown(tally([]), ["ga4"], ("a.yaml", "b.yaml")) == (
        "### Tagyard: `a.yaml` → `b.yaml`\n\n1 of 1 requests are treated alike."
    )


def test_markdown_is_a_table() -> None:
    found = tally(
        [
            Difference(DifferenceKind("", "reply", "204 → 400", How.CHANGED)),
            query("en", "a", "b"),
            Difference(DifferenceKind("ga4", "url", "", How.CHANGED), "https://a.example/", "https://b.example/"),
            Difference(DifferenceKind("ga4", "sent", "the tag is paused", How.REMOVED), before="POST https://a.example"),
            Difference(DifferenceKind("ga4", "deduplicate", "", How.ADDED)),
        ]
    )
    assert markdown(found, ["ga4"], ("old.yaml", "new.yaml")).splitlines() == [
        "### Tagyard: `old.yaml` → `new.yaml`",
        "",
        "1 of 1 requests are treated differently.",
        "",
        "| | what | count | for example |",
        "|---|---|---:|---|",
        "| requests | reply `204 → 400` | 1 |  |",
        "| `ga4` | sent no more: `the tag is paused` | 1 | `POST https://a.example` |",
        "| `ga4` | counts once now | 1 |  |",
        "| `ga4` | url changed | 1 | `https://a.example/` → `https://b.example/` |",
        "| `ga4` | query `en` changed | 1 | `a` → `b` |",
    ]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("@everyone #1 <b>", "`@everyone #1 <b>`"),
        ("a|b", "`a\\|b`"),
        ("a`b", "`` a`b ``"),
        ("`", "`` ` ``"),
        ("a``b`", "``` a``b` ```"),
        ("a\nb", "`a\\nb`"),
        ("", '`""`'),
    ],
)
def test_nothing_of_a_visitor_becomes_markdown(value: str, cell: str) -> None:
    row = markdown(tally([query("en", UNDEFINED, value)]), ["ga4"], ("a", "b")).splitlines()[-1]
    assert row == f"| `ga4` | query `en` added | 1 | {cell} |"
