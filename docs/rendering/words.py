"""What generated pages say besides what the code says of itself, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REFERENCE: Final = """
Written by `make docs` from the code that reads the file. Only `clients` and `tags` are needed; a key that is left out takes
its default. An unknown key is an error. [`config/examples/full.yaml`](../../config/examples/full.yaml) has every key of these
sections in one file, and `tagyard schema` prints a JSON Schema that editors understand.
"""

VALUES: Final[Mapping[str, str]] = {
    "text": 'Any text. It needs quotes where YAML would take it for something else: `"007"`, `"yes"`, `"a: b"`.',
    "number": "`10`, `0.5`; a whole number has no fraction.",
    "true or false": "`true` or `false`.",
    "duration": "A number with a unit: `500ms`, `10s`, `5m`, `72h`, `30d`. Without a unit it is seconds.",
    "size": "`512 KiB`, `1 MiB`, `16 GiB`. Without a unit it is bytes.",
    "time": "In ISO 8601: `2026-03-01T12:00:00Z`. Without an offset it is UTC.",
    "host:port": "An address and a port: `0.0.0.0:8080`, `127.0.0.1:8081`, `[::]:8080`.",
    "list": "`[a, b]`, or one entry a line, each after `- `. A single value may stand for a list of one.",
    "mapping": "Names and values: `{a: 1, b: 2}`, or one a line.",
    "template": "A text in which `{{ }}` holds an [expression](../expressions.md), or any value with such texts in it. A text "
    "that is one `{{ }}` and nothing else keeps the value's kind: a number stays a number.",
    "expressions": "One expression or a list of them, without braces; all must hold.",
    "secret": "`${NAME}`: the value of the environment variable NAME, or of the file that NAME_FILE names. It is never shown.",
    "anything": "Any value.",
}
"""The words of the column `takes`, and how such values are written."""


def column(above: str) -> str:
    """Where the words of that column are explained; ``above``: the folder of the reference, from the page."""
    return f"What stands in `takes` is explained in [How values are written]({above}/index.md#how-values-are-written).".replace(
        "(./", "("
    )


TABLES: Final = """
In the tables, `a.b` is the key `b` below `a`, `a[].b` the key `b` of each entry of a list, and `a.NAME.b` the key `b` below
each name of your own. `needed` means that there is no default, `null` that nothing is set.
"""

ENVIRONMENT: Final = """
Each name has a text, a number, `true` or `false`. The process environment wins over what stands here. A value of the file
holds it as `${NAME}`, an expression as `env.NAME`. `${NAME:-default}` has a default of its own.

A `${NAME}` that is not listed here is a **secret**: it comes from the environment variable NAME, or from the file that
NAME_FILE names, and is never shown, logged or stored. `$${` stands for the text `${`.
"""

OUTBOX: Final = """
Which of the two kinds of outbox fits you is told in [Scaling](../scaling.md); that of several machines in
[JetStream](../jetstream.md).
"""

CONSENT: Final = """
The keys are `ad_storage`, `analytics_storage`, `ad_user_data` and `ad_personalization`. Each takes a template that gives
`granted` or `denied`; whatever else it gives leaves the type unset. A hit's own consent always counts first. What a tag needs to
be granted stands in its own key `consent`. [Consent](../consent.md) says what a hit says, and has recipes.
"""

VARIABLES: Final = """
Under each name stands a template, a constant (a text, a number, a list), or one of the forms below. An expression reads it as
`var.NAME`.
"""

TRIGGERS: Final = """
Under each name of `triggers` stand the keys below. Tags name triggers in their keys `triggers` and `exceptions`; the trigger
`all` is built in and matches every event. The section `exceptions` is a list of triggers on which no tag fires at all.
"""

DEDUPLICATE: Final = """
Under the name of each rule stand the keys below. Of events with the same key, a tag sends each property only the first. Who
suppresses whom is told in [Troubleshooting](../troubleshooting.md#who-suppresses-whom-by-deduplicate).
"""

TESTS: Final = """
A list of tests. `tagyard test` runs them and sends nothing. Only what is written is compared; `null` means that it must be
absent. A list has as many entries as are written.
"""

EXPRESSIONS: Final = """
What an expression may be made of. [Expressions](../expressions.md) has an example of each, and what it gives:
[names](../expressions.md#names), [operators](../expressions.md#operators), [tests](../expressions.md#tests),
[filters](../expressions.md#filters).
"""

OPERATORS: Final = """
`==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`; `and`, `or`, `not`; `+`, `-`, `*`, `/`, `//`, `%`; `~`, which joins texts; and
`A if CONDITION else B`.
"""

VENDORS: Final = """
Tags that are ready made. Each page has the smallest configuration, what leaves, how people and browsers are recognised, and how
to try it. For any other API there is [`http_request`](../requests.md).
"""
